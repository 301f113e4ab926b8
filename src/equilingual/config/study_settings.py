"""A study as its stages are given it: a question, and the contrasts and the figure that answer it.

Stages import this module: it reads no table. :mod:`equilingual.config.study` adds what a user may write besides, and
the checks against the rest of the configuration.
"""

import math
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from equilingual.config.base import Bool, Float, Model
from equilingual.config.fields import Name, check_distinct
from equilingual.evaluation.catalogue import MEASURES, TESTED

Setting = Literal["monolingual", "cross-lingual", "multilingual"]
if TYPE_CHECKING:
    TestedMeasure = str
else:
    TestedMeasure = Literal[TESTED]

# What every model has; an attribute has another name.
COLUMNS = ("encoder", "training_set", "strategy", "alpha", "mix", "variant", "debias")
ALL = "all"  # in place of a group of languages: every query language
_ROUNDING = 1e-6  # weights such as 0.333333 add up to 0 but for it


def _is_number(value: object) -> str:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "<text>"
    return "<number>"


# A number, or a word. The tags are not part of a key.
Attribute = Annotated[
    Annotated[Float, Tag("<number>")] | Annotated[str, Tag("<text>")],
    Discriminator(_is_number),
]
_Named = dict[Name, dict[Name, Attribute]]


class Attributes(Model):
    """What a study's figure can plot beside the columns of a model."""

    encoders: _Named = Field({}, description="By encoder: {e5-small: {parameters: 21.3e6}}")
    training_sets: _Named = Field({}, description="By training set: {two: {languages: 2, diversity: 0.41}}")
    variants: _Named = Field({}, description="By variant")
    models: dict[str, dict[Name, Attribute]] = Field({}, description="By model, without the seed")

    @property
    def names(self) -> list[str]:
        """The name of every attribute, in the order of the file."""
        kinds = (getattr(self, kind) for kind in type(self).model_fields)
        return list(dict.fromkeys(name for kind in kinds for one in kind.values() for name in one))


class Contrast(Model):
    """A weighted sum of models' scores, held against 0."""

    name: Annotated[str, Field(min_length=1)] = Field(description="Its name on the page")
    primary: Bool = Field(
        False, description="Whether it is the hypothesis's claim, that this contrast is above 0; exactly one is"
    )
    models: dict[str, Float] = Field(
        description="A weight for each model, without the seed: {A: 1, B: -1}; they add up to 0"
    )
    benchmark: Name = Field(description="The benchmark")
    setting: Setting = Field(description="The retrieval setting: monolingual, cross-lingual or multilingual")
    measure: TestedMeasure = Field("map", description=f"The measure: {', '.join(TESTED)}")
    languages: Name | None = Field(None, description="Query languages, by a name of 'languages'; null: all")
    minus: Name | None = Field(
        None,
        description="Subtract the same contrast in these query languages, by a name of 'languages' (a difference in "
        "differences); null: subtract nothing",
    )
    candidates: Name | None = Field(
        None,
        description="cross-lingual: the languages of the candidate pools, by a name of 'languages' (into English: "
        "{english: [en]}); null: all",
    )
    unit: Literal["question", "language"] = Field(
        "question",
        description="What varies besides the seed: question (clusters of questions), or language (query languages)",
    )

    @model_validator(mode="after")
    def _it_is_a_contrast(self) -> "Contrast":
        weights = self.models.values()
        if len(weights) < 2:
            raise ValueError("a contrast has two models or more")
        if not all(map(math.isfinite, weights)) or not all(weights):
            raise ValueError("every weight must be a number other than 0")
        if abs(sum(weights)) > _ROUNDING:
            raise ValueError(f"the weights add up to {sum(weights):g}; a contrast's add up to 0, as {{A: 1, B: -1}}")
        if self.setting not in MEASURES[self.measure].settings:
            raise ValueError(f"{self.measure} needs the setting {MEASURES[self.measure].settings[0]!r}")
        if self.minus is not None and self.languages is None:
            raise ValueError("'minus' needs 'languages', the query languages to subtract it from")
        if self.candidates is not None and self.setting != "cross-lingual":
            raise ValueError(f"'candidates' is for cross-lingual retrieval, and the setting is {self.setting}")
        return self


class StudyFigure(Model):
    """What the study's figure shows."""

    kind: Literal["curve", "dumbbell", "interaction"] = Field(
        description="curve (x is a number), interaction (x is a word), or dumbbell (two models by query language)"
    )
    x: str | None = Field(
        None,
        description=f"curve, interaction: what is on the x axis: {', '.join(COLUMNS)}, or an attribute. A model "
        "without it is not drawn",
    )
    scale: Literal["linear", "log"] = Field("linear", description="curve: the scale of the x axis")
    series: str | None = Field(
        None,
        description="curve, interaction: a column or an attribute; one line for each of its values. A model without a "
        "value belongs to every line. null: one line",
    )
    panels: Literal["setting", "benchmark", "languages"] = Field(
        "setting", description="One panel for each setting, benchmark, or group of 'languages'"
    )
    languages: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(check_distinct)] | None = Field(
        None, description="panels: languages: the groups that have a panel, names of the study's 'languages'; null: all"
    )
    benchmark: Name | None = Field(
        None, description="The benchmark, unless there is a panel for each; null: that of the primary contrast"
    )
    setting: Setting | None = Field(
        None, description="The setting, unless there is a panel for each; null: that of the primary contrast"
    )
    measure: TestedMeasure | None = Field(None, description="The measure; null: that of the primary contrast")
    reference: Annotated[tuple[str, ...], AfterValidator(check_distinct)] = Field(
        (), description="Models that are drawn as horizontal lines, without the seed"
    )
    models: tuple[str, str] | None = Field(
        None, description="dumbbell: the two models, without the seed; the difference is the first minus the second"
    )

    @model_validator(mode="after")
    def _keys_fit_the_kind(self) -> "StudyFigure":
        if self.kind == "dumbbell":
            given = [key for key in ("x", "series") if getattr(self, key) is not None]
            if given or self.models is None:
                what = f"remove {given[0]!r}" if given else "give 'models', two of them"
                raise ValueError(f"a dumbbell shows two models by query language: {what}")
            if self.models[0] == self.models[1]:
                raise ValueError(f"{self.models[0]!r} is compared with itself")
        elif self.x is None or self.models is not None:
            what = "give 'x'" if self.x is None else "remove 'models', which is for a dumbbell; the study has 'models'"
            raise ValueError(f"a figure of kind {self.kind} has an x axis: {what}")
        if self.languages is not None and self.panels != "languages":
            raise ValueError(f"'languages' is for panels: languages, and panels is {self.panels}")
        if self.scale == "log" and self.kind != "curve":
            raise ValueError(f"scale is for a curve, and the kind is {self.kind}")
        return self


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_Tags = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class StudySettings(Model):
    """A question, its hypothesis, and what answers it, declared before it runs."""

    name: Name = Field(description="Its folder in results/studies")
    question: Annotated[str, Field(min_length=1)] = Field(description="The research question")
    hypothesis: Annotated[str, Field(min_length=1)] = Field(
        description="What the primary contrast claims, in a sentence"
    )
    models: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(check_distinct)] | None = Field(
        None,
        description="The models in the figure, without the seed; null: every scored model. The tables have those of "
        "contrasts, too",
    )
    attributes: Attributes = Field(
        Attributes(), description="Numbers or words of encoders, training sets, variants or models, for the figure"
    )
    languages: dict[Name, _Tags] = Field(
        {}, description="Named groups of languages: {trained: [en, zh], low: [eo, gl]}"
    )
    margin: dict[TestedMeasure, Annotated[Float, Field(gt=0)]] | None = Field(
        None,
        description="By measure, the smallest difference that matters: {map: 0.005}. null: equivalence is not tested",
    )
    contrasts: Annotated[tuple[Contrast, ...], Field(min_length=1)] = Field(
        description="What is tested, declared before it runs; Holm corrects all of them as one family"
    )
    figure: StudyFigure = Field(description="The figure that shows the answer")

    @property
    def margins(self) -> dict[str, float]:
        """The margin of equivalence of each measure that has one."""
        return dict(self.margin or {})

    @property
    def primary(self) -> Contrast:
        """The contrast that the hypothesis claims to be above 0."""
        return next(one for one in self.contrasts if one.primary)

    @model_validator(mode="after")
    def _one_is_primary(self) -> "StudySettings":
        check_distinct(tuple(one.name for one in self.contrasts))
        count = sum(one.primary for one in self.contrasts)
        if count != 1:
            has = "none" if not count else f"{count} contrasts"
            raise ValueError(f"contrasts: exactly one must be primary (primary: true), and {has} is")
        return self

    @model_validator(mode="after")
    def _groups_are_told_apart(self) -> "StudySettings":
        tags = {tag for group in self.languages.values() for tag in group}
        for name, group in self.languages.items():
            if name == ALL or name in tags:
                raise ValueError(f"languages.{name}: {name!r} stands for something else; choose another name")
            if not group:
                raise ValueError(f"languages.{name}: name at least one language")
        return self

    @model_validator(mode="after")
    def _attributes_have_names_of_their_own(self) -> "StudySettings":
        for name in self.attributes.names:
            if name in COLUMNS:
                raise ValueError(f"attributes: {name!r} is a column of every model; choose another name")
        return self


SETTINGS: tuple[str, ...] = get_args(Setting)

"""The key ``study``: what a user may write, and the checks against the rest of the configuration."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from equilingual.config.benchmarks import ENGLISH
from equilingual.config.experiments import BenchmarkSource, ScoredModel, benchmark_sources, scored_models
from equilingual.config.fields import Name
from equilingual.config.identities import group_of
from equilingual.config.study_settings import ALL, COLUMNS, SETTINGS, Contrast, StudyFigure, StudySettings
from equilingual.config.tags import Languages
from equilingual.evaluation.catalogue import MEASURES
from equilingual.messages import suggestion

if TYPE_CHECKING:
    from equilingual.config.models import Config


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Study(StudySettings):
    """A question, its hypothesis, and what answers it, declared before it runs."""

    languages: dict[Name, Annotated[Languages, BeforeValidator(_as_tuple)]] = Field(
        {}, description=StudySettings.model_fields["languages"].description
    )


@dataclass(frozen=True)
class StudyModel:
    """A model of a study, whatever its seed.

    Attributes:
        group: its name without the seed.
        members: the scored models behind it, one per seed.
        seeds: of its trainings, in the order of ``members``; none where it has no seed.
        values: its columns by name, and its attributes.
        attributes: the names of its attributes.
        shown: whether the figure shows it; the tables have all models of the study.

    """

    group: str
    members: tuple[str, ...]
    seeds: tuple[int, ...]
    values: Mapping[str, Any]
    attributes: tuple[str, ...]
    shown: bool

    @property
    def described(self) -> dict[str, Any]:
        """What the stage is given of it, as plain values."""
        return {
            "model": self.group,
            "members": list(self.members),
            "seeds": list(self.seeds),
            "mix": self.values["mix"],
            "variant": self.values["variant"],
            "attributes": {name: self.values[name] for name in self.attributes},
            "shown": self.shown,
        }


@dataclass(frozen=True)
class StudyParts:
    """What a study is of: its models, and where they are held against each other."""

    config: "Config"
    study: StudySettings

    @cached_property
    def scored(self) -> dict[str, list[ScoredModel]]:
        """Every scored model by its name without the seed."""
        found: dict[str, list[ScoredModel]] = {}
        for model in scored_models(self.config).values():
            found.setdefault(group_of(model), []).append(model)
        return found

    @property
    def named(self) -> list[str]:
        """The models that the study needs, in the order in which they are scored."""
        study = self.study
        wanted = {name for one in study.contrasts for name in one.models}
        wanted |= {*study.figure.reference, *(study.figure.models or ()), *(study.models or self.scored)}
        return [name for name in self.scored if name in wanted]

    @cached_property
    def models(self) -> list[StudyModel]:
        """The models of the study."""
        return [self._model(name) for name in self.named]

    def _model(self, name: str) -> StudyModel:
        members = self.scored[name]
        first, given = members[0], self.study.attributes
        trained = first.experiment
        columns = first.description
        own: dict[str, object] = {}
        own |= given.encoders.get(first.encoder, {})
        own |= given.training_sets.get(trained.training_set, {}) if trained else {}
        own |= given.variants.get(str(columns.get("variant")), {})
        own |= given.models.get(name, {})
        values = {**{column: columns.get(column) for column in COLUMNS}, "mix": _mix_of(first), **own}
        seeds = tuple(one.experiment.seed for one in members if one.experiment and one.experiment.seed is not None)
        shown = self.study.models is None or name in self.study.models
        return StudyModel(name, tuple(one.name for one in members), seeds, values, tuple(own), shown)

    @cached_property
    def settings_of(self) -> dict[str, tuple[str, ...]]:
        """The retrieval settings of every benchmark whose candidates are ranked."""
        return {
            name: tuple(one for one in source.format.settings if _has(source, one))
            for name, source in benchmark_sources(self.config).items()
            if not source.is_mined
        }

    def asked(self, benchmark: str, pools: Collection[str] | None) -> list[str]:
        """Return a benchmark's query languages; with ``pools``, those that have candidates in another one of these."""
        languages = self.languages_of.get(benchmark, [])
        if pools is None or not languages:
            return languages
        source = benchmark_sources(self.config)[benchmark]
        there = [ENGLISH] if source.format.candidate_languages == "english" else languages
        wanted = [tag for tag in there if tag in pools]
        return [tag for tag in languages if any(one != tag and source.compares(tag, one) for one in wanted)]

    @cached_property
    def languages_of(self) -> dict[str, list[str]]:
        """The query languages of every benchmark."""
        return {name: source.languages for name, source in benchmark_sources(self.config).items()}

    @cached_property
    def figure(self) -> StudyFigure:
        """The figure with the benchmark, the setting and the measure that it shows."""
        asked, primary = self.study.figure, self.study.primary
        keys = ("benchmark", "setting", "measure")
        return asked.model_copy(update={key: getattr(asked, key) or getattr(primary, key) for key in keys})

    @property
    def panels(self) -> list[dict[str, str]]:
        """The figure's panels: ``panel``, its name, and the ``benchmark``, ``setting`` and ``languages`` it shows."""
        figure, study = self.figure, self.study
        alone = {"benchmark": str(figure.benchmark), "setting": str(figure.setting), "languages": ALL}
        taken = MEASURES[str(figure.measure)].settings
        if figure.panels == "languages":
            asked = {*self.languages_of[str(figure.benchmark)]}
            wanted = figure.languages or study.languages
            groups = [name for name in wanted if asked & {*study.languages[name]}]
            return [{"panel": name, **alone, "languages": name} for name in groups]
        if figure.panels == "benchmark":
            here = [name for name, settings in self.settings_of.items() if figure.setting in settings]
            return [{"panel": name, **alone, "benchmark": name} for name in here]
        settings = [one for one in self.settings_of[str(figure.benchmark)] if one in taken]
        return [{"panel": name, **alone, "setting": name} for name in settings]

    @property
    def places(self) -> list[tuple[str, str, str]]:
        """The (benchmark, setting, measure) that values are worked out for: those of the contrasts and the figure."""
        asked: list[tuple[str, str, str]] = [(one.benchmark, one.setting, one.measure) for one in self.study.contrasts]
        asked += [(one["benchmark"], one["setting"], str(self.figure.measure)) for one in self.panels]
        benchmarks, settings, measures = (list(dict.fromkeys(column)) for column in zip(*asked, strict=True))
        return [
            (benchmark, setting, measure)
            for benchmark in benchmarks
            for setting in SETTINGS
            if setting in settings and setting in self.settings_of[benchmark]
            for measure in measures
            if setting in MEASURES[measure].settings
        ]

    @property
    def benchmarks(self) -> list[str]:
        """The benchmarks of :attr:`places`."""
        return list(dict.fromkeys(benchmark for benchmark, _, _ in self.places))


def _has(source: BenchmarkSource, setting: str) -> bool:
    """Return whether a benchmark has a retrieval setting: all but the monolingual one need parallel languages."""
    return setting == SETTINGS[0] or (bool(source.options["parallel"]) and len(source.languages) > 1)


def _mix_of(model: ScoredModel) -> str | None:
    """Return how a model's batches are mixed; None where there is nothing to mix, as in cross-lingual batches."""
    strategy = model.experiment.strategy if model.experiment else None
    if strategy is None:
        return None
    return strategy.mix if strategy.alpha is not None else {"mono": "batch"}.get(strategy.name)


def study_problems(study: Study, config: "Config") -> Iterator[str]:
    """Yield what is wrong with a study, as far as names and numbers can tell, each with its key."""
    parts = StudyParts(config, study)
    if problems := [*_unknown_models(parts), *_unknown_attributes(parts), *_unknown_languages(parts)]:
        yield from problems
        return
    for number, contrast in enumerate(study.contrasts):
        place = list(_place_problems(contrast.benchmark, contrast.setting, parts))
        problems = place or list(_language_problems(contrast, parts))
        yield from (f"contrasts.{number}.{problem} (in {contrast.name!r})" for problem in problems)
    yield from (f"figure.{problem}" for problem in _figure_problems(parts))
    tests = config.evaluation.comparisons
    if len(study.contrasts) > tests.alpha * (tests.permutations + 1):
        yield (
            f"contrasts: {len(study.contrasts)} contrasts are too many for {tests.permutations} permutations at alpha "
            f"{tests.alpha:g}: raise evaluation.comparisons.permutations"
        )


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    return f"no {what} is called {name!r}; {suggestion(name, known, 'there are')}"


def _unknown_models(parts: StudyParts) -> Iterator[str]:
    study = parts.study
    asked: list[tuple[str, Sequence[str]]] = [("models", study.models or ())]
    asked += [("figure.reference", study.figure.reference), ("figure.models", study.figure.models or ())]
    asked += [("attributes.models", list(study.attributes.models))]
    contrasts = {f"contrasts.{number}.models": one for number, one in enumerate(study.contrasts)}
    asked += [(key, list(one.models)) for key, one in contrasts.items()]
    with_seeds = {one.name for models in parts.scored.values() for one in models}
    for key, names in asked:
        for name in names:
            if name not in parts.scored:
                seeded = " (seeds are taken together: leave the seed out)" if name in with_seeds else ""
                of = f" (in {contrasts[key].name!r})" if key in contrasts else ""
                yield f"{key}: {_unknown('model', name, parts.scored)}{seeded}{of}"


def _unknown_attributes(parts: StudyParts) -> Iterator[str]:
    given, config = parts.study.attributes, parts.config
    known: dict[str, Iterable[str]] = {
        "encoders": config.encoders,
        "training_sets": config.training_sets,
        "variants": config.variants,
    }
    for kind, names in known.items():
        for name in getattr(given, kind):
            if name not in names:
                yield f"attributes.{kind}: {_unknown(kind.removesuffix('s').replace('_', ' '), name, names)}"


def _unknown_languages(parts: StudyParts) -> Iterator[str]:
    there = {tag for tags in parts.languages_of.values() for tag in tags}
    for name, group in parts.study.languages.items():
        if name in there:
            yield f"languages.{name}: {name!r} is a language of a benchmark; choose another name for the group"
        for tag in group:
            if tag not in there:
                yield f"languages.{name}: no benchmark has {tag!r}; there are {', '.join(sorted(there))}"


def _place_problems(benchmark: str, setting: str, parts: StudyParts) -> Iterator[str]:
    if benchmark not in parts.languages_of:
        yield f"benchmark: {_unknown('benchmark', benchmark, parts.settings_of)}"
    elif benchmark not in parts.settings_of:
        yield f"benchmark: {benchmark} is bitext mining, which has no contrasts; choose another benchmark"
    elif setting not in parts.settings_of[benchmark]:
        yield f"setting: {benchmark} has no {setting} retrieval; it has {', '.join(parts.settings_of[benchmark])}"


def _language_problems(contrast: Contrast, parts: StudyParts) -> Iterator[str]:
    groups = {key: getattr(contrast, key) for key in ("languages", "minus", "candidates")}
    known = parts.study.languages
    if unknown := [(key, name) for key, name in groups.items() if name is not None and name not in known]:
        yield from (f"{key}: {_unknown('group of languages', name, known)}" for key, name in unknown)
        return
    pools = groups.pop("candidates")
    here = parts.asked(contrast.benchmark, None if pools is None else known[pools])
    least = 2 if contrast.unit == "language" else 1
    for key, name in groups.items():
        if key == "minus" and name is None:
            continue
        found = [tag for tag in here if name is None or tag in known[name]]
        if len(found) < least:
            of = f"the query languages {name}" if name else "its query languages"
            among = f" with candidates in other languages of {pools}" if pools else ""
            has = ", ".join(found) or "none"
            yield f"{key}: {contrast.benchmark} has {has} of {of}{among}; at least {least} must be there"
    if contrast.languages is not None and contrast.minus is not None:
        both = sorted({*known[contrast.languages]} & {*known[contrast.minus]})
        if both:
            yield f"minus: {contrast.languages} and {contrast.minus} share {', '.join(both)}"


def _figure_problems(parts: StudyParts) -> Iterator[str]:
    figure, study = parts.figure, parts.study
    if figure.panels != "benchmark":
        yield from _place_problems(str(figure.benchmark), str(figure.setting), parts)
    if figure.panels != "setting" and figure.setting not in MEASURES[str(figure.measure)].settings:
        yield f"measure: {figure.measure} needs the setting {MEASURES[str(figure.measure)].settings[0]!r}"
    if figure.panels == "languages" and not study.languages:
        yield "panels: there are no groups of languages; name some in 'languages'"
    for name in figure.languages or ():
        if name not in study.languages:
            yield f"languages: {_unknown('group of languages', name, study.languages)}"
    drawable = [*COLUMNS, *study.attributes.names]
    drawn = [model for model in parts.models if model.shown and model.group not in figure.reference]
    for key in ("x", "series"):
        name = getattr(figure, key)
        if name is not None and name not in drawable:
            yield f"{key}: {_unknown('column or attribute', name, drawable)}"
        elif name is not None and all(model.values.get(name) is None for model in drawn):
            had = [one for one in drawable if any(model.values.get(one) is not None for model in drawn)]
            yield f"{key}: no model of the figure has {name!r}; they have {', '.join(had)}"
    if figure.kind == "curve" and figure.x in drawable:
        yield from _axis_problems(figure, drawn)


def _axis_problems(figure: StudyFigure, drawn: Sequence[StudyModel]) -> Iterator[str]:
    values = {model.group: model.values.get(str(figure.x)) for model in drawn}
    for name, value in values.items():
        if isinstance(value, str):
            yield f"x: {figure.x!r} of {name} is {value!r}, no number; use kind: interaction, or another x"
            return
    if figure.scale == "log" and any(value is not None and value <= 0 for value in values.values()):
        yield f"scale: {figure.x!r} is not above 0 for every model; use scale: linear"

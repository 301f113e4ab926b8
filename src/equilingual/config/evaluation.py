"""How models are scored: baselines, indexes, run files, tests."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from equilingual.config.comparisons import Comparisons
from equilingual.config.debias import Debias, DebiasEntry, check_labels, debias_entries
from equilingual.config.fields import Bool, Int, Model, Name, Positive, check_distinct
from equilingual.config.indexes import Index
from equilingual.config.systems import (
    Fuse,
    Fusions,
    Lexicals,
    Merge,
    Merges,
    Translate,
    Translations,
    fuse_entries,
    merge_entries,
    translate_entries,
)

TFIDF = "tfidf"
FEWEST = 100  # texts of a language to fit on: fewer say little of where a language lies


def _check_not_written_anyway(setting: object) -> object:
    if setting == "multilingual":
        raise ValueError("run files of all languages at once are always written: leave multilingual out")
    return setting


_RunSetting = Annotated[Literal["monolingual", "cross-lingual"], BeforeValidator(_check_not_written_anyway)]


class Evaluation(Model):
    """How models are scored."""

    debias: Annotated[tuple[DebiasEntry, ...], AfterValidator(check_labels)] = Field(
        ("center-pool",),
        description="Debiasing without training, each a baseline of its own: center, lir, lsar, shift, or center-pool, "
        "lir-pool, lsar-pool, which are fitted on the benchmark's own texts; {method: lsar, rank: 10, models: all} has "
        "settings and applies to trained models, too",
    )
    fit: Name | None = Field(
        "flores",
        description="The text that center, lir, lsar and shift are fitted on: flores or xquad-r (downloads), or a "
        "training set; never a benchmark's",
    )
    fit_missing: Literal["refuse", "average"] = Field(
        "refuse",
        description="Where this text lacks languages of a benchmark: refuse to fit by language, or subtract the "
        "average of its languages (center, shift) and nothing (lir) of such texts",
    )
    fit_texts: Annotated[Int, Field(ge=FEWEST)] = Field(
        1000, description="Texts of each language that are drawn of it, at most; 100 or more"
    )
    lexical: Lexicals = Field((), description="Baselines by words, each one more: bm25, tfidf (of runs of characters)")
    translate: Translations = Field(
        (),
        description="Engines that translate queries into the candidates' language, each a baseline of its own: "
        "apertium, or {engine: nllb, models: all}; a query stays as it is where the engine has not the pair",
    )
    merge: Merges = Field(
        (),
        description="Merging of the lists of single languages, each a baseline of its own: z-score, round-robin, rrf, "
        "or {method: z-score, models: all}",
    )
    fuse: Fusions = Field(
        (), description="Encoders fused with words: bm25, tfidf, or {lexical: bm25, by: scores, models: [hybrid-0.5]}"
    )
    index: Index = Field(Index(), description="What the candidates of each pool are indexed by")
    gpu: Bool = Field(
        False, description="Multiply vectors on a GPU where ranks are counted; without a GPU it is done on the CPU"
    )
    runs: Annotated[tuple[_RunSetting, ...], AfterValidator(check_distinct)] = Field(
        (), description="Settings to write TREC run files of, beside those of all languages at once"
    )
    search_depth: Annotated[Int, Field(ge=20)] = Field(
        100,
        description="Candidates per query in the TREC run files; AWRF@20 and RBO are of these, so 20 or more; all "
        "other scores use all candidates",
    )
    bootstrap_resamples: Positive = Field(1000, description="Resamples behind the 95% intervals")
    examples: Annotated[Int, Field(ge=0)] = Field(4, description="Questions shown with their first hits in the report")
    comparisons: Comparisons = Field(Comparisons(), description="Paired tests between models, corrected as one family")

    @property
    def debiasing(self) -> tuple[Debias, ...]:
        """The entries of ``debias``, each with its settings."""
        return debias_entries(self.debias)

    @property
    def translating(self) -> tuple[Translate, ...]:
        """The entries of ``translate``, each with its settings."""
        return translate_entries(self.translate)

    @property
    def merging(self) -> tuple[Merge, ...]:
        """The entries of ``merge``, each with its settings."""
        return merge_entries(self.merge)

    @property
    def fusing(self) -> tuple[Fuse, ...]:
        """The entries of ``fuse``, each with its settings."""
        return fuse_entries(self.fuse)

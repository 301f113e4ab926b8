"""How models are scored: baselines, indexes, run files, tests."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from equilingual.catalogues import described, listed
from equilingual.catalogues.debiasing import METHODS, POOL_METHODS
from equilingual.catalogues.diagnostics import DIAGNOSTICS
from equilingual.catalogues.lexical import LEXICAL
from equilingual.catalogues.merging import MERGES
from equilingual.config.base import Bool, Int, Model, Positive
from equilingual.config.comparisons import Comparisons
from equilingual.config.debias import Debias
from equilingual.config.fields import Entries, Name, OneOf, check_distinct
from equilingual.config.indexes import Index
from equilingual.config.systems import Fuse, Lexicals, Merge, Translate

FEWEST = 100  # texts per language to fit on; fewer estimate the mean of a language poorly


def _check_not_written_anyway(setting: object) -> object:
    if setting == "multilingual":
        raise ValueError("multilingual run files are always written; remove multilingual")
    return setting


_RunSetting = Annotated[Literal["monolingual", "cross-lingual"], BeforeValidator(_check_not_written_anyway)]


class Evaluation(Model):
    """How models are scored."""

    debias: Entries[Debias] = Field(
        (Debias(method="center-pool"),),
        description=f"Debiasing without training; each method is a baseline of its own: {', '.join(METHODS)}, or "
        f"{', '.join(POOL_METHODS)}, which are fitted on the benchmark's own texts. {{method: lsar, rank: 10, models: "
        "all} sets a rank and applies to trained models, too",
    )
    calibration_corpus: Name | None = Field(
        "flores",
        description=f"The texts that {listed(METHODS, 'and')} are fitted on: flores or xquad-r (downloads), or a "
        "training set; never the texts of a benchmark",
    )
    calibration_missing: Literal["refuse", "average"] = Field(
        "refuse",
        description="What to do if the calibration corpus lacks languages of a benchmark. refuse: stop. average: for"
        " those languages, take the mean over its languages (center, shift, csls, center-csls) or change nothing (lir)",
    )
    calibration_texts: Annotated[Int, Field(ge=FEWEST)] = Field(
        1000, description="Maximum number of texts per language to draw from the calibration corpus; 100 or more"
    )
    lexical: Lexicals = Field((), description=f"Lexical retrieval baselines: {described(LEXICAL)}")
    translate: Entries[Translate] = Field(
        (),
        description="Query translation baselines: engines that translate queries into the candidates' language, as "
        "apertium or {engine: nllb, models: all}. Queries whose language pair is unsupported are "
        "searched untranslated",
    )
    merge: Entries[Merge] = Field(
        (),
        description=f"Baselines that merge one ranking per language: {', '.join(MERGES)}, or {{method: z-score, "
        "models: all}",
    )
    fuse: Entries[Fuse] = Field(
        (),
        description=f"Baselines that fuse an encoder with lexical retrieval: {', '.join(LEXICAL)}, or {{lexical: bm25, "
        "by: scores, models: [hybrid-0.5]}",
    )
    index: Index = Field(Index(), description="The index of the candidates of each pool")
    gpu: Bool = Field(
        False, description="Use a GPU for the matrix products when ranking; without a GPU the CPU is used"
    )
    blocks: Positive = Field(
        1,
        description="Number of jobs that share the ranking of one benchmark for one model; their ranks are those of "
        "one job. For benchmarks of millions of passages",
    )
    runs: Annotated[tuple[_RunSetting, ...], AfterValidator(check_distinct)] = Field(
        (), description="Also write TREC run files of these settings; multilingual ones are always written"
    )
    search_depth: Annotated[Int, Field(ge=20)] = Field(
        100,
        description="Candidates per query in the TREC run files, 20 or more. RBO compares lists to this depth, AWRF@20 "
        "the first 20 candidates; all other scores use all candidates",
    )
    bootstrap_resamples: Positive = Field(
        1000, description="Number of bootstrap resamples for the 95% confidence intervals"
    )
    diagnostics: Annotated[tuple[Annotated[str, OneOf(DIAGNOSTICS)], ...], AfterValidator(check_distinct)] = Field(
        (),
        description=f"More measures, which show why a model is biased: {described(DIAGNOSTICS)}",
    )
    examples: Annotated[Int, Field(ge=0)] = Field(
        60,
        description="Questions of each benchmark in the report's language explorer, drawn at random. Those on which a "
        "model differs most from its base encoder are added. Fewer are drawn if a question exists in more than twelve "
        "languages",
    )
    comparisons: Comparisons = Field(Comparisons(), description="Paired tests between models, corrected as one family")

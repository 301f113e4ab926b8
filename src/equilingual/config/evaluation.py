"""How models are scored: baselines, indexes, run files, tests."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from equilingual.catalogues import described, listed
from equilingual.catalogues.debiasing import METHODS, POOL_METHODS
from equilingual.catalogues.lexical import LEXICAL
from equilingual.catalogues.merging import MERGES
from equilingual.config.comparisons import Comparisons
from equilingual.config.debias import Debias
from equilingual.config.fields import Bool, Entries, Int, Model, Name, Positive, check_distinct
from equilingual.config.indexes import Index
from equilingual.config.systems import Fuse, Lexicals, Merge, Translate

FEWEST = 100  # texts of a language to fit on: fewer say little of where a language lies


def _check_not_written_anyway(setting: object) -> object:
    if setting == "multilingual":
        raise ValueError("run files of all languages at once are always written: leave multilingual out")
    return setting


_RunSetting = Annotated[Literal["monolingual", "cross-lingual"], BeforeValidator(_check_not_written_anyway)]


class Evaluation(Model):
    """How models are scored."""

    debias: Entries[Debias] = Field(
        (Debias(method="center-pool"),),
        description=f"Debiasing without training, each a baseline of its own: {', '.join(METHODS)}, or "
        f"{', '.join(POOL_METHODS)}, which are fitted on the benchmark's own texts; {{method: lsar, rank: 10, models: "
        "all} has settings and applies to trained models, too",
    )
    fit: Name | None = Field(
        "flores",
        description=f"The text that {listed(METHODS, 'and')} are fitted on: flores or xquad-r (downloads), or a "
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
    lexical: Lexicals = Field((), description=f"Baselines by words, each one more: {described(LEXICAL)}")
    translate: Entries[Translate] = Field(
        (),
        description="Engines that translate queries into the candidates' language, each a baseline of its own: "
        "apertium, or {engine: nllb, models: all}; a query stays as it is where the engine has not the pair",
    )
    merge: Entries[Merge] = Field(
        (),
        description=f"Merging of the lists of single languages, each a baseline of its own: {', '.join(MERGES)}, "
        "or {method: z-score, models: all}",
    )
    fuse: Entries[Fuse] = Field(
        (),
        description=f"Encoders fused with words: {', '.join(LEXICAL)}, or {{lexical: bm25, by: scores, models: "
        "[hybrid-0.5]}",
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
        description="Candidates per query in the TREC run files, 20 or more. RBO compares lists to this depth, AWRF@20 "
        "the first 20 of them; all other scores use all candidates",
    )
    bootstrap_resamples: Positive = Field(1000, description="Resamples behind the 95% intervals")
    examples: Annotated[Int, Field(ge=0)] = Field(4, description="Questions shown with their first hits in the report")
    comparisons: Comparisons = Field(Comparisons(), description="Paired tests between models, corrected as one family")

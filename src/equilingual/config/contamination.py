"""Which benchmarks an encoder may have seen: those that are, or are made from, what it was trained on."""

from equilingual.catalogues.training_data import TRAINED_ON
from equilingual.config.benchmarks import Benchmark
from equilingual.config.encoders import Encoder
from equilingual.config.models import Config
from equilingual.registry import known_benchmarks, packaged_encoder

Seen = dict[str, dict[str, list[str]]]


def trained_on(encoder: Encoder) -> tuple[str, ...] | None:
    """Return the data that an encoder was trained on: as configured, or as known; ``None`` where neither tells."""
    if encoder.trained_on is not None:
        return encoder.trained_on
    name = str(packaged_encoder()["base_model"]) if encoder.source == "packaged" else encoder.path
    return TRAINED_ON.get((name or "").lower()) if encoder.source != "folder" else None


def made_from(benchmark: Benchmark) -> tuple[str, ...]:
    """Return the data that a benchmark is, or is made from."""
    if benchmark.known is None:
        return benchmark.made_from
    known = known_benchmarks()[benchmark.known].get("made_from", ())
    return tuple(dict.fromkeys([benchmark.known, *known, *benchmark.made_from]))


def seen_benchmarks(config: Config) -> Seen:
    """Return by encoder and benchmark what of the benchmark's data the encoder was trained on, where it was on any."""
    found = Seen()
    for name, encoder in config.encoders.items():
        data = trained_on(encoder) or ()
        own = {
            benchmark: [one for one in made_from(source) if one in data]
            for benchmark, source in config.benchmarks.items()
        }
        if own := {benchmark: names for benchmark, names in own.items() if names}:
            found[name] = own
    return found

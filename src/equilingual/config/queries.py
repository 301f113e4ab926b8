"""Query translation: which engine translates the queries of which benchmark, and in which language pairs."""

from collections.abc import Iterator

from equilingual.config.experiments import BenchmarkSource, benchmark_sources
from equilingual.config.models import Config
from equilingual.translation.engines.catalogue import has_pair, missing_commands

Pair = tuple[str, str]  # of the query, of the candidates


def query_pairs(config: Config) -> dict[str, dict[str, list[Pair]]]:
    """Return, by engine and benchmark, the language pairs (query, candidate) to translate queries in, in order."""
    return {
        entry.engine: {
            name: [pair for pair in _pairs(source) if has_pair(config.engine_spec(entry.engine), *pair)]
            for name, source in benchmark_sources(config).items()
        }
        for entry in config.evaluation.translate
    }


def query_problems(config: Config, *, packages: bool = True) -> list[str]:
    """Return a line for each reason why queries cannot be translated: the key, and what to do.

    Args:
        config: the configuration.
        packages: whether to check Python packages, too; those in a conda environment cannot be checked here.

    """
    lines = []
    for engine, benchmarks in query_pairs(config).items():
        pairs = list(dict.fromkeys(pair for own in benchmarks.values() for pair in own))
        if not pairs:
            lines.append(
                f"evaluation.translate: {engine} supports no language pair of {', '.join(benchmarks)}: choose another "
                "engine, or define one in translation.engines"
            )
        spec = config.engine_spec(engine)
        commands = dict.fromkeys(command for pair in pairs for command in missing_commands(spec, *pair))
        if wanted := [command for command in commands if packages or not command.startswith("pip ")]:
            lines.append(f"evaluation.translate: {engine} is not installed for all pairs: {' && '.join(wanted)}")
    return lines


def _pairs(source: BenchmarkSource) -> Iterator[Pair]:
    for query in source.languages:
        for candidate in source.languages:
            if query != candidate and source.compares(query, candidate):
                yield query, candidate

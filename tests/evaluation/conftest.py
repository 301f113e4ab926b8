import pytest

from equilingual.evaluation import build_benchmark
from equilingual.registry import known_benchmarks


@pytest.fixture(scope="session")
def lareqa(mirror, tmp_path_factory):
    """Return a function that builds XQuAD-R or MLQA-R from the mirror, once."""
    built = {}

    def build(name, candidate_text="sentence"):
        if (name, candidate_text) not in built:
            out = tmp_path_factory.mktemp(name)
            entries = known_benchmarks()[name]["files"].items()
            files = {language: {"file": [mirror / file["path"]]} for language, file in entries}
            build_benchmark(
                name=name,
                kind="lareqa",
                files=files,
                candidate_text=candidate_text,
                licence="x",
                expected=None,
                out=out,
            )
            built[name, candidate_text] = out
        return built[name, candidate_text]

    return build

import pyarrow as pa
import pytest

from equilingual.batching import audit_batches
from equilingual.corpora import PAIR_SCHEMA
from equilingual.files import read_json
from equilingual.parquet import write_parquet


@pytest.fixture
def corpus(tmp_path):
    """Return a function that writes a parallel corpus and returns its files, one per language.

    Texts name their language and number, so that a text taken from a wrong row shows.
    """

    def write(pairs, languages, *, passages=None, missing=(), same_text=()):
        files = {}
        for language in languages:
            rows = []
            for n in range(pairs):
                if (language, n) in missing:
                    continue
                passage = n % passages if passages else n
                text = f"passage {passage} in {language}"
                if (language, n) in same_text:
                    text = f"the same in {language}!"
                rows.append((f"p{n}", f"d{passage}", language, f"question {n} in {language}", text, "human"))
            columns = list(zip(*rows, strict=True))
            path = tmp_path / f"{language}.parquet"
            write_parquet(pa.table([list(c) for c in columns], schema=PAIR_SCHEMA), path)
            files[language] = path
        return files

    return write


@pytest.fixture
def audit(tmp_path):
    """Return a function that audits the batches against what was asked for, and returns what is found."""

    def run(asked):
        audit_batches(manifest=tmp_path / "manifest.json", out=tmp_path / "audit.json", **asked)
        return read_json(tmp_path / "audit.json")

    return run

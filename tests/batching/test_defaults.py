"""By default the batches are those of version 0.1.0: the same rows, and the same hash of the configuration.

The digests were taken before ``mix``, ``negatives.language`` and ``positives`` existed.
"""

import hashlib
import json

import pyarrow.parquet as pq
import pytest
from hard_negatives import LANGUAGES, numbered, write_mined, write_pairs

from equilingual.batching import build_batches
from equilingual.config.batch_settings import BatchSettings, StrategySettings
from equilingual.training_sets import TrainingSetFiles

HARD = {"count": 2, "from": ["column", "bm25"]}
CURRICULUM = {"from": 1.0, "to": 0.0}


@pytest.mark.parametrize(
    ("strategy", "negatives", "rows", "configuration"),
    [
        ({"name": "mono"}, None, "e6d7d65911e5cfdc", "b6278e567c646f65"),
        ({"name": "cross"}, None, "3640522ad0919b42", "9def2c4e37f56666"),
        ({"name": "hybrid", "alpha": 0.5}, None, "7b5f1c09f56276bc", "0fe9f32d1c04c481"),
        ({"name": "hybrid", "alpha": CURRICULUM}, None, "f9ca2d19c95b54f1", "c936120212399bf6"),
        ({"name": "mixed-mono"}, None, "840f1c2534999a9c", "e5de4831f92f31ce"),
        ({"name": "english"}, None, "92d14a0dfd0124d4", "6a95bd1bddd301ea"),
        ({"name": "round-robin", "query_language": "de"}, None, "23e25f28de0c46bc", "d15e487873271a99"),
        ({"name": "hybrid", "alpha": 0.5}, HARD, "d1e9c6b29246319d", "c20f76249091822b"),
        ({"name": "round-robin", "query_language": "de"}, HARD, "1ad24815d394c931", "a3eecd322415d5b9"),
    ],
)
def test_the_batches_are_the_same(tmp_path, strategy, negatives, rows, configuration):
    files = write_pairs(tmp_path, numbered(40, column=2))
    mined = [write_mined(tmp_path / "m.parquet", {f"p{n}": [f"p{(n + 20) % 40}"] for n in range(40)})]
    build_batches(
        training_set=TrainingSetFiles.of("t", files, corpora=["c"], languages=LANGUAGES),
        strategy=StrategySettings(**strategy),
        settings=BatchSettings(batch_size=4, batches=8, negatives=negatives),
        seed=1,
        mined=mined if negatives else [],
        shards=[tmp_path / "part-0.parquet"],
        manifest=tmp_path / "manifest.json",
    )
    table = pq.read_table(tmp_path / "part-0.parquet")
    text = json.dumps(table.to_pylist(), sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == rows
    assert table.schema.metadata[b"configuration_sha256"].decode()[:16] == configuration

"""Training sets with hard negatives, and what their stages make of them: built, audited, spoilt."""

import pyarrow as pa
import pyarrow.parquet as pq
from batching_sets import strategy_of
from hypothesis import strategies as st

from equilingual.batching import BatchReader, audit_batches, build_batches
from equilingual.config.batch_settings import BatchSettings
from equilingual.corpora import PAIR_SCHEMA
from equilingual.files import read_json, sha256_of, write_json
from equilingual.training_sets import TrainingSetFiles

COLUMN = pa.field("negatives", pa.list_(pa.string()))
LANGUAGES = ["en", "de"]


def write_pairs(folder, rows):
    """Write {(pair, language): (passage_id, question, passage, negatives or None)}; return a file per language."""
    files = []
    for language in LANGUAGES:
        own = [(pair, *values) for (pair, tag), values in rows.items() if tag == language]
        columns = [
            [pair for pair, *_ in own],
            [passage_id for _, passage_id, *_ in own],
            [language] * len(own),
            [question for _, _, question, _, _ in own],
            [passage for _, _, _, passage, _ in own],
            ["human"] * len(own),
        ]
        schema = PAIR_SCHEMA
        if any(negatives is not None for *_, negatives in own):
            columns.append([negatives or [] for *_, negatives in own])
            schema = pa.schema([*PAIR_SCHEMA, COLUMN])
        files.append(folder / f"{language}.parquet")
        pq.write_table(pa.table(columns, schema=schema), files[-1], row_group_size=3)
    return files


def write_mined(path, negatives):
    """Write {pair: its negatives}, all of the corpus c."""
    table = {
        "pair_id": [f"c/{pair}" for pair in negatives],
        "negatives": [[f"c/{other}" for other in others] for others in negatives.values()],
    }
    pq.write_table(pa.table(table), path)
    return path


def build(folder, files, negatives, mined=(), *, batch_size=4, batches=6, seed=1, min_languages=None):
    build_batches(
        training_set=TrainingSetFiles.of("t", files, corpora=["c"], languages=LANGUAGES, min_languages=min_languages),
        strategy=strategy_of("hybrid"),
        settings=BatchSettings(batch_size=batch_size, batches=batches, negatives=negatives),
        seed=seed,
        mined=mined,
        shards=[folder / "part-0.parquet", folder / "part-1.parquet"],
        manifest=folder / "manifest.json",
    )
    reader = BatchReader(folder / "manifest.json")
    return [reader.read(number).to_pylist() for number in range(len(reader))], reader.summary


def audit(folder, files, **asked):
    """Audit the batches against what their manifest says, but for what is ``asked`` of the hard negatives."""
    said = read_json(folder / "manifest.json")
    hard = said["negatives"] and {name: said["negatives"][name] for name in ("count", "from", "language")}
    audit_batches(
        manifest=folder / "manifest.json",
        training_set=TrainingSetFiles.of("t", files, corpora=["c"], languages=LANGUAGES),
        strategy=strategy_of("hybrid"),
        settings=BatchSettings(batch_size=said["batch_size"], batches=said["batches"], negatives=hard and hard | asked),
        seed=said["seed"],
        out=folder / "audit.json",
    )
    return read_json(folder / "audit.json")["negatives"]


def spoil(folder, change):
    """Change the rows of the first shard, and let the manifest agree."""
    path = folder / "part-0.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    manifest = read_json(folder / "manifest.json")
    manifest["shards"][0]["sha256"] = sha256_of(path)
    write_json(manifest, folder / "manifest.json")


def numbered(count, *, column=0):
    """Pairs that share nothing, with ``column`` hard negatives of their own each."""
    return {
        (f"p{n}", tag): (
            f"d{n}",
            f"question {n} in {tag}",
            f"passage {n} in {tag}",
            [f"wrong {place} for {n} in {tag}" for place in range(column)] if column else None,
        )
        for n in range(count)
        for tag in LANGUAGES
    }


@st.composite
def corpora(draw):
    """Pairs of few distinct passages and questions, so that most share something, some languages missing."""
    count = draw(st.integers(12, 30))
    number = st.integers(0, 25)
    rows = {}
    for n in range(count):
        passage = {tag: draw(st.one_of(st.just(n), number)) for tag in LANGUAGES}
        wrong = draw(
            st.lists(st.fixed_dictionaries({tag: st.one_of(st.none(), number) for tag in LANGUAGES}), max_size=3)
        )
        absent = draw(st.sampled_from(["", "", "", "en", "de"]))
        for tag in LANGUAGES:
            if tag != absent:
                negatives = [None if one[tag] is None else f"Passage {one[tag]} in {tag}." for one in wrong]
                rows[f"p{n}", tag] = (f"d{n}", f"question {n} in {tag}", f"passage {passage[tag]} in {tag}", negatives)
    mined = {
        f"p{n}": [f"p{other}" for other in draw(st.lists(st.integers(0, count - 1), max_size=4))] for n in range(count)
    }
    return rows, mined

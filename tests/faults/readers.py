"""Every reader of files, each with sound files to spoil, and a check that nothing of a file that is read is lost."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
from faults import originals as o
from faults.artefacts import artefacts, others
from faults.reader import Contents, Reader
from faults.settings import configurations

from equilingual.config.filters import BitextFilters
from equilingual.corpora import read_corpus
from equilingual.corpora.bitext import read_bitext
from equilingual.evaluation import build_benchmark
from equilingual.files import read_json
from equilingual.parquet import read_table
from equilingual.retrieval.tables import read_tables


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


# ------------------------------------------------------------------------------------------------ corpora
def _rows_of_jsonl(path: Path) -> int:
    return sum(bool(line.strip("\ufeff").strip()) for line in unpacked(path).decode().split("\n"))


def _rows_of_table(sign: str) -> Callable[[Path], int]:
    def count(path: Path) -> int:
        csv.field_size_limit(1 << 30)
        quoting = csv.QUOTE_NONE if sign == "\t" else csv.QUOTE_MINIMAL
        text = unpacked(path).decode().lstrip("\ufeff")
        return sum(bool(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign, quoting=quoting)) - 1

    return count


# Counted by other means than the readers'; each row is a QA pair, or is counted among the dropped ones.
_ROWS: Mapping[str, Callable[[Path], int]] = {
    "jsonl": _rows_of_jsonl,
    "json": lambda path: len(json.loads(unpacked(path).decode("utf-8-sig"))),
    "csv": _rows_of_table(","),
    "tsv": _rows_of_table("\t"),
    "parquet": lambda path: pq.ParquetFile(path).metadata.num_rows,
}


def corpus(file_format: str, *files: Contents, **settings: object) -> Reader:
    def read(folder: Path) -> str | None:
        roles = {path.name.partition(".")[0]: [path] for path in sorted((folder / "in").iterdir())}
        read_corpus(
            **{
                "corpus": "c", "file_format": file_format, "files": roles, "language": "en", "origin": "human",
                "licence": "x", "languages": ["en"], "empty": "drop", "max_entry_mb": 1,
                "pairs_out": folder / "out.parquet", "counts_out": folder / "out.json", **settings,
            }
        )  # fmt: skip
        counts = read_json(folder / "out.json")["languages"]["en"]
        table = read_table(folder / "out.parquet")
        if table.num_rows != counts["kept"] or counts["kept"] + sum(counts["dropped"].values()) != counts["questions"]:
            return f"the counts do not add up: {counts}, {table.num_rows} rows"
        if any(not text for name in ("question", "passage", "pair_id") for text in table[name].to_pylist()):
            return "a pair without a text or an id"
        if file_format in _ROWS and (rows := _ROWS[file_format](roles["file"][0])) != counts["questions"]:
            return f"{rows} rows, but {counts['questions']} are accounted for"
        return None

    return Reader("corpora", file_format, files, read)


def _one(content: bytes, suffix: str = "") -> Contents:
    return {f"in/file{suffix}": content}


def _corpora() -> list[Reader]:
    pairs = o.demo_pairs()
    contexts = [{"title": "T", "text": pair["passage"]} for pair in pairs]
    beir = o.beir()
    mmarco = {
        "in/collection.tsv": b"0\tzero\n1\tone\n2\ttwo\ttabs\n", "in/queries.tsv": b"10\tten?\n11\televen?\n",
        "in/qrels.tsv": b"10\t0\t1\t1\n11\t0\t2\t1\n", "in/triples.tsv": b"10\t1\t0\n",
    }  # fmt: skip
    texts = [{"query": pair["question"], "pos": [pair["passage"]], "neg": ["No."]} for pair in pairs]
    dpr = [
        {"question": pair["question"], "positive_ctxs": [one], "hard_negative_ctxs": contexts[:1]}
        for pair, one in zip(pairs, contexts, strict=True)
    ]
    swim = [
        {
            "_id": f"{n}",
            "query": pair["question"],
            "title": "T",
            "text": pair["passage"],
            "code": "en",
            "lang": "English",
        }
        for n, pair in enumerate(pairs)
    ]
    tevatron = [
        {
            "query_id": f"q{n}", "query": pair["question"], "positive_passages": [{"docid": f"d{n}", **one}],
            "negative_passages": [],
        }
        for n, (pair, one) in enumerate(zip(pairs, contexts, strict=True))
    ]  # fmt: skip
    ids = {
        "in/file.jsonl": o.jsonl(
            {"query_id": "q1", "query_text": "ten?", "positive_document_ids": ["d1"], "negative_document_ids": ["d2"]}
        ),
        "in/corpus.jsonl": o.jsonl({"docid": "d1", "title": "", "text": "one"}, {"docid": "d2", "text": "two"}),
    }
    return [
        corpus("jsonl", _one(o.jsonl(*pairs))),
        corpus("json", _one(json.dumps(pairs).encode())),
        corpus("csv", _one(o.table(","))),
        corpus("tsv", _one(o.table("\t"))),
        corpus("parquet", _one(o.parquet(pairs)), _one(o.odd_parquet())),
        corpus("squad", _one(o.squad())),
        corpus("flagembedding", _one(o.jsonl(*texts))),
        corpus("dpr", _one(json.dumps(dpr).encode(), ".json")),
        corpus("swim-ir", _one(o.jsonl(*swim))),
        corpus("tevatron", _one(o.jsonl(*tevatron)), ids),
        corpus("beir", {f"in/{role}.{'tsv' if role == 'qrels' else 'jsonl'}": text for role, text in beir.items()}),
        corpus("mmarco", mmarco),
    ]


# ------------------------------------------------------------------------------------------------ bitext
_NO_FILTERS = BitextFilters(
    **{name: None for name, field in BitextFilters.model_fields.items() if "None" in str(field.annotation)}
)


def _units_of_tmx(path: Path) -> int:
    return sum(one.tag.rpartition("}")[2] == "tu" for one in ElementTree.fromstring(unpacked(path)).iter())


def _lines_of(content: bytes) -> int:
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _lines_of_moses(folder: Path) -> int:
    path = sorted((folder / "in").iterdir())[0]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return _lines_of(archive.read(next(name for name in archive.namelist() if name.endswith("de"))))
    return _lines_of(unpacked(path))


def bitext(name: str, file_format: str, rows: Callable[[Path], int], *files: Contents) -> Reader:
    def read(folder: Path) -> str | None:
        paths = sorted((folder / "in").iterdir())
        read_bitext(
            corpus="c", file_format=file_format, groups=[("de-en", ["de", "en"], paths)], languages=["de", "en"], licence="x",
            filters=_NO_FILTERS, max_entry_mb=1, sentences_out=folder / "out.parquet", dropped_out=folder / "dropped.parquet",
            counts_out=folder / "out.json",
        )  # fmt: skip
        counts = read_json(folder / "out.json")
        if read_table(folder / "out.parquet").num_rows != counts["kept"]:
            return "the counts are not those of the table"
        if (total := rows(folder)) != counts["kept"] + sum(counts["dropped"].values()):
            return f"{total} rows, but {counts['kept']} kept and {counts['dropped']} dropped"
        return None

    return Reader("bitext", name, files, read)


def _bitext() -> list[Reader]:
    tsv = b"Eins.\tOne.\nZwei.\tTwo.\n\tThree.\n"
    return [
        bitext("moses", "moses", _lines_of_moses, {f"in/c.{tag}": text for tag, text in o.MOSES.items()}),
        bitext("moses (zip)", "moses", _lines_of_moses, {"in/a.zip": o.zipped()}, {"in/a.zip": o.zipped(stored=True)}),
        bitext("tmx", "tmx", lambda folder: _units_of_tmx(folder / "in/a.tmx"), {"in/a.tmx": o.tmx()}),
        bitext("bitext-tsv", "bitext-tsv", lambda folder: _lines_of(unpacked(folder / "in/a.tsv")), {"in/a.tsv": tsv}),
    ]


# ------------------------------------------------------------------------------------------------ benchmarks
def benchmark(kind: str, *files: Contents, **settings: object) -> Reader:
    """``files`` are at ``in/{language}.{role}``."""

    def read(folder: Path) -> str | None:
        found: dict[str, dict[str, list[Path]]] = {}
        for path in sorted((folder / "in").iterdir()):
            language, _, role = path.name.partition(".")
            found.setdefault(language, {})[role] = [path]
        for language in settings.get("also", ()):
            found.setdefault(language, {})
        options = {key: value for key, value in settings.items() if key != "also"}
        build_benchmark(name="x", kind=kind, files=found, licence="x", expected=None, out=folder / "out", **options)
        tables = {name: read_table(folder / f"out/{name}.parquet") for name in ("candidates", "queries", "qrels")}
        known = set(tables["candidates"]["candidate_id"].to_pylist())
        if lost := set(tables["qrels"]["candidate_id"].to_pylist()) - known:
            return f"judgements of candidates that are not there: {sorted(lost)[:3]}"
        if len(known) != tables["candidates"].num_rows:
            return "two candidates of one id"
        if any(not text.strip() for text in tables["queries"]["text"].to_pylist()):
            return "a query without a text"
        read_tables(folder / "out")  # what the stages after it do
        return None

    return Reader("benchmarks", kind, files, read)


def _benchmarks() -> list[Reader]:
    english, german = o.beir("en"), o.beir("de")
    beir = {
        f"in/{tag}.{role}": text
        for tag, roles in (("en", english), ("de", german))
        for role, text in roles.items()
        if role != "qrels"
    }
    beir["in/all.qrels"] = english["qrels"]
    dev, code = o.MIRROR / "flores/flores-dev.de", o.MIRROR / "tatoeba/v1/tatoeba.deu-eng"
    passages = [{"docid": f"7#{n}", "title": "Nairobi", "text": text} for n, text in enumerate(("A city.", "A river."))]
    miracl = {
        "in/sw.topics": b"6\tWapi?\n8\tGani?\n", "in/sw.qrels": b"6\tQ0\t7#0\t1\n6\tQ0\t7#1\t0\n8\tQ0\t7#1\t1\n",
        "in/sw.corpus": o.jsonl(*passages),
    }  # fmt: skip
    belebele = [
        {"link": "https://a", "question_number": n, "flores_passage": f"P{n // 2}.", "question": f"{n}?"}
        for n in range(3)
    ]
    bucc = {
        "dev_text": b"de-1\tEins\n", "dev_english": b"en-1\tOne\nen-2\tTwo\n", "dev_gold": b"de-1\ten-2\n",
        "test_text": b"de-1\tDrei\nde-2\tVier\n", "test_english": b"en-1\tFive\n", "test_gold": b"de-1\ten-1\n",
    }  # fmt: skip
    answers = {"en": [{"type": "entity", "entity": "Q60", "text": "New York", "aliases": ["NYC"]}]}
    mkqa = [
        {"query": "q", "example_id": n, "queries": {"en": "q?", "de": f"q {n}?"}, "answers": answers} for n in range(3)
    ]
    text = "Old news. In Helsinki, buses stand still."
    spans = [{"start": 0, "end": 9}, {"start": 10, "end": len(text)}]
    mention = {"example_id": "en-1", "entity_id": "Q1", "mention_span": {"start": 13, "end": 21, "text": "Helsinki"}}
    context = {"document_title": "t", "language": "en", "text": text, "sentence_spans": spans}
    entity = {"entity_id": "Q1", "title": "Helsinki", "description": "On kaupunki.", "description_language": "fi"}
    entity["sentence_spans"] = [{"start": 0, "end": 12}]
    return [
        benchmark("lareqa", {"in/de.file": o.lareqa()}, candidate_text="sentence+context"),
        benchmark("beir", beir, empty="drop", missing="drop"),
        benchmark(
            "tatoeba",
            {
                "in/de.text": o.lines(code.with_name(code.name + ".deu"), 4, "Eins.\nZwei.\n"),
                "in/de.english": o.lines(code.with_name(code.name + ".eng"), 4, "One.\nTwo.\n"),
            },
        ),
        benchmark(
            "flores",
            {
                f"in/{tag}.text": o.lines(dev.with_name(f"flores-dev.{tag}"), 4, f"{tag} 0\n{tag} 1\n")
                for tag in ("en", "de")
            },
        ),
        benchmark("miracl", miracl, pool="judged", empty="drop"),
        benchmark("mr-tydi", miracl),
        benchmark("belebele", {"in/en.file": o.jsonl(*belebele)}),
        benchmark("bucc", {f"in/de.{role}": content for role, content in bucc.items()}),
        benchmark(
            "mkqa",
            {
                "in/all.questions": o.jsonl(*mkqa),
                "in/all.corpus": o.jsonl({"_id": "p1", "title": "", "text": "In New York."}),
            },
            also=("de",),
        ),
        benchmark(
            "mewsli-x",
            {
                "in/all.mentions": o.jsonl({"context": context, "mentions": [mention]}),
                "in/all.entities": o.jsonl(entity),
            },
            also=("en",),
        ),
    ]


def readers(place: Path) -> list[Reader]:
    """Return all readers of files; ``place`` is a folder for the artefacts that are written to be spoilt."""
    return [*_corpora(), *_bitext(), *_benchmarks(), *artefacts(place), *others(), *configurations()]

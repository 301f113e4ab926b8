"""Sound files of every format, small: from the demo and the mirror of real corpora where they have one, else by hand."""

import gzip
import io
import json
import struct
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "resources/demo"
MIRROR = ROOT.parent / "shared/data"


def jsonl(*rows: object) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def lines(path: Path, count: int, otherwise: str = "") -> bytes:
    """The first lines of a real file; others where there is none."""
    if not path.exists():
        return otherwise.encode()
    with open(path, "rb") as file:
        return b"".join(line for line, _ in zip(file, range(count), strict=False))


def demo_pairs() -> list[dict[str, object]]:
    rows = [json.loads(line) for line in lines(DEMO / "train/en.jsonl", 4).splitlines()]
    return [
        {
            "pair_id": f"p{number}", "passage_id": f"d{number}", "question": row["question"], "passage": row["passage"],
            "negatives": ["No."],
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip


def table(sign: str) -> bytes:
    rows = demo_pairs()
    names = list(rows[0])[:4]
    cells = [[str(row[name]).replace(sign, " ").replace('"', "'") for name in names] for row in rows]
    return "".join(
        sign.join(f'"{cell}"' if sign == "," else cell for cell in row) + "\n" for row in [names, *cells]
    ).encode()


def parquet(rows: list[dict[str, object]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def odd_parquet() -> bytes:
    """Columns of types that no QA pair has."""
    columns = {
        "pair_id": pa.array([1.0, None]),
        "question": pa.array([b"\xff", b"a"]).cast(pa.string(), safe=False),
        "passage": pa.array([["a"], ["b", None]]),
        "negatives": pa.array([2**48, 1]).cast(pa.timestamp("s")),
    }
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="zstd")
    return file.getvalue()


def squad(articles: int = 2) -> bytes:
    """SQuAD's own shape, from a real file where the mirror has one."""
    path = MIRROR / "drcd-mt/DRCD_dev.json"
    qas = [{"id": "q1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]}]
    by_hand = {"data": [{"title": "t", "paragraphs": [{"context": "Ada wrote. She did.", "qas": qas}]}]}
    if not path.exists():
        return json.dumps(by_hand).encode()
    document = json.loads(path.read_text(encoding="utf-8"))
    for article in document["data"][:articles]:
        article["paragraphs"] = [{**paragraph, "qas": paragraph["qas"][:2]} for paragraph in article["paragraphs"][:2]]
    return json.dumps({"data": document["data"][:articles]}, ensure_ascii=False).encode()


def lareqa() -> bytes:
    answers = [{"text": "Ada", "answer_start": 0}]
    qas = [
        {"id": "q1", "question": "Who?", "answers": answers},
        {"id": "q2", "question": "Who else?", "answers": answers},
    ]
    row = {"context": "Ada. Bob.", "sentence_breaks": [[0, 4], [5, 9]], "qas": qas}
    path = MIRROR / "xquad-r/de.json"
    if not path.exists():
        return json.dumps({"data": [{"paragraphs": [row]}]}).encode()
    document = json.loads(path.read_text(encoding="utf-8"))
    paragraphs = [{**one, "qas": one["qas"][:2]} for one in document["data"][0]["paragraphs"][:2]]
    return json.dumps({"data": [{"paragraphs": paragraphs}]}, ensure_ascii=False).encode()


def beir(tag: str = "en") -> dict[str, bytes]:
    """The demo's benchmark: four questions, their candidates and judgements."""
    folder = DEMO / "evaluation"
    qrels = lines(folder / "qrels/test.tsv", 5)
    found = [line.split("\t") for line in qrels.decode().splitlines()[1:]]
    wanted = {cell for row in found for cell in row[:2]}
    kept = {
        name: b"".join(
            line + b"\n"
            for line in (folder / tag / f"{name}.jsonl").read_bytes().splitlines()
            if json.loads(line)["_id"] in wanted
        )
        for name in ("corpus", "queries")
    }
    return {**kept, "qrels": qrels}


MOSES = {"de": b"Eins.\nZwei.\n\nVier ist mehr.\n", "en": b"One.\nTwo.\nThree.\nFour is more.\n"}


def zipped(stored: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README", "x")
        for tag, content in MOSES.items():
            archive.writestr(f"W.de-en.{tag}", content)
    return file.getvalue()


def tmx() -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4"><header srclang="en"/><body>\n'
    unit = '<tu tuid="{0}"><tuv xml:lang="de"><seg>Satz {0} ist &lt;gut&gt;.</seg></tuv><tuv xml:lang="en"><seg>Sentence {0} is <bpt i="1"/>good.</seg></tuv></tu>\n'
    return (head + "".join(unit.format(number) for number in range(4)) + "</body></tmx>\n").encode()


def packaged_weights() -> bytes:
    """A whole file of the format E5S1: one piece, no map, one tensor of 32-bit and one of 4-bit values."""
    head = struct.pack("<4sI7ifi", b"E5S1", 1, 8, 1, 2, 16, 1, 4, 1, 1e-12, 32)
    pieces = struct.pack("<5iQ", 1, 0, 2, 1, 3, 1) + bytes(8) + bytes(4) + b"a"
    names = [b"emb.ln.w", b"emb.word"]
    directory = sum(2 + len(name) + struct.calcsize("<BIQQ") for name in names)
    start = len(head) + len(pieces) + struct.calcsize("<iI") + 4 + directory
    sizes = [(8, 32), (32, 18)]
    entries, place = b"", start
    for name, (count, size) in zip(names, sizes, strict=True):
        entries += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", 0, count, place, size)
        place += size
    return head + pieces + struct.pack("<iI", 0, 0) + struct.pack("<i", 2) + entries + bytes(50)


def run_file() -> bytes:
    rows = [f"en_q{query} Q0 en_d{rank} {rank} {1 / rank:.4f} bm25" for query in (1, 2) for rank in (1, 2, 3)]
    return gzip.compress("".join(f"{row}\n" for row in rows).encode(), 1, mtime=0)

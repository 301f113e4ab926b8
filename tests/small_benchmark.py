"""A benchmark of two languages that can be looked through: three questions, and the passages that answer them."""

import json
from pathlib import Path

PASSAGES = {
    "en": {"d1": "the moon is far away", "d2": "the sea is deep", "d3": "a fish swims in a river"},
    "de": {"d1": "der Mond ist weit weg", "d2": "das Meer ist tief", "d3": "ein Fisch schwimmt im Fluss"},
}
QUERIES = {
    "en": {"q1": "how far is the moon", "q2": "how deep is the sea", "q3": "where swims a fish"},
    "de": {"q1": "wie weit ist der Mond", "q2": "wie tief ist das Meer", "q3": "wo schwimmt ein Fisch"},
}


def write_small_benchmark(folder: Path) -> Path:
    """Write the benchmark into a folder, in BEIR's format."""
    for language in PASSAGES:
        (folder / language).mkdir(parents=True)
        for name, texts in (("corpus", PASSAGES[language]), ("queries", QUERIES[language])):
            rows = [json.dumps({"_id": key, "text": text}, ensure_ascii=False) + "\n" for key, text in texts.items()]
            (folder / language / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")
    (folder / "qrels").mkdir()
    judgements = "".join(f"q{number}\td{number}\t1\n" for number in (1, 2, 3))
    (folder / "qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judgements}", encoding="utf-8")
    return folder

"""Reading bitext: the table, the quality filters, the counts, and real files."""

import pyarrow.parquet as pq
import pytest

from equilingual.bitext_files import ID
from equilingual.config.filters import BitextFilters
from equilingual.corpora.bitext import read_bitext
from equilingual.corpora.bitext_quality import length_ratio, median_lengths
from equilingual.corpora.errors import CorpusError
from equilingual.files import read_json

EN = "The file could not be opened because you do not have the permission to read it."
DE = "Die Datei konnte nicht geöffnet werden, weil Sie keine Berechtigung haben, sie zu lesen."
RU = "Не удалось открыть файл, потому что у вас нет прав на его чтение."


@pytest.fixture
def read(tmp_path):
    """Return a function that reads Moses files of lines by language, and returns (rows, dropped rows, counts)."""

    def run(filters=None, **lines):
        languages = list(lines)
        files = [tmp_path / f"c.{tag}" for tag in languages]
        for path, own in zip(files, lines.values(), strict=True):
            path.write_text("".join(f"{line}\n" for line in own), encoding="utf-8")
        read_bitext(
            corpus="c",
            file_format="moses",
            groups=[("", languages, files)],
            languages=languages,
            licence="MIT",
            filters=BitextFilters(**filters or {}),
            sentences_out=tmp_path / "sentences.parquet",
            dropped_out=tmp_path / "dropped.parquet",
            counts_out=tmp_path / "counts.json",
        )
        tables = [pq.read_table(tmp_path / f"{name}.parquet").to_pylist() for name in ("sentences", "dropped")]
        return *tables, read_json(tmp_path / "counts.json")

    return run


def test_a_row_has_a_column_for_each_language_and_null_where_it_is_missing(read):
    rows, dropped, counts = read(en=[EN, EN, ""], de=[DE, "", DE], id=["", "", ""])
    assert rows == [{ID: "1", "en": EN, "de": DE, "id": None}]
    assert dropped == []
    assert counts["kept"] == 1
    assert counts["dropped"] == {"in one language only": 2}
    assert counts["languages"]["en"] == {"kept": 1, "dropped": {}}
    assert counts["languages"]["id"] == {"kept": 0, "dropped": {}}


def test_each_filter_drops_its_text_and_no_other(read):
    rows, dropped, counts = read(
        en=[EN, EN, EN, EN, DE],
        de=[DE, EN, "Nein, nicht so.", DE, DE],
        ru=[RU, RU, RU, "Die Datei konnte nicht geöffnet werden.", RU],
    )
    by_place = {(row[ID], row["language"]): row["filters"] for row in dropped}
    assert by_place == {
        ("2", "de"): ["copy", "language"],
        ("3", "de"): ["length"],
        ("4", "ru"): ["script"],
        ("5", "de"): ["copy"],
        ("5", "en"): ["language"],
    }
    # The fifth has Russian alone.
    assert [row[ID] for row in rows] == ["1", "2", "3", "4"]
    assert [row["de"] for row in rows] == [DE, None, None, DE]
    assert counts["languages"]["de"] == {"kept": 2, "dropped": {"copy": 2, "length": 1}}
    assert counts["dropped"] == {"in one language only, after the quality filters": 1}


def test_filters_can_be_turned_off(read):
    off = {"language": None, "script": None, "length": None, "copies": False}
    rows, dropped, _ = read(off, en=[EN, DE], de=["Nein, nicht so.", DE], ru=[EN, "Ja"])
    assert (len(rows), dropped) == (2, [])


def test_names_may_be_the_same_in_both_languages_and_codes_alone_are_copies(read):
    rows, dropped, _ = read(en=["GNU Emacs 29", "%s: %d / %s"], de=["GNU Emacs 29", "%s: %d / %s"])
    assert [row[ID] for row in rows] == ["1"]
    assert [(row[ID], row["language"], row["filters"]) for row in dropped] == [("2", "de", ["copy"])]


def test_the_median_length_is_that_of_the_pair_with_the_reference():
    sentences = [["a" * 90, "b" * size, ""] for size in (40, 190, 290)] + [["", "b" * 500, "c" * 10]]
    # ratios (n + 10) / 100: 0.5, 2, 3
    assert median_lengths(sentences, ["en", "de", "fr"]) == [1.0, pytest.approx(2.0, rel=0.006), 1.0]
    # English is the reference wherever it stands
    reversed_ = [texts[::-1] for texts in sentences[:3]]
    assert median_lengths(reversed_, ["fr", "de", "en"])[1] == pytest.approx(2.0, rel=0.006)
    assert length_ratio("a" * 90, "字" * 30) == 1.0


def test_a_corpus_without_a_sentence_is_refused_with_the_reasons(read):
    with pytest.raises(CorpusError, match=r"no sentence in two languages \(.*in one language only: 2"):
        read(en=[EN, ""], de=["", DE])


def test_sentences_of_several_pairs_are_told_apart_and_scores_counted_once(tmp_path):
    files = {"en-de": f"1.2\t{EN}\t{DE}\n1.0\t{EN}\t{DE}\n", "en-ru": f"1.3\t{EN}\t{RU}\n"}
    groups = []
    for name, content in files.items():
        (tmp_path / f"{name}.tsv").write_text(content, encoding="utf-8")
        groups.append((name, tuple(name.split("-")), [tmp_path / f"{name}.tsv"]))
    outputs = {f"{what}_out": tmp_path / f"{what}.parquet" for what in ("sentences", "dropped")}
    asked = {"corpus": "w", "file_format": "bitext-tsv", "groups": groups, "languages": ["en", "de", "ru"]}
    asked |= {"licence": "MIT", "filters": BitextFilters(), "score_column": 1, "min_score": 1.1}
    fetched = {str(tmp_path / "en-ru.tsv"): {"source": "https://example.org/en-ru.tsv", "sha256": None}}
    read_bitext(**asked, **outputs, counts_out=tmp_path / "counts.json", fetched=fetched)
    assert pq.read_table(outputs["sentences_out"]).to_pylist() == [
        {ID: "en-de-1", "en": EN, "de": DE, "ru": None},
        {ID: "en-ru-1", "en": EN, "de": None, "ru": RU},
    ]
    counts = read_json(tmp_path / "counts.json")
    assert counts["dropped"] == {"score below min_score": 1}
    assert counts["fetched"][0] | {"sha256": ""} == {
        "source": "https://example.org/en-ru.tsv",
        "sha256": "",
        "pinned": False,
    }


def test_the_same_files_give_the_same_bytes(read, tmp_path):
    read(en=[EN], de=[DE])
    first = (tmp_path / "sentences.parquet").read_bytes()
    read(en=[EN], de=[DE])
    assert (tmp_path / "sentences.parquet").read_bytes() == first


def test_real_message_catalogues_pass_the_filters(read, mirror):
    def lines(tag):
        with open(mirror / f"gettext/gettext.{tag}", encoding="utf-8") as file:
            return [line.rstrip("\n") for line, _ in zip(file, range(600), strict=False)]

    rows, dropped, counts = read(**{tag: lines(tag) for tag in ("en", "de", "th", "zh")})
    there = {tag: sum(map(bool, lines(tag))) for tag in ("en", "de", "th", "zh")}
    assert len(rows) > 590
    assert counts["kept"] == len(rows)
    for tag, count in there.items():
        own = counts["languages"][tag]
        assert own["kept"] > 0.9 * count
        assert sum(own["dropped"].values()) == sum(row["language"] == tag for row in dropped)
    assert rows[0]["de"] == "Ergänzen Sie die Sequenz in Reihe ~a."

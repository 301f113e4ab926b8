"""The tables of translations: of how many texts the sentences were compared."""

import pytest

from equilingual.report.translations import translation_tables


@pytest.mark.parametrize(
    ("sentences", "shown"),
    [
        ({"compared": 12, "single": 8, "uncounted": 0}, "compared in 12, single in 8"),
        ({"compared": 0, "single": 0, "uncounted": 9}, "cannot be counted"),
        (None, "–"),
    ],
)
def test_of_how_many_texts_the_sentences_were_compared_is_shown(sentences, shown):
    record = {"corpus": "c", "language": "pt", "engine": "e", "source": "en", "dropped": {"passage: sentences": 3}}
    counts, quality = translation_tables([record | {"sentences": sentences}], [record | {"sentences": sentences}])
    for table in (counts, quality):
        assert table.rows[0][table.columns.index("Number of sentences")] == shown
    assert counts.rows[0][counts.columns.index("Dropped, by first filter failed")] == "passage: sentences: 3"

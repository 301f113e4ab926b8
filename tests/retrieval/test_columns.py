"""Columns of Arrow tables, looked at a part at a time."""

import numpy as np
import pyarrow as pa
import pytest

from equilingual.retrieval import columns
from equilingual.retrieval.columns import TextColumn, codes_of, parts_of, places_of, values_at

TEXTS = ["b", "a", "c", "a", "d", "b", "e"]


@pytest.fixture(params=[2, 3, 100])
def column(request, monkeypatch):
    """Seven texts in chunks of four, none, and three, read so many at a time; the first chunk has one of them twice."""
    monkeypatch.setattr(columns, "_ROWS_AT_ONCE", request.param)
    return pa.chunked_array([TEXTS[:4], [], TEXTS[4:]], pa.string())


def test_values_of_rows_come_from_all_parts(column):
    for rows in ([], [0], [2, 3], [0, 1, 2, 3, 4, 5, 6], [1, 6]):
        found = values_at(column, np.array(rows, dtype=np.int64))
        assert found.to_pylist() == [TEXTS[row] for row in rows]


def test_the_first_row_of_each_value_is_found(column):
    wanted = pa.array(["e", "a", "x", None, "b", "a"])
    assert places_of(parts_of(column), wanted).tolist() == [6, 1, -1, -1, 0, 1]
    assert places_of(iter([]), wanted).tolist() == [-1] * 6
    assert places_of(parts_of(column), pa.array([], pa.string())).tolist() == []


def test_texts_are_numbered_alike_in_all_parts(column):
    codes, names = codes_of(column)
    assert [names[code] for code in codes] == TEXTS
    assert sorted(names) == sorted(set(TEXTS))
    none, nothing = codes_of(pa.chunked_array([], pa.string()))
    assert (none.tolist(), nothing) == ([], [])


def test_a_column_is_a_sequence_of_its_texts(column):
    texts = TextColumn(column)
    assert (len(texts), list(texts), texts[4], texts[-1]) == (7, TEXTS, "d", "e")
    assert list(texts[2:5]) == TEXTS[2:5]
    assert list(texts[5:]) == TEXTS[5:]
    assert list(texts[3:1]) == []
    with pytest.raises(ValueError, match="a slice with the step 2"):
        texts[::2]

"""Numbers in words."""

from equilingual.report.formatting import format_bytes, format_cell, format_count, format_difference, format_distance


def test_numbers():
    assert format_count(13014) == "13\u202f014"
    assert [format_distance(value) for value in (9.96, 99.94, 99.96, 1423.4, None)] == [
        "10.0", "99.9", "100", "1\u202f423", "–",
    ]  # fmt: skip
    assert [format_cell(value) for value in (0.456, 1.0, None)] == [".46", "1.00", "–"]
    assert [format_difference(value) for value in (0.051, -0.2, 0.004, -0.001)] == ["+.05", "−.20", "0", "0"]
    assert [format_bytes(value) for value in (655, 470641600, 2.5e12)] == ["655\u202fB", "471\u202fMB", "2500\u202fGB"]

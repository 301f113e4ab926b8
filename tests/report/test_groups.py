from report.boards import board_of, tatoeba

from equilingual.report.groups import group_table


def _figures(values):
    figures = {}
    for tag, (own, cross) in values.items():
        figures["monolingual", tag, tag, "map"] = own
        figures["cross-lingual", tag, "mean", "map"] = cross
    return figures


def test_groups_are_plain_means_over_their_languages(tmp_path):
    values = {"de": (0.9, 0.5), "en": (0.7, 0.3), "sw": (0.2, 0.1), "ru": (0.4, 0.2)}
    table = group_table(
        board_of(tmp_path, _figures(values)), "mine", [{"languages": ["en", "ru"], "training_set": "a"}]
    )
    rows = {tuple(row[:2]): row[2:] for row in table.rows}
    assert rows["resources", "high"] == ["3", "0.667 / 0.333"]  # (0.9 + 0.7 + 0.4) / 3, (0.5 + 0.3 + 0.2) / 3
    assert rows["resources", "low"] == ["1: Swahili", "0.200 / 0.100"]
    assert rows["script", "Latn"] == ["3", "0.600 / 0.300"]
    assert rows["script", "Cyrl"] == ["1: Russian", "0.400 / 0.200"]
    assert rows["family", "Indo-European"] == ["3", "0.667 / 0.333"]
    assert rows["training", "seen"] == ["2", "0.550 / 0.250"]
    assert rows["training", "unseen"] == ["2", "0.550 / 0.300"]


def test_a_way_that_puts_all_into_one_group_is_left_out(tmp_path):
    values = {"de": (0.9, 0.5), "en": (0.7, 0.3), "ru": (0.4, 0.2)}
    models = [{"languages": ["en", "ru", "de"], "training_set": "a"}]
    table = group_table(board_of(tmp_path, _figures(values)), "mine", models)
    assert {row[0] for row in table.rows} == {"script"}
    assert group_table(board_of(tmp_path, _figures({"de": (0.9, 0.5), "en": (0.7, 0.3)})), "mine", models) is None


def test_each_training_set_has_its_own_seen_languages(tmp_path):
    models = [{"languages": ["de"], "training_set": "a"}, {"languages": ["en"], "training_set": "b"},
              {"languages": ["de"], "training_set": "a"}]  # fmt: skip
    table = group_table(board_of(tmp_path, _figures({"de": (0.9, 0.5), "en": (0.7, 0.3)})), "mine", models)
    assert [row[:3] for row in table.rows] == [
        ["training on a", "seen", "1: German"], ["training on a", "unseen", "1: English"],
        ["training on b", "seen", "1: English"], ["training on b", "unseen", "1: German"],
    ]  # fmt: skip


def test_matched_sentences_are_grouped_by_accuracy_without_the_language_of_every_pair(tmp_path):
    board = board_of(tmp_path, tatoeba({"de": (0.9, 0.8), "ru": (0.7, 0.4), "sw": (0.0, 0.2)}))
    table = group_table(board, "mine", [])
    rows = {tuple(row[:2]): row[2:] for row in table.rows}
    assert rows["resources", "high"] == ["2", "0.800 / 0.600"]
    assert rows["resources", "low"] == ["1: Swahili", "0.000 / 0.200"]
    assert rows["script", "Latn"] == ["2", "0.450 / 0.500"]
    assert "accuracy by query language / accuracy by candidate language" in table.caption


def test_a_language_that_the_table_does_not_have_is_not_known(tmp_path):
    table = group_table(board_of(tmp_path, _figures({"de": (0.9, 0.5), "xx-odd": (0.1, 0.1)})), "mine", [])
    assert ["resources", "not known", "1: xx-odd", "0.100 / 0.100"] in table.rows

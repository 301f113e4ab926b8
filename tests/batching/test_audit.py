"""The audit: its figures by hand, and every fault that it is there to find."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batching_sets import strategy_of
from scipy.stats import beta, chisquare

from equilingual.batching import BatchError, audit_shares, build_batches
from equilingual.batching.chances import chi_squared
from equilingual.batching.plans import MODES, Plan
from equilingual.catalogues.strategies import STRATEGIES
from equilingual.config.batch_settings import BatchSettings
from equilingual.files import read_json, sha256_of, write_json
from equilingual.parquet import write_parquet
from equilingual.training_sets import TrainingSetFiles

LANGUAGES = ["en", "de", "zh"]


@pytest.fixture
def build(tmp_path, corpus):
    """Return a function that builds batches and returns what was asked for."""
    files = {"c": corpus(60, LANGUAGES, passages=40, missing={("zh", 7)})}

    def run(strategy="hybrid", alpha=0.5, *, duplicates=None, parts=2, **settings):
        asked = {
            "training_set": TrainingSetFiles("t", LANGUAGES, files, min_languages=2, duplicates=duplicates),
            "strategy": strategy_of(strategy, alpha),
            "settings": BatchSettings(**{"batch_size": 6, "batches": 40} | settings),
            "seed": 1,
        }
        shards = [tmp_path / f"part-{number}.parquet" for number in range(parts)]
        build_batches(**asked, shards=shards, manifest=tmp_path / "manifest.json")
        return asked

    return run


@pytest.fixture
def spoil(tmp_path):
    """Return a function that changes the rows of the first shard, and lets the manifest agree."""

    def run(change):
        path = tmp_path / "part-0.parquet"
        table = pq.read_table(path)
        columns = table.to_pydict()
        change(columns)
        write_parquet(table.from_pydict(columns, schema=table.schema), path, row_group_size=120)
        manifest = read_json(tmp_path / "manifest.json")
        manifest["shards"][0]["sha256"] = sha256_of(path)
        write_json(manifest, tmp_path / "manifest.json")

    return run


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_built_passes(build, audit, strategy):
    found = audit(build(strategy))
    assert {test["unequal"] for test in found["tests"].values()} == {0}
    assert set(found["duplicates"].values()) == {0}
    assert sum(int(times) * pairs for times, pairs in found["seen"].items()) == 240
    assert sum(found["seen"].values()) == 60


def test_the_figures_are_those_of_the_rows(build, audit, tmp_path):
    found = audit(build())
    rows = [row for n in (0, 1) for row in pq.read_table(tmp_path / f"part-{n}.parquet").to_pylist()]
    mono = {row["batch_id"] for row in rows if row["mode"] == "mono"}
    share = found["monolingual"]
    k, n = len(mono), 40
    assert (share["batches"], share["share"], share["alpha"]) == (k, k / n, 0.5)
    assert (share["low"], share["high"]) == pytest.approx(
        (beta.ppf(0.025, k, n - k + 1), beta.ppf(0.975, k + 1, n - k))
    )
    pairs = {(q, p): 0 for q in LANGUAGES for p in LANGUAGES}
    for row in rows:
        pairs[row["query_language"], row["passage_language"]] += 1
    assert all(found["ordered_pairs"][q][p] == count for (q, p), count in pairs.items())
    assert found["languages"]["queries"]["de"] == sum(count for (q, _), count in pairs.items() if q == "de")
    cross = [pairs[q, p] for q in LANGUAGES for p in LANGUAGES if q != p]
    assert found["tests"]["cross"]["chi2"] == pytest.approx(chisquare(cross).statistic)
    assert (found["tests"]["cross"]["freedom"], found["tests"]["cross"]["draws"]) == (5, sum(cross))
    lengths = [len(row["passage"]) for row in rows]
    assert sum(found["characters"]["passage"]["at_most"].values()) == 240
    assert found["characters"]["passage"]["at_most"]["16"] == sum(8 < length <= 16 for length in lengths)
    longest = [max(lengths[start : start + 6]) for start in range(0, 240, 6)]
    assert found["characters"]["passage"]["padding"] == pytest.approx(1 - sum(lengths) / (6 * sum(longest)))
    assert found["corpora"]["shares"] == {"c": {"pairs": 60, "usable": 60, "rows": 240, "share": 1.0, "asked": 1.0}}


def test_a_curriculum_is_tested_by_its_own_mean_and_spread(build, audit, spoil):
    asked = build("hybrid", {"from": 1.0, "to": 0.0, "shape": "linear"}, batches=200, parts=1)
    share = audit(asked)["monolingual"]
    assert share["alpha"] == pytest.approx(0.5)
    assert share["p"] > 0.001

    def all_mono(columns):
        columns["mode"] = ["mono"] * len(columns["mode"])
        columns["passage_language"] = columns["query_language"]

    spoil(all_mono)
    with pytest.raises(BatchError, match=r"of the batches are monolingual, alpha is 0\.5 \(p ="):
        audit(asked)


FAULTS = {
    "another's passage id": (
        lambda c: c["passage_id"].__setitem__(1, c["passage_id"][0]),
        "1 members of batches have the passage_id of another member",
    ),
    "the same pair twice": (
        lambda c: [c[name].__setitem__(1, c[name][0]) for name in c if name not in ("batch_id", "slot")],
        "1 members of batches have the passage_id of another member, in some language\n.*4 members .* passage of another member, ",
    ),
    "another text": (
        lambda c: c["passage"].__setitem__(3, "passage 5 in nowhere"),
        "1 texts differ from the text of their pair",
    ),
    "a text of another language": (
        lambda c: c["query"].__setitem__(3, c["query"][3][:-2] + "xx"),
        "1 texts differ from the text of their pair",
    ),
    "a language that was not asked for": (
        lambda c: c["query_language"].__setitem__(
            c["mode"].index("cross"), c["passage_language"][c["mode"].index("cross")]
        ),
        "1 languages in cross batches that should not occur",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_stops_the_run(build, audit, spoil, fault, tmp_path):
    asked = build()
    change, message = FAULTS[fault]
    spoil(change)
    with pytest.raises(BatchError, match=f"(?s)differ from the configuration:.*{message}"):
        audit(asked)
    assert not (tmp_path / "audit.json").exists()


def test_equal_texts_in_a_language_that_the_batch_does_not_show_are_found(build, audit, tmp_path, corpus):
    asked = build("english")
    # Afterwards all German passages are one: the English batches could not know, the audit does.
    files = corpus(60, LANGUAGES, passages=40, missing={("zh", 7)}, same_text={("de", n) for n in range(60)})
    assert files["de"] == tmp_path / "de.parquet"
    with pytest.raises(BatchError, match="200 members of batches have the passage of another member, in some language"):
        audit(asked)


def test_a_listed_duplicate_in_the_shards_stops_the_run(build, audit, tmp_path):
    listed = tmp_path / "duplicates.parquet"
    pq.write_table(pa.table({"pair_id": ["c/p3", "c/p50"]}), listed)
    asked = build(duplicates=listed)
    found = audit(asked)
    assert found["duplicates"]["listed"] == 0
    assert sum(found["seen"].values()) == 58
    build()
    rows = [pair for n in (0, 1) for pair in pq.read_table(tmp_path / f"part-{n}.parquet")["pair_id"].to_pylist()]
    count = rows.count("c/p3") + rows.count("c/p50")
    with pytest.raises(BatchError, match=f"{count} members of batches are pairs that find_duplicates lists"):
        audit(asked)


def test_a_skew_that_was_not_asked_for_stops_the_run(build, audit, tmp_path):
    asked = build("mono", batches=400, languages={"weights": {"en": 8, "de": 1, "zh": 1}})
    assert audit(asked)["tests"]["mono"]["p"] > 0.001
    manifest = read_json(tmp_path / "manifest.json")
    across = {query: {passage: 1 / 6 for passage in LANGUAGES if passage != query} for query in LANGUAGES}
    manifest["expected"] = {"mono": {tag: {tag: 1 / 3} for tag in LANGUAGES}, "cross": across}
    write_json(manifest, tmp_path / "manifest.json")
    with pytest.raises(BatchError, match="languages of mono batches are not sampled as configured"):
        audit(asked | {"settings": BatchSettings(batch_size=6, batches=400)})


def test_cells_too_rare_for_the_test_are_put_together():
    counts, shares = np.array([50, 46, 1, 2, 1]), np.array([0.48, 0.46, 0.02, 0.02, 0.02])
    found = chi_squared(counts, shares)
    assert found["chi2"] == pytest.approx(chisquare([50, 46, 4], [48, 46, 6]).statistic)
    assert found["freedom"] == 2
    found = chi_squared(np.array([50, 49, 1]), np.array([0.5, 0.48, 0.02]))
    assert found["chi2"] == pytest.approx(chisquare([50, 50], [50, 50]).statistic)
    assert chi_squared(np.array([5, 0]), np.array([1.0, 0.0]))["p"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strategy": strategy_of("mono")}, "the manifest's strategy is 'hybrid-0.5', the configuration's 'mono'"),
        ({"seed": 2}, "the manifest's seed is 1, the configuration's 2"),
        ({"batch_size": 5}, "the manifest's batch_size is 6, the configuration's 5"),
        ({"batches": 41}, "the manifest's batches is 40, the configuration's 41"),
        ({"strategy": strategy_of("hybrid", 0.25)}, r"the manifest's alpha is 0\.5, the configuration's 0\.25"),
        (
            {"strategy": strategy_of("hybrid", {"from": 1.0, "to": 0.0})},
            "curriculum is None, the configuration's {'from",
        ),
        ({"negatives": {"count": 2, "from": ["bm25"]}}, "hard negatives are None, the configuration's .*'count': 2"),
        ({"name": "u"}, "the manifest's training_set is 't', the configuration's 'u'"),
        ({"languages": ["en", "de"]}, "the manifest's languages is .*, the configuration's "),
    ],
)
def test_a_manifest_that_is_not_the_configuration_s_is_found(build, audit, change, message):
    asked = build()
    settings, training_set = asked["settings"].model_dump(by_alias=True), asked["training_set"]
    of_set = {name: value for name, value in change.items() if name in ("name", "languages")}
    change = {name: value for name, value in change.items() if name not in of_set}
    of_settings = {name: value for name, value in change.items() if name in settings}
    with pytest.raises(BatchError, match=message):
        audit(
            asked
            | {name: value for name, value in change.items() if name not in settings}
            | {"settings": BatchSettings(**settings | of_settings), "training_set": replace(training_set, **of_set)}
        )


def test_weights_that_nobody_asked_for_are_found(build, audit):
    asked = build(languages={"weights": {"en": 2, "de": 1, "zh": 1}})
    message = r"a query in en with a passage in en a probability of 0\.5 in mono batches, the configuration 0\.3333"
    with pytest.raises(BatchError, match=message):
        audit(asked | {"settings": BatchSettings(batch_size=6, batches=40)})
    audit(asked)


def expect(tmp_path, change):
    """Change what a manifest says that its batches were drawn by."""
    manifest = read_json(tmp_path / "manifest.json")
    change(manifest["expected"], manifest)
    write_json(manifest, tmp_path / "manifest.json")


def test_a_planner_that_never_draws_a_language_and_says_so_is_found(build, audit, tmp_path):
    asked = build("mono", None)

    def without_chinese(expected, manifest):
        expected["mono"] = {tag: {tag: 0.5} for tag in ("en", "de")}

    expect(tmp_path, without_chinese)
    message = r"a query in zh with a passage in zh a probability of 0 in mono batches, the configuration 0\.3333"
    with pytest.raises(BatchError, match=message):
        audit(asked)


@pytest.mark.parametrize("languages", [{"weights": {"en": 8, "de": 1, "zh": 1}}, {"temperature": 0.01}])
def test_weights_that_a_planner_has_ignored_are_found(build, audit, languages):
    asked = build()
    settings = BatchSettings(batch_size=6, batches=40, languages=languages)
    with pytest.raises(BatchError, match=r"in mono batches, the configuration"):
        audit(asked | {"settings": settings})
    audit(build(languages=languages))


def test_two_languages_that_the_manifest_says_no_pair_has_are_looked_up(build, audit, tmp_path):
    asked = build()

    def not_together(expected, manifest):
        for query, row in expected["cross"].items():
            for passage in row:
                row[passage] = 0.25 if "en" in (query, passage) and query != passage else 0.0

    expect(tmp_path, not_together)
    with pytest.raises(
        BatchError, match=r"in de with a passage in zh a probability of 0 in cross batches, the configuration 0\.1"
    ):
        audit(asked)


def test_other_weights_of_corpora_and_other_shared_draws_are_found(build, audit, tmp_path):
    asked = build()
    expect(tmp_path, lambda expected, manifest: manifest["corpora"]["c"].update(weight=1.0))
    with pytest.raises(BatchError, match=r"gives the corpus c the weight 1\.0, the configuration None"):
        audit(asked)
    asked = build()
    expect(tmp_path, lambda expected, manifest: manifest["shared_draw"].update(cross=6))
    with pytest.raises(BatchError, match="one draw of languages for 6 rows of cross batches, and 1 is right"):
        audit(asked)


@pytest.fixture
def build_two(tmp_path, corpus, audit):
    """Return a function that builds batches of two corpora, c in all languages and d in English and German."""
    (tmp_path / "d").mkdir()
    files = {"c": corpus(60, LANGUAGES), "d": {}}
    for tag in LANGUAGES:
        table = pq.read_table(tmp_path / f"{tag}.parquet")
        rows = [row for row in table.to_pylist() if tag != "zh" and int(row["pair_id"][1:]) < 30]
        rows = [row | {name: f"{row[name]} of d" for name in ("passage_id", "question", "passage")} for row in rows]
        write_parquet(pa.Table.from_pylist(rows, schema=table.schema), tmp_path / "d" / f"{tag}.parquet")
        files["d"][tag] = tmp_path / "d" / f"{tag}.parquet"

    def run(strategy, **sampling):
        asked = {
            "training_set": TrainingSetFiles("t", LANGUAGES, files, min_languages=2),
            "strategy": strategy_of(strategy),
            "settings": BatchSettings(batch_size=6, batches=100, **sampling),
            "seed": 1,
        }
        build_batches(**asked, shards=[tmp_path / "part-0.parquet"], manifest=tmp_path / "manifest.json")
        return audit(asked)

    return run


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_weights_of_corpora_in_other_languages_pass(build_two, strategy):
    found = build_two(strategy, corpora={"weights": {"c": 1, "d": 3}})
    shares = found["corpora"]["shares"]
    assert shares["c"]["share"] + shares["d"]["share"] == pytest.approx(1)
    assert found["corpora"]["test"]["p"] > 0.001
    cells = {(q, p): n for q, row in found["ordered_pairs"].items() for p, n in row.items()}
    # d has a place with three times c's probability, where its languages are English and German, and otherwise none;
    # round-robin draws the pairs first.
    possible = sum(n for pair, n in cells.items() if strategy == "round-robin" or "zh" not in pair)
    assert shares["d"]["asked"] == pytest.approx(0.75 * possible / 600)


def test_pairs_that_a_strategy_never_uses_are_counted(build_two, caplog):
    found = build_two("english")["corpora"]["shares"]
    assert [(found[name]["pairs"], found[name]["usable"]) for name in "cd"] == [(60, 60), (30, 30)]
    assert not caplog.text
    found = build_two("mono", languages={"weights": {"zh": 1}})["corpora"]["shares"]
    assert [(found[name]["pairs"], found[name]["usable"]) for name in "cd"] == [(60, 60), (30, 0)]
    assert "d: 30 of 30 pairs lack the languages" in caplog.text


def test_a_mode_may_draw_its_languages_once_for_a_batch(build, audit, spoil, tmp_path, monkeypatch):
    monkeypatch.setattr(audit_shares, "_KNOWN", ())  # it is a strategy of somebody's own
    asked = build("cross", batches=600, batch_size=20, parts=1)

    def one_draw(columns):
        for batch in range(0, len(columns["batch_id"]), 20):
            for name in ("query_language", "passage_language"):
                columns[name][batch : batch + 20] = [columns[name][batch]] * 20

    spoil(one_draw)
    with pytest.raises(BatchError, match="languages of cross batches are not sampled"):
        audit(asked)
    manifest = read_json(tmp_path / "manifest.json")
    assert manifest["shared_draw"] == {"mono": 20, "cross": 1}
    write_json(manifest | {"shared_draw": {"mono": 20, "cross": 20}}, tmp_path / "manifest.json")
    with pytest.raises(BatchError) as error:  # the texts are of other languages now
        audit(asked)
    assert "not sampled" not in str(error.value)
    assert "more than one draw" not in str(error.value)
    spoil(lambda columns: columns["passage_language"].__setitem__(25, columns["query_language"][20]))
    with pytest.raises(BatchError, match="1 cross batches have more than one draw of languages in their first 20 rows"):
        audit(asked)
    spoil(lambda columns: columns["query_language"].__setitem__(45, columns["passage_language"][40]))
    with pytest.raises(BatchError, match="2 cross batches have more than one draw of languages in their first 20 rows"):
        audit(asked)


def change_plan(monkeypatch, strategy, change):
    """Let a strategy plan what ``change`` makes of its draws."""

    def planned(pairs, draws, asked):
        modes, queries, passages, *more = change(pairs, draws)
        modes = np.full(draws.batches, MODES.index(modes), dtype=np.int8)
        return Plan(modes, draws.fill(queries, passages), queries, passages, asked.alpha, *more)

    monkeypatch.setattr(f"equilingual.batching.strategies.{STRATEGIES[strategy].module}.plan", planned)
    monkeypatch.setattr(audit_shares, "_KNOWN", ())  # it is a strategy of somebody's own


def test_a_monolingual_batch_is_in_one_language_beyond_its_first_row(build, audit, monkeypatch):
    def first_row_only(pairs, draws):
        languages = draws.language((draws.batches, draws.batch_size)).astype(np.int16)
        languages[5:] = languages[5:, :1]
        return "mono", languages, languages, {"mono": draws.one_language}

    change_plan(monkeypatch, "mono", first_row_only)
    asked = build("mono")
    with pytest.raises(BatchError, match=r"configuration:\n  5 mono batches are not in one language$"):
        audit(asked)


def test_a_monolingual_batch_has_its_queries_language_in_its_passages(build, audit, monkeypatch):
    def crossed(pairs, draws):
        queries = np.repeat(draws.language((draws.batches, 1)), draws.batch_size, axis=1).astype(np.int16)
        passages = (queries + 1) % 3
        return "mono", queries, passages, {"mono": np.roll(draws.one_language, 1, axis=1)}

    change_plan(monkeypatch, "mono", crossed)
    asked = build("mono")
    with pytest.raises(BatchError, match=r"configuration:\n  40 mono batches are not in one language$"):
        audit(asked)


def half_shared(pairs, draws, said=12):
    """Plan batches of which the first 12 rows are in one language, and each further row has two."""
    queries, passages = np.empty((2, draws.batches, draws.batch_size), dtype=np.int16)
    for batch in range(draws.batches):
        queries[batch], passages[batch] = draws.ordered_pairs()
        queries[batch, :12] = passages[batch, :12] = draws.language()
    rest = draws.batch_size - said
    expected = {"mixed": (draws.one_language + rest * draws.two_languages) / (1 + rest)}
    return "mixed", queries, passages, expected, {"mixed": said}


def test_the_first_rows_of_a_batch_may_share_one_draw(build, audit, monkeypatch, tmp_path):
    change_plan(monkeypatch, "mixed-mono", half_shared)
    asked = build("mixed-mono", batches=1000, batch_size=24, parts=1)
    found = audit(asked)["tests"]["mixed"]
    assert (found["draws"], found["shared"], found["unequal"]) == (1000 * 13, 12, 0)
    assert found["p"] > 0.001
    manifest = read_json(tmp_path / "manifest.json")
    assert manifest["shared_draw"] == {"mixed": 12}
    for wrong in ({"mixed": 1}, {}):
        write_json(manifest | {"shared_draw": wrong}, tmp_path / "manifest.json")
        with pytest.raises(BatchError, match="languages of mixed batches are not sampled as configured"):
            audit(asked)
    write_json(manifest | {"shared_draw": {"mixed": 24}}, tmp_path / "manifest.json")
    with pytest.raises(BatchError, match="1000 mixed batches have more than one draw of languages in their first 24"):
        audit(asked)


def test_a_mode_that_the_manifest_does_not_expect_is_found(build, audit, spoil):
    asked = build("mixed-mono")
    spoil(lambda columns: columns["mode"].__setitem__(slice(6, 12), ["cross"] * 6))
    with pytest.raises(BatchError, match="6 languages in cross batches that should not occur"):
        audit(asked)

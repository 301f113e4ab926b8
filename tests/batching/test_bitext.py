"""Bitext batches: the sentences, the plan, the shards, and the audit that finds every fault."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batching_sets import strategy_of

from equilingual.batching import BatchError, BatchReader, audit_batches, build_batches
from equilingual.batching.bitext import bitext_places, language_pairs, load_sentences, plan_bitext
from equilingual.bitext_files import ID, BitextFiles, sentence_schema
from equilingual.config.batch_settings import (
    BatchSettings,
    BitextBatches,
    CompanionSettings,
    Sampling,
    StrategySettings,
)
from equilingual.corpora.bitext_overlap import OVERLAP_SCHEMA
from equilingual.files import read_json, sha256_of, write_json
from equilingual.parquet import write_parquet
from equilingual.training_sets import TrainingSetFiles


def row(name, **texts):
    return {ID: str(name), **texts}


@pytest.fixture
def files(tmp_path):
    """Return a function that writes corpora, {name: (languages, rows, rows to leave out)}."""

    def write(**corpora):
        sentences, overlaps = {}, {}
        for name, (languages, rows, left_out) in corpora.items():
            sentences[name], overlaps[name] = tmp_path / f"{name}.parquet", tmp_path / f"{name}-overlap.parquet"
            table = pa.Table.from_pylist(rows, schema=sentence_schema(languages))
            write_parquet(table, sentences[name], row_group_size=7)
            listed = [{"row": number, ID: rows[number][ID], "benchmark": "b"} for number in left_out]
            write_parquet(pa.Table.from_pylist(listed, schema=OVERLAP_SCHEMA), overlaps[name])
        return BitextFiles(sentences, overlaps)

    return write


def parallel(count, tags=("en", "de", "fr"), start=0):
    """Return sentences in all of some languages; the texts name their language and number."""
    return [row(n, **{tag: f"sentence {n} in {tag}" for tag in tags}) for n in range(start, start + count)]


def asked(share=0.4, languages=None, **settings):
    bitext = BitextBatches(corpora=("b",), share=share, languages=languages)
    return BatchSettings(**{"batch_size": 6, "batches": 40, "bitext": bitext} | settings)


def names(sentences):
    return [(tag, row) for tag, row in zip(sentences.languages, sentences.rows.T.tolist(), strict=True)]


def test_a_sentence_exists_in_its_languages_and_several_corpora_are_counted_on(files, tmp_path):
    first = [row(1, en="a", de="b"), row(2, de="c", fr="d"), row(3, en="e", fr="f")]
    second = [row(1, en="g", pt="h")]
    found = load_sentences(files(b=(["en", "de", "fr"], first, []), c=(["pt", "en"], second, [])), tmp_path)
    assert names(found) == [
        ("en", [0, -1, 2, 3]),
        ("de", [0, 1, -1, -1]),
        ("fr", [-1, 1, 2, -1]),
        ("pt", [-1, -1, -1, 3]),
    ]
    assert found.corpus.tolist() == [0, 0, 0, 1]


def test_sentences_of_a_benchmark_and_duplicates_are_left_out_and_counted(files, tmp_path):
    rows = [
        row(0, en="Save the file", de="Datei speichern"),
        row(1, en="save the FILE!", de="Datei speichern."),  # the same in every language
        row(2, en="Save the file", de="Sichere die Datei"),  # another translation
        row(3, en="Datei speichern", de="Save the file"),  # the same texts, in each other's language
        row(4, en="Of a benchmark", de="Aus einem Test"),
        row(5, en="Of a benchmark", de="Aus einem Test"),
    ]
    found = load_sentences(files(b=(["en", "de"], rows, [4, 5])), tmp_path)
    assert found.rows[:, 0].tolist() == [0, 2, 3]
    assert (found.duplicates_left_out, found.overlapping) == (1, 2)


def test_sentences_share_a_key_if_they_have_a_text_in_common_in_whatever_language(files, tmp_path):
    rows = [
        row(0, en="one", de="eins"),
        row(1, en="ONE.", de="ein"),
        row(2, en="two", de="zwei"),
        row(3, en="zwei!", de="x"),
    ]
    found = load_sentences(files(b=(["en", "de"], rows, [])), tmp_path)
    keys = [set(found.shared.of(number)) for number in range(4)]
    assert keys[0] & keys[1]
    assert keys[2] & keys[3]
    assert not (keys[0] | keys[1]) & (keys[2] | keys[3])


def test_no_sentence_in_two_languages_is_an_error(files, tmp_path):
    with pytest.raises(BatchError, match="no sentence in two languages"):
        load_sentences(files(b=(["en", "de"], [row(0, en="a", de="b")], [0])), tmp_path)


def test_language_pairs_have_the_product_of_their_weights_and_none_without_enough_sentences(files, tmp_path):
    rows = parallel(10) + [row(100 + n, en=f"x {n}", pt=f"y {n}") for n in range(5)]
    sentences = load_sentences(files(b=(["en", "de", "fr", "pt"], rows, [])), tmp_path)
    uniform = language_pairs(sentences, asked())
    # Five sentences in English and Portuguese are fewer than the batch size of six.
    expected = np.zeros((4, 4))
    expected[:3, :3] = (1 - np.eye(3)) / 6
    np.testing.assert_allclose(uniform, expected)
    own = Sampling(weights={"en": 2.0, "de": 1.0, "fr": 1.0})
    weighted = language_pairs(sentences, asked(languages=own))
    # products 2, 2 and 1, each twice: their sum is 10
    np.testing.assert_allclose(weighted[:3, :3], np.array([[0, 2, 2], [2, 0, 1], [2, 1, 0]]) / 10)
    np.testing.assert_allclose(
        language_pairs(sentences, asked(languages=None).model_copy(update={"languages": own})), weighted
    )
    with pytest.raises(BatchError, match="no two of en, de, fr, pt have 11 sentences in common"):
        language_pairs(sentences, asked(batch_size=11))


def test_sentences_that_cannot_share_a_batch_do_not_count(files, tmp_path):
    rows = [row(n, en="always the same", de=f"satz {n}") for n in range(20)] + parallel(8, ("de", "fr"), start=50)
    sentences = load_sentences(files(b=(["en", "de", "fr"], rows, [])), tmp_path)
    pairs = language_pairs(sentences, asked())
    assert pairs[0].sum() == 0
    assert pairs[1, 2] == pairs[2, 1] == 0.5


def test_a_plan_has_two_languages_in_every_row_and_each_sentence_once_before_any_twice(files, tmp_path):
    sentences = load_sentences(files(b=(["en", "de", "fr"], parallel(60), [])), tmp_path)
    plan = plan_bitext(sentences, asked(), 400, seed=1)
    assert plan.pairs.shape == (400, 6)
    assert (plan.query_languages != plan.passage_languages).all()
    counts = np.bincount(plan.query_languages.ravel() * 3 + plan.passage_languages.ravel(), minlength=9).reshape(3, 3)
    assert counts[~np.eye(3, dtype=bool)].min() > 320  # 400 expected of each of six
    for start in range(0, 400, 10):
        assert len(np.unique(plan.pairs[start : start + 10])) == 60


def test_no_batch_has_two_sentences_with_a_text_in_common(files, tmp_path):
    rows = parallel(40)
    for number in range(0, 40, 2):  # a neighbour has its German text as its own French one
        rows[number]["fr"] = rows[number + 1]["de"]
    sentences = load_sentences(files(b=(["en", "de", "fr"], rows, [])), tmp_path)
    plan = plan_bitext(sentences, asked(), 200, seed=1)
    assert all(sentences.shared.repeats(batch) == 0 for batch in plan.pairs)
    assert any(len(set(batch // 2)) < 6 for batch in plan_bitext_without_keys(sentences))


def plan_bitext_without_keys(sentences):
    """Return batches of random sentences: some have two neighbours, or the test above would prove nothing."""
    rng = np.random.default_rng(0)
    return [rng.permutation(len(sentences))[:6] for _ in range(200)]


def test_which_batches_are_bitext_depends_on_the_seed_and_the_share_alone():
    places = bitext_places(asked(0.3).bitext_on, 4000, seed=1)
    assert 0.27 < places.mean() < 0.33
    assert (places == bitext_places(asked(0.3).bitext_on, 4000, seed=1)).all()
    assert (places != bitext_places(asked(0.3).bitext_on, 4000, seed=2)).any()
    # a higher share only adds batches
    assert (bitext_places(asked(0.6).bitext_on, 4000, seed=1) >= places).all()
    assert not bitext_places(asked(0.0).bitext_on, 100, seed=1).any()


@pytest.fixture
def build(tmp_path, corpus, files):
    """Return a function that builds batches and returns what was asked for; ``settings`` are of :func:`asked`."""
    pairs = {"c": corpus(60, ["en", "de", "zh"])}
    rows = [*parallel(50), row(50, en="sentence 50 in en", de="sentence 50 in de")]
    bitext = files(b=(["en", "de", "fr"], rows, [3, 4]))

    def run(name="out", strategy=None, share=0.4, files=bitext, positives=1, companions=None, **settings):
        folder = tmp_path / name
        given = {
            "training_set": TrainingSetFiles("t", ["en", "de", "zh"], pairs),
            "strategy": strategy or strategy_of("hybrid"),
            "settings": asked(share, **settings),
            "seed": 1,
            "bitext": files,
        }
        shards = [folder / f"part-{number}.parquet" for number in range(2)]
        more = {"positives": positives, "companions": companions}
        build_batches(**given, **more, shards=shards, manifest=folder / "manifest.json")
        return folder, given

    return run


def test_bitext_batches_stand_among_the_others_with_the_texts_of_their_sentences(build):
    folder, given = build()
    reader = BatchReader(folder / "manifest.json")
    places = bitext_places(given["settings"].bitext_on, 40, seed=1)
    assert len(reader) == 40
    assert 8 < places.sum() < 24
    for number in range(40):
        rows = reader.read(number).to_pylist()
        assert [one["slot"] for one in rows] == list(range(6))
        assert {one["batch_id"] for one in rows} == {number}
        assert {one["mode"] == "bitext" for one in rows} == {places[number]}
        for one in rows if places[number] else ():
            n = one["pair_id"].removeprefix("b/")
            assert one["query"] == f"sentence {n} in {one['query_language']}"
            assert one["passage"] == f"sentence {n} in {one['passage_language']}"
            assert one["passage_id"] == one["pair_id"]
            assert one["query_language"] != one["passage_language"]
            assert n not in ("3", "4")
    assert reader.languages == ["en", "de", "zh", "fr"]
    bitext = reader.summary["bitext"]
    assert bitext["batches"] == places.sum()
    assert bitext["corpora"] == {"b": {"sentences": 49, "rows": 6 * places.sum()}}
    assert bitext["overlapping_left_out"] == 2
    assert bitext["languages"] == ["en", "de", "fr"]


@pytest.mark.parametrize("share", [0.0, None])
def test_a_share_of_0_changes_no_byte(build, share):
    plain, _ = build("plain", bitext=None)
    other, _ = build("other", share=0.0) if share is not None else build("other", bitext=None, files=None)
    for name in ("part-0.parquet", "part-1.parquet", "manifest.json"):
        assert (plain / name).read_bytes() == (other / name).read_bytes()
    assert "bitext" not in read_json(plain / "manifest.json")


def test_bitext_batches_are_the_same_whatever_the_strategy(build):
    def texts(folder):
        tables = (pq.read_table(folder / f"part-{number}.parquet").to_pylist() for number in range(2))
        return [one for table in tables for one in table if one["mode"] == "bitext"]

    assert texts(build("a")[0]) == texts(build("b", strategy=strategy_of("mono"))[0])


def test_hard_negatives_are_of_the_other_batches_only(tmp_path, files, build):
    from written_batches import write_batches

    write_batches(tmp_path)  # pairs with a column of hard negatives
    bitext = files(b=(["en", "fr"], parallel(30, ("en", "fr")), []))
    given = {
        "training_set": TrainingSetFiles.of(
            "t",
            [tmp_path / f"{tag}.parquet" for tag in ("en", "de", "es")],
            corpora=["c"],
            languages=["en", "de", "es"],
        ),
        "strategy": strategy_of("hybrid"),
        "settings": asked(batch_size=4, batches=30, negatives={"count": 1, "from": ["column"]}),
        "seed": 1,
        "bitext": bitext,
    }
    build_batches(**given, shards=[tmp_path / "part-9.parquet"], manifest=tmp_path / "manifest.json")
    for one in pq.read_table(tmp_path / "part-9.parquet").to_pylist():
        assert len(one["negatives"]) == (one["mode"] != "bitext")
    audit_batches(manifest=tmp_path / "manifest.json", out=tmp_path / "audit.json", **given)
    assert read_json(tmp_path / "audit.json")["negatives"]["rows"]["1"] > 0


def test_bitext_stands_beside_positives_companions_and_pairs_that_are_mixed(build, tmp_path):
    strategy = StrategySettings(name="hybrid", alpha=0.5, mix="pair")
    more = {"positives": 2, "companions": CompanionSettings(question=True, pivot="en")}
    folder, given = build(strategy=strategy, batches=200, **more)
    given |= more
    reader = BatchReader(folder / "manifest.json")
    for number in range(200):
        for one in reader.read(number).to_pylist():
            is_bitext = one["mode"] == "bitext"
            assert (one["positives"] == []) == is_bitext
            assert (one["companion_query"] is None) == (one["pivot_passage"] is None) == is_bitext
    audit_batches(manifest=folder / "manifest.json", out=tmp_path / "audit.json", **given)
    found = read_json(tmp_path / "audit.json")
    pairs = 6 * (200 - found["bitext"]["share"]["batches"])
    assert found["positives"]["rows"] == {"0": 0, "1": pairs}
    assert found["companions"]["rows"] == {"companion": pairs, "pivot": pairs}
    assert found["monolingual"]["share"] == pytest.approx(found["monolingual"]["pairs"] / pairs)


def test_a_curriculum_goes_by_a_batchs_place_among_all(build, tmp_path):
    strategy = strategy_of("hybrid", {"from": 1.0, "to": 0.0})
    folder, given = build(strategy=strategy, batches=400)
    places = bitext_places(given["settings"].bitext_on, 400, seed=1)
    assert read_json(folder / "manifest.json")["alpha"] == pytest.approx(np.linspace(1, 0, 400)[~places].mean())
    audit_batches(manifest=folder / "manifest.json", out=tmp_path / "audit.json", **given)
    reader = BatchReader(folder / "manifest.json")
    modes = np.array([reader.read(number)["mode"][0].as_py() for number in range(400)])
    assert (modes[:100] == "cross").sum() < (modes[:100] == "mono").sum() / 2
    assert (modes[300:] == "mono").sum() < (modes[300:] == "cross").sum() / 2


def test_all_batches_cannot_be_bitext(build):
    with pytest.raises(BatchError, match="all 2 batches are bitext batches: raise batches"):
        build(share=0.999999, batches=2)


@pytest.fixture
def audit(tmp_path):
    """Return a function that audits the batches of a folder, and returns what is found of bitext."""

    def run(folder, given):
        audit_batches(manifest=folder / "manifest.json", out=tmp_path / "audit.json", **given)
        return read_json(tmp_path / "audit.json")["bitext"]

    return run


def spoil(folder, change):
    """Change the rows of the first shard, and let the manifest agree."""
    path = folder / "part-0.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change([one for one in rows if one["mode"] == "bitext"])
    write_parquet(pa.Table.from_pylist(rows, schema=table.schema), path, row_group_size=1026)
    manifest = read_json(folder / "manifest.json")
    manifest["shards"][0]["sha256"] = sha256_of(path)
    write_json(manifest, folder / "manifest.json")


def test_what_is_built_passes_the_audit_with_its_figures(build, audit):
    folder, given = build(batches=400, batch_size=10)
    found = audit(folder, given)
    share = found["share"]
    places = bitext_places(given["settings"].bitext_on, 400, seed=1)
    assert share["batches"] == places.sum()
    assert share["share"] == places.mean()
    assert share["asked"] == 0.4
    assert sum(found["queries"].values()) == 10 * places.sum()
    assert set(found["queries"]) == {"en", "de", "fr"}
    assert found["test"]["p"] > 1e-3
    faults = ("never", "one_language", "unknown", "repeated", "same_text", "strange", "overlapping")
    assert [(found["test"] | found)[name] for name in faults] == [0] * 7


def other_text(rows):
    rows[0]["query"] = "something else"


def one_language(rows):
    rows[0]["query_language"], rows[0]["query"] = rows[0]["passage_language"], rows[0]["passage"]


def twice(rows):
    rows[1] |= {name: value for name, value in rows[0].items() if name != "slot"}


def of_a_benchmark(rows):
    tags = rows[0]["query_language"], rows[0]["passage_language"]
    rows[0] |= {"pair_id": "b/3", "query": f"sentence 3 in {tags[0]}", "passage": f"sentence 3 in {tags[1]}"}


def unknown_language(rows):
    rows[0]["query_language"] = "zh"


def unknown_sentence(rows):
    rows[0]["pair_id"] = "b/1000"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_text, "1 texts of bitext batches differ"),
        (one_language, "1 rows of bitext batches have both texts in one language"),
        (twice, "1 sentences are in a bitext batch twice"),
        (of_a_benchmark, "1 sentences of bitext batches are also in a benchmark"),
        (unknown_language, "1 texts of bitext batches are in a language that the bitext lacks"),
        (unknown_sentence, "2 texts of bitext batches differ"),
    ],
)
def test_the_audit_finds_every_fault_of_the_rows(build, audit, change, said):
    folder, given = build()
    spoil(folder, change)
    with pytest.raises(BatchError, match=said):
        audit(folder, given)


def test_the_audit_finds_a_text_that_two_members_have_in_a_language_that_neither_shows(build, audit, files):
    rows = parallel(30)
    for number in (0, 1):
        rows[number]["fr"] = "la même phrase"
    folder, given = build(files=files(b=(["en", "de", "fr"], rows, [])))

    def meet(found):
        for place, number in ((0, 0), (1, 1)):
            found[place] |= {"query_language": "en", "passage_language": "de", "pair_id": f"b/{number}"}
            found[place] |= {"query": f"sentence {number} in en", "passage": f"sentence {number} in de"}

    spoil(folder, meet)
    with pytest.raises(BatchError, match="members of bitext batches have the text of another member"):
        audit(folder, given)


def test_the_audit_finds_a_share_and_languages_that_were_not_asked_for(build, audit):
    folder, given = build(batches=400)
    with pytest.raises(BatchError, match=r"the manifest's share of bitext is 0\.4, the configuration's 0\.1"):
        audit(folder, given | {"settings": asked(0.1, batches=400)})
    manifest = read_json(folder / "manifest.json")
    manifest["bitext"]["share"] = 0.05
    write_json({key: value for key, value in manifest.items() if key != "checksum"}, folder / "manifest.json")
    with pytest.raises(BatchError, match=r"0\.\d+ of the batches are bitext, the share is 0\.05 \(p = "):
        audit(folder, given | {"settings": asked(0.05, batches=400)})
    weighted = asked(0.4, Sampling(weights={"en": 5.0, "de": 1.0, "fr": 1.0}), batches=400)
    folder, given = build("again", batches=400)
    with pytest.raises(BatchError, match="weights the languages of bitext batches otherwise"):
        audit(folder, given | {"settings": weighted})


def test_the_audit_tests_the_languages_of_the_rows(build, audit):
    folder, given = build(batches=400)
    manifest = read_json(folder / "manifest.json")
    expected = {"en": {"de": 0.9, "fr": 0.02}, "de": {"en": 0.02, "fr": 0.02}, "fr": {"en": 0.02, "de": 0.02}}
    manifest["bitext"]["expected"] = expected
    write_json({key: value for key, value in manifest.items() if key != "checksum"}, folder / "manifest.json")
    with pytest.raises(
        BatchError, match=r"the languages of bitext batches are not sampled as configured \(chi-squared"
    ):
        audit(folder, given)


def test_a_name_that_is_the_same_in_both_languages_of_a_row_is_no_fault(build, audit, files):
    rows = parallel(30)
    rows[0] |= {"en": "GNU Emacs", "de": "GNU Emacs", "fr": "GNU Emacs"}
    folder, given = build(files=files(b=(["en", "de", "fr"], rows, [])), batches=60)
    assert audit(folder, given)["same_text"] == 0

"""Debiasing: by hand, against formulas written anew, and on vectors whose only fault is their languages' offsets."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables

from equilingual.catalogues.debiasing import METHODS, POOL_METHODS, method_of
from equilingual.evaluation.bias import rank_distance
from equilingual.evaluation.measures import average_precision
from equilingual.files import DamagedFileError, read_json, write_json
from equilingual.retrieval.debias import DebiasError, Vectors, debias_embeddings
from equilingual.retrieval.debias.methods import fit as fit_method
from equilingual.retrieval.debias.methods.center import fit as fit_center
from equilingual.retrieval.debias.methods.lir import fit as fit_lir
from equilingual.retrieval.debias.methods.lsar import fit as fit_lsar
from equilingual.retrieval.debias.methods.shift import fit as fit_shift
from equilingual.retrieval.ranking import Queries, rank_collection

# What removes something from the vectors of each side; the others correct scores.
REMOVALS = [name for name, row in METHODS.items() if row.removes]
BY_LANGUAGE = [name for name in REMOVALS if METHODS[name].by_language]
LANGUAGES, MEANINGS, DIMENSIONS = 11, 400, 256
ROOT = 5**-0.5


def vectors(rows, languages, ids=None):
    return Vectors(np.array(rows, dtype=np.float32), languages, ids)


def settings_of(method, source="en"):
    """Return the arguments of a method's ``fit`` that have no default."""
    return {"source": source} if "source" in method_of(method).settings else {}


def scaled(rows):
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-9)


@pytest.fixture(scope="module")
def random():
    """Embeddings of 40 texts in each of four languages, of queries and of candidates."""
    rng = np.random.default_rng(3)
    tags = np.repeat(["ar", "de", "en", "zh"], 40).tolist()
    offsets = np.repeat(rng.normal(size=(4, 12)), 40, axis=0)
    return [vectors(rng.normal(size=(160, 12)) + offsets, tags, [f"{n % 40}" for n in range(160)]) for _ in range(2)]


def test_centring_by_hand():
    # means: en (2, 2), de (0, 4); centred: (-1, -2), (1, 2), (0, -2), (0, 2); then of length 1
    texts = vectors([[1, 0], [3, 4], [0, 2], [0, 6]], ["en", "en", "de", "de"])
    found = fit_center(texts, texts).apply(texts.embeddings, texts.languages, "queries")
    assert np.allclose(found, [[-ROOT, -2 * ROOT], [ROOT, 2 * ROOT], [0, -1], [0, 1]], atol=1e-6)
    assert found.dtype == np.float32


def test_what_is_compared_by_the_dot_product_keeps_the_length_that_is_left():
    fitted = vectors([[2, 0], [4, 0], [0, 1]], ["en", "en", "de"])
    debiaser = fit_center(fitted, fitted)
    texts, languages = np.array([[5, 2], [0, 4], [3, 0]], dtype=np.float32), ["en", "de", "en"]
    dot = debiaser.apply(texts, languages, "queries", similarity="dot")
    assert dot.tolist() == [[2, 2], [0, 3], [0, 0]]
    cosine = debiaser.apply(texts, languages, "queries")
    assert np.allclose(cosine, [[0.5**0.5, 0.5**0.5], [0, 1], [0, 0]])


def test_shift_by_hand():
    # de - en: (0, 3) and (2, 1), on average (1, 2); the third German text has no English one
    texts = vectors([[1, 0], [0, 1], [1, 3], [2, 2], [9, 9]], ["en", "en", "de", "de", "de"], ["a", "b", "a", "b", "c"])
    debiaser = fit_shift(texts, texts, source="en")
    assert np.allclose(debiaser.apply(np.array([[2, 4]], np.float32), ["de"], "candidates"), [[ROOT, 2 * ROOT]])
    assert np.allclose(debiaser.apply(np.array([[3, 4]], np.float32), ["en"], "candidates"), [[0.6, 0.8]])
    assert np.allclose(debiaser.apply(np.array([[3, 4]], np.float32), ["de"], "queries"), [[0.6, 0.8]])


@pytest.mark.parametrize("rank", [1, 2, 5])
@pytest.mark.parametrize("side", ["queries", "candidates"])
def test_lir_is_the_complement_of_each_languages_singular_vectors(random, side, rank):
    fitted = dict(zip(("queries", "candidates"), random, strict=True))[side]
    new = np.random.default_rng(4).normal(size=(160, 12)).astype(np.float32)
    found = fit_lir(*random, rank=rank).apply(new, fitted.languages, side)
    for language in ("ar", "de", "en", "zh"):
        here = np.array(fitted.languages) == language
        left, _, _ = np.linalg.svd(fitted.embeddings[here].T.astype(np.float64))
        kept = left[:, rank:]  # the other way round than the code: what is kept, and not what is removed
        assert np.allclose(found[here], scaled(new[here] @ kept @ kept.T), atol=1e-5)


@pytest.mark.parametrize(("rank", "width"), [(1, 1), (2, 2), (3, 3), (None, 3)])
@pytest.mark.parametrize("side", ["queries", "candidates"])
def test_lsar_is_the_authors_formula(random, side, rank, width):
    fitted = dict(zip(("queries", "candidates"), random, strict=True))[side]
    new = np.random.default_rng(5).normal(size=(160, 12)).astype(np.float32)
    # Section 3 of the paper, step by step: W, its rank-k fit around the mean, the fit's point nearest to the origin.
    tags = np.array(fitted.languages)
    means = np.stack([fitted.embeddings[tags == t].astype(np.float64).mean(axis=0) for t in np.unique(tags)], axis=1)
    ones = np.ones(4)
    middle = means @ ones / 4
    left, sizes, right = np.linalg.svd(means - np.outer(middle, ones), full_matrices=False)
    fit = np.outer(middle, ones) + left[:, :width] @ np.diag(sizes[:width]) @ right[:width]
    nearest = np.linalg.pinv(fit).T @ ones
    nearest /= nearest @ nearest
    shared = np.linalg.svd(fit - np.outer(nearest, ones), full_matrices=False)[0][:, :width]
    found = fit_lsar(*random, rank=rank).apply(new, ["a language that nobody fitted"] * 160, side)
    assert np.allclose(found, scaled(new - new @ shared @ shared.T), atol=1e-5)


@pytest.mark.parametrize("method", REMOVALS)
def test_synthetic_vectors_are_repaired_by_every_method(method):
    """A meaning, plus its language's vector, plus noise: 11 languages of 400 texts; fitted on other texts than tested."""
    rng = np.random.default_rng(8)
    offsets = 1.5 * rng.normal(size=(LANGUAGES, 1, DIMENSIONS))
    tags = np.repeat(np.arange(LANGUAGES).astype(str), MEANINGS)
    ids = np.tile(np.arange(MEANINGS).astype(str), LANGUAGES)

    def texts():
        meaning = rng.normal(size=(MEANINGS, DIMENSIONS))
        noise = 0.2 * rng.normal(size=(2, LANGUAGES, MEANINGS, DIMENSIONS))
        sides = ((meaning + offsets + part).reshape(-1, DIMENSIONS).astype(np.float32) for part in noise)
        return [Vectors(scaled(side), tags, ids) for side in sides]

    fitted_on, (queries, candidates) = texts(), texts()
    asked = np.arange(0, LANGUAGES * MEANINGS, 20)  # of every language the same 20 questions
    relevant = (asked % MEANINGS)[:, None] + MEANINGS * np.arange(LANGUAGES)

    def figures(q, c):
        everything = slice(0, len(c))
        ranks = rank_collection(
            lambda rows, some: q[rows] @ c[some].T,
            queries=Queries(np.arange(len(q)), relevant, np.full((len(q), 1), -1)),
            tie_order=np.arange(len(c)),
            languages=[everything],
            keep={},
            depth=1,
        ).across
        return average_precision(ranks).mean(), rank_distance(ranks).mean()

    raw, biased = figures(queries.embeddings[asked], candidates.embeddings)
    assert raw == pytest.approx(0.10, abs=0.01)
    assert biased > 300
    debiaser = fit_method(method, *fitted_on, **settings_of(method, source="3"))
    repaired = figures(
        debiaser.apply(queries.embeddings[asked], tags[asked], "queries"),
        debiaser.apply(candidates.embeddings, tags, "candidates"),
    )
    assert repaired == (pytest.approx(1.0, abs=0.005), pytest.approx(10, abs=0.05))


@pytest.mark.parametrize("method", REMOVALS)
def test_a_zero_vector_stays_zero_or_goes_where_its_language_points_but_is_never_nan(random, method):
    debiaser = fit_method(method, *random, **settings_of(method))
    for side in ("queries", "candidates"):
        found = debiaser.apply(np.zeros((1, 12), np.float32), ["de"], side)
        assert np.isfinite(found).all()
        lengths = {"center": [1], "lir": [0], "lsar": [0], "shift": [int(side == "candidates")]}.get(method, [0, 1])
        assert any(np.linalg.norm(found) == pytest.approx(length) for length in lengths)


@pytest.mark.parametrize("fit", [fit_center, fit_lir])
def test_a_languages_only_text_has_nothing_left(fit):
    # In float32 (0.1, 0.2, 0.3) is not what it is in float64: what a projection leaves is rounding, and no direction.
    texts = vectors([[0.1, 0.2, 0.3], [1, 0, 0], [0, 1, 0]], ["en", "de", "de"])
    assert fit(texts, texts).apply(texts.embeddings[:1], ["en"], "queries").tolist() == [[0, 0, 0]]


def test_lir_removes_no_more_than_a_language_has():
    # One text spans one direction: of rank 2 the second would be any, and another on another machine.
    texts = vectors([[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0]], ["en", "de", "de"])
    found = fit_lir(texts, texts, rank=2).apply(np.ones((2, 4), np.float32), ["en", "de"], "candidates")
    assert np.allclose(found, [[0, 3**-0.5, 3**-0.5, 3**-0.5], [2**-0.5, 0, 0, 2**-0.5]])


def test_equal_means_leave_lsar_nothing_to_remove():
    texts = vectors([[1, 2], [1, 2]], ["en", "de"])
    assert np.allclose(fit_lsar(texts, texts).apply(np.array([[3, 4]], np.float32), ["en"], "queries"), [[0.6, 0.8]])


@pytest.mark.parametrize("method", REMOVALS)
def test_each_side_is_fitted_on_its_own_texts(random, method):
    def fitted(queries, candidates):
        debiaser = fit_method(method, queries, candidates, **settings_of(method))
        return {side: debiaser.apply(new, random[0].languages, side) for side in ("queries", "candidates")}

    new = np.random.default_rng(6).normal(size=(160, 12)).astype(np.float32)
    one, other = random
    plain, queries_changed, candidates_changed = fitted(one, one), fitted(other, one), fitted(one, other)
    assert (queries_changed["candidates"] == plain["candidates"]).all()
    assert (candidates_changed["queries"] == plain["queries"]).all()
    assert not np.allclose(candidates_changed["candidates"], plain["candidates"], atol=1e-3)
    if METHODS[method].moves_queries:
        assert not np.allclose(queries_changed["queries"], plain["queries"], atol=1e-3)
    else:
        assert np.allclose(queries_changed["queries"], scaled(new), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_fit_in_blocks_is_the_fit_of_the_whole(random, method, monkeypatch):
    def fitted():
        debiaser = fit_method(method, *random, **settings_of(method))
        return [debiaser.apply(side.embeddings, side.languages, "candidates") for side in random]

    whole = fitted()
    monkeypatch.setattr("equilingual.retrieval.debias.removal.VECTORS_AT_ONCE", 7)
    assert np.allclose(fitted(), whole, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("side", ["queries", "candidates"])
def test_more_languages_change_nothing_for_those_that_were_fitted(random, method, side):
    debiaser = fit_method(method, *random, **settings_of(method))
    new = np.random.default_rng(6).normal(size=(160, 12)).astype(np.float32)
    more = debiaser.extended(["sw", "de", "en"])
    expected = debiaser.apply(new, random[0].languages, side)
    assert (more.apply(new, random[0].languages, side) == expected).all()


@pytest.mark.parametrize("method", REMOVALS)
@pytest.mark.parametrize("side", ["queries", "candidates"])
def test_a_language_that_was_not_fitted_depends_on_no_single_one(random, method, side):
    """The other languages exchange their names: what is average stays as it is."""
    names = {"ar": "zh", "de": "ar", "en": "en", "zh": "de"}
    found = []
    for texts in (random, [vectors(t.embeddings, [names[tag] for tag in t.languages], t.text_ids) for t in random]):
        debiaser = fit_method(method, *texts, **settings_of(method)).extended(["sw", "el"])
        found.append([debiaser.apply(random[0].embeddings, [tag] * 160, side) for tag in ("sw", "el")])
    assert np.allclose(found[0], found[1], atol=1e-5)
    assert (found[0][0] == found[0][1]).all()


@pytest.mark.parametrize("method", REMOVALS)
@pytest.mark.parametrize("side", ["queries", "candidates"])
def test_an_average_of_equal_languages_is_one_of_them_or_none(random, method, side):
    """A language that was not fitted is treated as the others, all the same, or left as it is."""
    rows = np.random.default_rng(7).normal(size=(30, 12)) + 1
    same = vectors(np.tile(rows, (4, 1)), random[0].languages[:30] + ["de"] * 30 + ["en"] * 30 + ["zh"] * 30)
    same = Vectors(same.embeddings, same.languages, [f"{n % 30}" for n in range(120)])
    debiaser = fit_method(method, same, same, **settings_of(method)).extended(["sw"])
    new = np.random.default_rng(6).normal(size=(20, 12)).astype(np.float32)
    unknown, known = (debiaser.apply(new, [tag] * 20, side) for tag in ("sw", "de"))
    assert np.allclose(unknown, known, atol=1e-5) or np.allclose(unknown, scaled(new), atol=1e-6)


@pytest.mark.parametrize("method", BY_LANGUAGE)
def test_languages_that_were_not_fitted_are_all_named(random, method):
    debiaser = fit_method(method, *random, **settings_of(method))
    with pytest.raises(DebiasError, match=r"lacks el, sw; it has ar, de, en, zh: choose another corpus, LSAR, which"):
        debiaser.apply(np.ones((3, 12), np.float32), ["sw", "en", "el"], "candidates")


@pytest.mark.parametrize(
    ("method", "options", "languages", "message"),
    [
        (
            "lsar",
            {"rank": 2},
            ["en", "de"],
            "LSAR finds a subspace of rank 2 in 3 languages or more, but is fitted on 2",
        ),
        ("lsar", {}, ["en", "en"], "LSAR finds a subspace in 2 languages or more, but is fitted on 1"),
        ("lir", {"rank": 3}, ["en", "de"], "LIR of rank 3 removes all of the 3 dimensions"),
        ("shift", {"source": "fr"}, ["en", "de"], "SHIFT shifts to 'fr', which the calibration corpus lacks"),
        ("shift", {"source": "en"}, ["en", "de"], "no text in 'de' has a counterpart in 'en'"),
    ],
)
def test_what_cannot_be_fitted_is_said(method, options, languages, message):
    texts = vectors(np.eye(2, 3), languages, ["a", "b"])
    with pytest.raises(DebiasError, match=message):
        fit_method(method, texts, texts, **options)


@pytest.fixture
def folder(tmp_path):
    """A benchmark in English and German with its embeddings, and a fitting text in these and Chinese, with its own."""
    rng = np.random.default_rng(9)
    for place, queries, candidates in (
        ("benchmark", ["en", "de", "en", "de"], ["en", "en", "en", "de", "de"]),
        ("text", ["en", "en", "de", "de", "zh", "zh"], ["en", "en", "de", "de", "zh", "zh"]),
    ):
        (tmp_path / place).mkdir()
        for side, languages in (("queries", queries), ("candidates", candidates)):
            ids = [f"{languages[:n].count(tag)}" for n, tag in enumerate(languages)]
            pq.write_table(pa.table({"language": languages, "text_id": ids}), tmp_path / place / f"{side}.parquet")
            np.save(tmp_path / place / f"{side}.npy", rng.normal(size=(len(languages), 5)).astype(np.float32))
        record_tables(tmp_path / place)
    return tmp_path


def read(folder, side, keep=("ar", "de", "en", "zh")):
    table = pq.read_table(folder / f"{side}.parquet")
    rows = [n for n, tag in enumerate(table["language"].to_pylist()) if tag in keep]
    both = (table[name].take(rows).to_pylist() for name in ("language", "text_id"))
    return Vectors(np.load(folder / f"{side}.npy")[rows], *both)


def run(folder, method, **options):
    parts = {side: folder / "benchmark" / f"{side}.npy" for side in ("queries", "candidates")}
    outputs = {"out_queries": folder / "q.npy", "out_candidates": folder / "c.npy"}
    debias_embeddings(method=method, benchmark=folder / "benchmark", **parts, **outputs, **options)
    return {"queries": np.load(folder / "q.npy"), "candidates": np.load(folder / "c.npy")}


@pytest.mark.parametrize("method", [*METHODS, *POOL_METHODS])
def test_the_stage_fits_each_side_on_its_own_texts(folder, monkeypatch, method):
    row, on_pool = method_of(method), method in POOL_METHODS
    # In two languages, what they differ in has one direction.
    rank = {"rank": 2} if "rank" in row.settings and row.by_language else {}
    options = rank | settings_of(method, source="de")
    monkeypatch.setattr("equilingual.retrieval.debias.stage.VECTORS_AT_ONCE", 2)
    monkeypatch.setattr("equilingual.retrieval.debias.removal.VECTORS_AT_ONCE", 3)
    place = folder / "benchmark" if on_pool else folder / "text"
    # Chinese, which the benchmark has not, is not looked at.
    fitted_on = [read(place, side, keep=("de", "en")) for side in ("queries", "candidates")]
    debiaser = fit_method(method, *fitted_on, **options)
    fitting = None if on_pool else (folder / "text", folder / "text")
    found = run(folder, method, fitting=fitting, **options)
    for side, vectors_found in found.items():
        own = read(folder / "benchmark", side)
        assert np.allclose(vectors_found, debiaser.apply(own.embeddings, own.languages, side), atol=1e-6)
        assert not np.allclose(vectors_found, debiaser.apply(own.embeddings, own.languages, "candidates")) or (
            side == "candidates"
        )


def test_lsar_takes_the_benchmarks_languages_that_the_text_has_and_all_where_these_are_few(folder):
    table = pq.read_table(folder / "benchmark/queries.parquet")
    new = table.set_column(0, "language", pa.array(["en", "sw", "en", "de"]))
    pq.write_table(new, folder / "benchmark/queries.parquet")
    record_tables(folder / "benchmark")
    found = run(folder, "lsar", fitting=(folder / "text", folder / "text"))
    shared, every = (
        fit_lsar(*(read(folder / "text", side, keep=keep) for side in ("queries", "candidates")))
        for keep in (("de", "en"), ("de", "en", "zh"))
    )
    own = read(folder / "benchmark", "candidates")
    assert np.allclose(found["candidates"], shared.apply(own.embeddings, own.languages, "candidates"), atol=1e-6)
    found = run(folder, "lsar", rank=2, fitting=(folder / "text", folder / "text"))
    assert np.allclose(found["candidates"], every.apply(own.embeddings, own.languages, "candidates"), atol=1e-6)
    with pytest.raises(DebiasError, match="the calibration corpus lacks sw; it has de, en: choose"):
        run(folder, "center", fitting=(folder / "text", folder / "text"))


@pytest.mark.parametrize("method", BY_LANGUAGE)
def test_a_language_that_the_text_has_not_is_treated_as_an_average_one_where_that_is_asked(folder, method):
    table = pq.read_table(folder / "benchmark/queries.parquet")
    pq.write_table(
        table.set_column(0, "language", pa.array(["en", "sw", "en", "de"])), folder / "benchmark/queries.parquet"
    )
    record_tables(folder / "benchmark")
    text = (folder / "text", folder / "text")
    found = run(folder, method, fitting=text, missing="average", **settings_of(method))
    own = read(folder / "benchmark", "queries", keep=("de", "en", "sw"))
    # Chinese, which the benchmark has not, is not looked at: else other benchmarks would change this one's figures.
    fitted, others = (read(folder / "text", side, keep=("de", "en")) for side in ("queries", "candidates"))
    debiaser = fit_method(method, fitted, others, **settings_of(method))
    swahili = debiaser.extended(["sw"]).apply(own.embeddings[1:2], ["sw"], "queries")
    assert np.allclose(found["queries"][1], swahili[0], atol=1e-6)
    # The others are as they would be without it.
    rest = [0, 2, 3]
    alone = debiaser.apply(own.embeddings[rest], ["en", "en", "de"], "queries")
    assert np.allclose(found["queries"][rest], alone, atol=1e-6)


def test_averages_by_hand():
    # The means are en (2, 2) and de (0, 4), on average (1, 3): (4, 7) less this is (3, 4). LIR has no average.
    texts = vectors([[1, 0], [3, 4], [0, 2], [0, 6]], ["en", "en", "de", "de"], ["a", "b", "a", "b"])
    new = np.array([[4, 7]], np.float32)
    for method, expected in (("center", [3, 4]), ("lir", [4, 7]), ("shift", [4, 7])):
        debiaser = fit_method(method, texts, texts, **settings_of(method)).extended(["sw"])
        assert np.allclose(debiaser.apply(new, ["sw"], "queries", similarity="dot"), [expected]), method


def test_an_average_shift_is_that_of_the_languages_that_are_shifted(folder):
    table = pq.read_table(folder / "benchmark/candidates.parquet")
    tags = ["en", "sw", "zh", "de", "de"]
    pq.write_table(table.set_column(0, "language", pa.array(tags)), folder / "benchmark/candidates.parquet")
    record_tables(folder / "benchmark")
    text = (folder / "text", folder / "text")
    found = run(folder, "shift", source="en", fitting=text, missing="average")
    fitted, own = (
        read(folder / "text", "candidates"),
        read(folder / "benchmark", "candidates", keep=("en", "sw", "de", "zh")),
    )
    kept = {tag: fitted.embeddings[np.array(fitted.languages) == tag].astype(np.float64) for tag in ("en", "de", "zh")}
    average = np.mean([(kept[tag] - kept["en"]).mean(axis=0) for tag in ("de", "zh")], axis=0)
    assert np.allclose(found["candidates"][1], scaled((own.embeddings[1] - average)[None])[0], atol=1e-6)


def test_shift_keeps_its_source_where_the_benchmark_has_it_not(folder):
    found = run(folder, "shift", source="zh", fitting=(folder / "text", folder / "text"))
    debiaser = fit_shift(*(read(folder / "text", side) for side in ("queries", "candidates")), source="zh")
    own = read(folder / "benchmark", "candidates")
    assert np.allclose(found["candidates"], debiaser.apply(own.embeddings, own.languages, "candidates"), atol=1e-6)


@pytest.mark.parametrize("method", ["shift-pool", "centre"])
def test_another_method_is_refused(folder, method):
    with pytest.raises(DebiasError, match=f"unknown debiasing method '{method}'"):
        run(folder, method)


@pytest.mark.parametrize("place", ["benchmark", "text"])
def test_tables_that_changed_on_the_disk_are_an_error(folder, place):
    table = folder / place / "candidates.parquet"
    pq.write_table(pq.read_table(table).slice(1), table)
    with pytest.raises(
        DamagedFileError, match=rf"candidates\.parquet is damaged .*: delete .*{place}/counts\.json and run"
    ):
        run(folder, "center", fitting=(folder / "text", folder / "text"))
    record_tables(folder / place)
    about = read_json(folder / place / "counts.json")
    del about["files"]["candidates.parquet"]
    write_json(about, folder / place / "counts.json")
    with pytest.raises(DamagedFileError, match=r"counts\.json is damaged \(it does not name candidates\.parquet\)"):
        run(folder, "center", fitting=(folder / "text", folder / "text"))

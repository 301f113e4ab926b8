"""``equilingual.evaluate``: what it takes, what it says, what it keeps. The workflow's tests compare the values."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas
import pytest
from small_benchmark import QUERIES, write_small_benchmark
from tiny import write_tiny_encoder

import equilingual
from equilingual import RequestError
from equilingual.api import stages
from equilingual.api.store import Store
from equilingual.evaluation.scores import COLUMNS
from equilingual.fetch import FetchError

LENGTHS = {"query_length": 32, "passage_length": 64}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of the tiny encoder."""
    return write_tiny_encoder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The folder of the small benchmark."""
    return write_small_benchmark(tmp_path_factory.mktemp("benchmarks") / "small")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache that the tests of this file share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def scores(tiny, small, cache):
    """The tiny encoder on the small benchmark, as it is and centred."""
    return equilingual.evaluate(tiny, small, debias=["center-pool"], encoder=LENGTHS, cache=cache)


def mean(scores, setting, measure, debias="none"):
    table = scores.to_dataframe()
    here = table[(table.setting == setting) & (table.measure == measure) & (table.debias == debias)]
    [value] = here[(here.query_language == "mean") & (here.pool == "mean")].value
    return value


def test_lexical_retrieval_finds_what_shares_words_and_nothing_across_languages(small, cache):
    scores = equilingual.evaluate("bm25", small, cache=cache)
    assert scores.languages == ["de", "en"]
    assert mean(scores, "monolingual", "map") == 1
    # Of three candidates without a word of the question each is as likely the first: (1 + 1/2 + 1/3) / 3, or less.
    assert mean(scores, "cross-lingual", "map") < 0.7
    assert mean(scores, "multilingual", "map") < 1


def test_what_is_printed_are_the_macro_averages(scores):
    assert scores.languages == ["de", "en"]
    title, headings, own, centred, note = str(scores).splitlines()
    assert title == "tiny on small: 2 languages (de, en)"
    assert [part.strip() for part in headings.split("  ") if part] == [
        "monolingual mAP",
        "cross-lingual mAP",
        "multilingual mAP",
        "log rank distance",
    ]
    for line, name, debias in ((own, "base encoder", "none"), (centred, "centred (center-pool)", "center-pool")):
        assert line.startswith(f"{name}  ")
        values = line.removeprefix(name).split()
        settings = ("monolingual", "cross-lingual", "multilingual")
        assert values[:3] == [f"{mean(scores, setting, 'map', debias):.4f}" for setting in settings]
    # Two answers, at ranks 1 and 2: log2 2 - log2 1.
    assert note.endswith("log rank distance: lower is better, a fair ranking of answers in 2 languages has 1.00")
    assert repr(scores) == str(scores)


def test_the_summary_has_the_values_that_are_printed(scores):
    summary = scores.summary()
    assert list(summary) == ["tiny", "tiny+center-pool"]
    assert summary["tiny+center-pool"] == {
        "monolingual/map": mean(scores, "monolingual", "map", "center-pool"),
        "cross-lingual/map": mean(scores, "cross-lingual", "map", "center-pool"),
        "multilingual/map": mean(scores, "multilingual", "map", "center-pool"),
        "multilingual/log_rank_distance": mean(scores, "multilingual", "log_rank_distance", "center-pool"),
    }
    printed = [line.split()[2:] for line in str(scores).splitlines()[2:4]]
    assert [[f"{value:.4f}" for value in values.values()] for values in summary.values()] == printed


def test_the_table_has_the_columns_and_values_of_the_workflows_csv(scores, tmp_path):
    table = scores.to_dataframe()
    assert list(table.columns) == COLUMNS
    scores.to_csv(tmp_path / "new/scores.csv")
    written = pandas.read_csv(tmp_path / "new/scores.csv", keep_default_na=False)
    assert list(written.columns) == COLUMNS
    assert list(written.value.astype(float)) == list(table.value)
    assert set(table.debias) == {"none", "center-pool"}


def test_the_report_is_the_workflows_page(scores, tmp_path):
    scores.report(tmp_path / "new/report.html")
    page = (tmp_path / "new/report.html").read_text(encoding="utf-8")
    assert "tiny on small" in page
    assert any(question in page for questions in QUERIES.values() for question in questions.values())
    assert f"{mean(scores, 'monolingual', 'map'):.3f}"[1:] in page


def test_a_second_call_makes_nothing_again(scores, tiny, small, cache, monkeypatch):
    def fail(**given):
        raise AssertionError(f"made again, with {given}")

    for name in ("prepare_encoder", "build_benchmark", "encode_texts", "debias_embeddings", "rank_candidates"):
        monkeypatch.setattr(stages, name, _named_as(fail, getattr(stages, name)))
    again = equilingual.evaluate(tiny, small, debias=["center-pool"], encoder=LENGTHS, cache=cache)
    assert str(again) == str(scores)
    with pytest.raises(AssertionError, match="query_prompt='q: '"):
        equilingual.evaluate(tiny, small, encoder=LENGTHS | {"query_prompt": "q: "}, cache=cache)
    with pytest.raises(AssertionError, match="precision='bfloat16'"):
        equilingual.evaluate(tiny, small, encoder=LENGTHS, encoding={"precision": "bfloat16"}, cache=cache)
    with pytest.raises(AssertionError, match="files"):
        equilingual.evaluate(tiny, small, languages=["en"], encoder=LENGTHS, cache=cache)


def _named_as(replacement, function):
    """Return a function that counts as another one where results are kept."""
    replacement.__module__, replacement.__name__ = function.__module__, function.__name__

    def call(**given):
        return replacement(**given)

    call.__module__, call.__name__ = function.__module__, function.__name__
    return call


def test_a_model_is_known_by_its_files_and_not_by_its_place(scores, tiny, small, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(stages, "encode_texts", None)
    copy = Path(shutil.copytree(tiny, tmp_path / "tiny"))
    with pytest.raises(AttributeError):  # nothing to encode with, and nothing is encoded below
        equilingual.evaluate(write_tiny_encoder(tmp_path / "b/tiny", seed=1), small, encoder=LENGTHS, cache=cache)
    monkeypatch.undo()
    count = len(list((cache / "encode_texts").iterdir()))
    again = equilingual.evaluate(copy, small, encoder=LENGTHS, cache=cache)
    assert len(list((cache / "encode_texts").iterdir())) == count
    assert mean(again, "multilingual", "map") == mean(scores, "multilingual", "map")


def test_a_model_in_memory_gives_what_its_folder_gives(scores, tiny, small, cache):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(tiny))
    loaded = equilingual.evaluate(model, small, encoder=LENGTHS, cache=cache)
    for setting in ("monolingual", "cross-lingual", "multilingual"):
        assert mean(loaded, setting, "map") == mean(scores, setting, "map")


def test_a_stage_that_fails_leaves_nothing_that_counts_as_made(tiny, small, tmp_path, monkeypatch):
    def half(*, queries_out, **others):
        Path(queries_out).write_bytes(b"half")
        raise KeyboardInterrupt

    whole = stages.encode_texts
    monkeypatch.setattr(stages, "encode_texts", _named_as(half, whole))
    with pytest.raises(KeyboardInterrupt):
        equilingual.evaluate(tiny, small, encoder=LENGTHS, cache=tmp_path)
    assert list((tmp_path / "encode_texts").iterdir()) == []
    monkeypatch.undo()
    assert equilingual.evaluate(tiny, small, encoder=LENGTHS, cache=tmp_path).languages == ["de", "en"]


def test_encoding_that_was_interrupted_goes_on(scores, tiny, small, tmp_path, monkeypatch):
    from equilingual.encoders import parts

    encode, asked = parts.embed_distinct, []

    def interrupted(encoder, texts, **others):
        asked.append(others["prompt"])
        if asked == ["query", "document"]:
            raise KeyboardInterrupt
        return encode(encoder, texts, **others)

    monkeypatch.setattr(parts, "embed_distinct", interrupted)
    with pytest.raises(KeyboardInterrupt):
        equilingual.evaluate(tiny, small, encoder=LENGTHS, cache=tmp_path)
    again = equilingual.evaluate(tiny, small, encoder=LENGTHS, cache=tmp_path)
    assert asked == ["query", "document", "document"]
    vectors, expected = again._stages.vectors, scores._stages.vectors
    for name in ("queries.npy", "candidates.npy", "counts.json"):
        assert (vectors / name).read_bytes() == (expected / name).read_bytes()
    assert list((tmp_path / "work").rglob("*.npy")) == []


def test_two_processes_that_do_the_same_at_once_do_not_share_a_folder(tmp_path):
    store = Store(tmp_path)
    with store.working(stages.encode_texts, {"texts": 1}) as first:
        first.mkdir()
        with store.working(stages.encode_texts, {"texts": 2}) as other:
            assert other != first
        with Store(tmp_path).working(stages.encode_texts, {"texts": 1}) as second:
            assert second.is_dir()
            assert second != first
        assert not second.exists()
    with Store(tmp_path).working(stages.encode_texts, {"texts": 1}) as third:
        assert third == first
        assert third.is_dir()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"benchmark": "xquadr"}, "no folder 'xquadr'; did you mean 'xquad-r'?"),
        ({"benchmark": "/no/such"}, "known are xquad-r, mlqa-r,"),
        ({"benchmark": "bucc"}, "its files come in archives"),
        ({"benchmark": "xquad-r", "languages": ["en", "pt"]}, "xquad-r has no 'pt'"),
        ({"benchmark": "xquad-r", "languages": ["engl"]}, "languages: unknown language 'engl'"),
        ({"benchmark": "xquad-r", "languages": "en"}, "are lists"),
        ({"benchmark": "xquad-r", "mirror": "/no/such"}, "mirror: /no/such does not exist"),
        ({"benchmark": {"known": "xquad-r", "folder": "/no/such"}}, "/no/such/ar.json does not exist"),
        ({"languages": ["en", "fr"]}, "has no fr; it has de, en"),
        ({"debias": ["centre"]}, "did you mean 'center'?"),
        ({"debias": ["lsar-pool"], "languages": ["en"]}, "lsar-pool needs 2 languages or more"),
        (
            {"encoder": {"query_promt": "x"}},
            "encoder.query_promt: unknown key (value 'x'); did you mean 'query_prompt'?",
        ),
        ({"encoding": {"precision": "int4"}}, "encoding.precision: "),
        ({"model": "/no/such"}, "there is no folder /no/such"),
        ({"model": "bm52"}, "there is no folder bm52; did you mean 'bm25'?"),
        ({"model": __file__}, "is a file; a model is a folder"),
        ({"model": "bm25", "debias": ["center"]}, "bm25 has no vectors"),
        ({"model": "bm25", "encoder": {"pooling": "cls"}}, "'encoder' does not apply"),
        ({"model": 3}, "int is not supported"),
    ],
)
def test_what_cannot_be_done_is_said_before_work_starts(asked, says, tiny, small, tmp_path):
    with pytest.raises(RequestError) as raised:
        equilingual.evaluate(**{"model": tiny, "benchmark": small, "cache": tmp_path / "cache"} | asked)
    assert says in str(raised.value)
    assert not (tmp_path / "cache").exists()


def test_a_folder_without_languages_is_no_benchmark(tiny, tmp_path):
    with pytest.raises(RequestError, match="has no sub-folder with corpus"):
        equilingual.evaluate(tiny, tmp_path)


@pytest.mark.parametrize("key", ["format", pytest.param("kind", marks=pytest.mark.filterwarnings("ignore"))])
def test_a_folder_in_another_format_is_named_by_a_mapping(tmp_path, cache, key):
    (tmp_path / "eng_Latn.dev").write_text("the moon is far\nthe sea is deep\n", encoding="utf-8")
    (tmp_path / "deu_Latn.dev").write_text("der Mond ist fern\ndas Meer ist tief\n", encoding="utf-8")
    benchmark = {"folder": tmp_path, key: "flores", "languages": ["en", "de"]}
    scores = equilingual.evaluate("bm25", benchmark, cache=cache)
    assert scores.languages == ["de", "en"]
    table = scores.to_dataframe()
    assert set(table[(table["query_language"] == "en") & (table["measure"] == "map")]["queries"]) == {2}


def test_a_model_of_the_hub_is_taken_at_a_commit_and_its_prompts_are_known(small, tmp_path, monkeypatch):
    from huggingface_hub import constants

    commit = "c" * 40
    home = tmp_path / "hub/models--intfloat--multilingual-e5-small"
    write_tiny_encoder(home / "snapshots" / commit)
    (home / "refs").mkdir()
    (home / "refs/main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    name = "intfloat/multilingual-e5-small"
    scores = equilingual.evaluate(name, small, encoder=LENGTHS, cache=tmp_path / "cache")
    prepared = scores._stages.encoder
    assert commit in (prepared / "manifest.json").read_text()
    assert "passage: " in (prepared / "config_sentence_transformers.json").read_text()
    with pytest.raises(RequestError, match="Hugging Face Hub does not give owner/other"):
        equilingual.evaluate("owner/other", small, cache=tmp_path / "cache")


def test_a_known_benchmark_is_downloaded_once_and_checked(mirror, tmp_path):
    asked = {"benchmark": "xquad-r", "languages": ["en", "de"], "cache": tmp_path}
    scores = equilingual.evaluate("bm25", mirror=mirror, **asked)
    assert scores.benchmark == "xquad-r"
    assert set(scores.to_dataframe().query("setting == 'multilingual' and pool == 'all'").queries) == {1190}
    before = str(scores)
    assert str(equilingual.evaluate("bm25", mirror=tmp_path, **asked)) == before
    damaged = tmp_path / "downloads/xquad-r/en.json"
    damaged.write_text("{}")
    with pytest.raises(FetchError, match="the mirror has no"):
        equilingual.evaluate("bm25", mirror=tmp_path, **asked)
    assert str(equilingual.evaluate("bm25", mirror=mirror, **asked)) == before
    assert damaged.stat().st_size > 1000


def test_debiasing_is_fitted_on_another_text_than_the_benchmarks(tiny, small, mirror, tmp_path):
    scores = equilingual.evaluate(tiny, small, debias=["center"], encoder=LENGTHS, mirror=mirror, cache=tmp_path)
    assert {"none", "center"} == set(scores.to_dataframe().debias)
    [fitting] = (tmp_path / "build_fitting_text").iterdir()
    assert '"flores"' in (fitting / "counts.json").read_text()


def test_the_cache_is_the_users_where_none_is_given(small, tmp_path, monkeypatch):
    monkeypatch.setenv("EQUILINGUAL_CACHE", str(tmp_path / "named"))
    equilingual.evaluate("bm25", small)
    assert (tmp_path / "named/score_model").is_dir()
    monkeypatch.delenv("EQUILINGUAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    equilingual.evaluate("bm25", small)
    assert (tmp_path / "xdg/equilingual/score_model").is_dir()


def test_importing_the_package_imports_nothing_heavy_and_shows_its_names(root):
    code = "import sys, equilingual; print(sorted({'torch', 'pyarrow', 'numpy'} & set(sys.modules)), dir(equilingual))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONPATH": str(root / "src")}
    )
    assert done.stdout.startswith("[] ")
    assert "'evaluate'" in done.stdout
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        equilingual.evalute  # noqa: B018

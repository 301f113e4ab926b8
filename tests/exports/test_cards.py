"""The model card: what the Hub reads, and what a reader does."""

import json

import pytest
import yaml
from cards import split_header
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from equilingual.config.origin import Origin
from equilingual.evaluation.identities import describe_models
from equilingual.exports import write_card
from equilingual.exports.cards import card_of_export
from equilingual.markup import visible
from equilingual.training.card import model_card


def origin(base_model, base_licence, licences, datasets=()):
    return Origin(base_model=base_model, base_licence=base_licence, licences=licences, datasets=datasets)


ORIGIN = origin("acme/encoder", "MIT", {"squad": "CC-BY-SA-4.0", "translations by nllb": "CC-BY-NC-4.0"}, ["acme/qa"])


def interval(value, queries=10):
    return {"value": value, "low": value - 0.01, "high": value + 0.02, "queries": queries, "clusters": 3}


def test_the_header_is_what_the_hub_reads(about):
    text = model_card(about, ORIGIN)
    assert text.startswith("---\n")
    header = yaml.safe_load(text.split("---\n")[1])
    assert header["language"] == ["en", "de", "zh"]
    assert header["base_model"] == "acme/encoder"
    assert header["datasets"] == ["acme/qa"]
    assert header["library_name"] == "sentence-transformers"
    assert header["pipeline_tag"] == "sentence-similarity"
    assert {"sentence-transformers", "feature-extraction"} <= set(header["tags"])
    # The Hub asks for these two where the licence is none of its list.
    assert header["license"] == "other"
    assert header["license_name"]
    assert header["license_link"]


def test_the_hubs_own_reader_takes_the_header(about):
    from huggingface_hub import ModelCard

    data = ModelCard(model_card(about, ORIGIN)).data
    assert data.base_model == "acme/encoder"
    assert data.language == ["en", "de", "zh"]
    assert data.datasets == ["acme/qa"]


def test_an_encoder_that_is_not_on_the_hub_has_no_base_model_there(about):
    header, body = split_header(model_card(about, origin(None, "unknown", {"c": "CC0-1.0"})))
    assert "base_model" not in header
    assert "datasets" not in header
    assert "| base encoder | tiny (tiny-v1) |" in body


def test_the_body_has_what_a_reader_asks_for(about):
    _, body = split_header(model_card(about, ORIGIN))
    assert "squad: CC-BY-SA-4.0; translations by nllb: CC-BY-NC-4.0" in body
    assert "Licence of the base encoder: MIT" in body
    assert "| training set | t: 20 QA pairs in en, de, zh |" in body
    assert "| batches | hybrid-0.5: 0.5 of them monolingual |" in body
    assert "| longest query, passage | 24, 40 tokens, prompt included |" in body
    assert "## Scores" not in body


@pytest.fixture
def card(tmp_path, about):
    """The card of a model with scores on two benchmarks."""
    (tmp_path / "manifest.json").write_text(json.dumps(about))
    figures = {
        "a": {"monolingual": interval(0.5), "monolingual mrr": interval(0.75), "rank_distance": interval(300.0)},
        "b|c": {"multilingual": interval(0.25, 20)},
    }
    files = {"own": [], "encoder": []}
    for found in figures.values():
        for whose, shift in (("own", 0), ("encoder", 0.125)):
            path = tmp_path / f"{whose}-{len(files[whose])}.json"
            path.write_text(json.dumps({key: {**row, "value": row["value"] - shift} for key, row in found.items()}))
            files[whose].append(path)
    models = {
        **dict.fromkeys(("group", "base", "encoder", "kind", "label", "subject"), "x"),
        "short": "hybrid batches, α = 0.5",
    }
    models |= {"training_set": "t", "strategy": "hybrid", "alpha": 0.5, "seed": 1, "debias": "none"}
    others = [{**models, "name": "tiny__t__mono__seed-1", "short": "monolingual batches"}]
    seen = {"other": {"a": ["nq"]}, about["encoder"]: {"b|c": ["squad", "x|y"]}}
    described = [*others, {**models, "name": about["experiment"]}]
    describe_models(models=described, seen=seen, out=tmp_path / "models.json")
    write_card(
        model=tmp_path / "manifest.json",
        models=tmp_path / "models.json",
        origin=ORIGIN,
        benchmarks=list(figures),
        intervals=files["own"],
        encoder_intervals=files["encoder"],
        out=tmp_path / "card.md",
    )
    return (tmp_path / "card.md").read_text(encoding="utf-8")


def test_scores_have_their_intervals_and_the_encoders_beside_them(card):
    rows = [line for line in card.splitlines() if line.startswith(("| a", "| b"))][-3:]
    assert rows == [
        "| a | monolingual | mAP | 0.375 | 0.500 | 0.490 to 0.520 | 10 |",
        "| a | multilingual | rank distance | 299.9 | 300.0 | 300.0 to 300.0 | 10 |",
        "| b\\|c† | multilingual | mAP | 0.125 | 0.250 | 0.240 to 0.270 | 20 |",
    ]


def test_a_benchmark_whose_data_the_encoder_was_trained_on_is_marked(card):
    notes = [line for line in card.splitlines() if line.startswith("†")]
    assert notes == [
        "† The base encoder was trained on squad, x\\|y, and b\\|c is part of this data or made from it. So its scores may "
        "not be zero-shot, nor those of models trained from it."
    ]


def test_the_card_has_the_label_of_the_report(card, about):
    assert "fine-tuned with hybrid batches, α = 0.5 (arXiv" in card
    assert "fine-tuned with hybrid-0.5 batches (arXiv" in model_card(about, ORIGIN)
    assert "Rank distance: lower is better." in card


def test_the_card_with_scores_has_the_same_header_and_a_model_index(card, about):
    header = split_header(card)[0]
    index = header.pop("model-index")
    assert header == split_header(model_card(about, ORIGIN))[0]
    (model,) = index
    assert model["name"] == about["experiment"]
    found = {(one["dataset"]["type"], one["dataset"]["config"]): one["metrics"] for one in model["results"]}
    assert {place: [(one["type"], one["value"]) for one in metrics] for place, metrics in found.items()} == {
        ("a", "monolingual"): [("map", 0.5), ("mrr", 0.75)],
        ("a", "multilingual"): [("rank_distance", 300.0)],
        ("b|c", "multilingual"): [("map", 0.25)],
    }
    assert found["b|c", "multilingual"][0]["args"] == {"interval_95": [0.24, 0.27], "queries": 20}


def test_the_hubs_own_reader_takes_the_model_index(card, about):
    from huggingface_hub import ModelCard

    data = ModelCard(card, ignore_metadata_errors=False).data
    assert data.model_name == about["experiment"]
    first = data.eval_results[0]
    assert (first.dataset_name, first.metric_name, first.metric_value) == ("a (monolingual)", "mAP", 0.5)
    exported = ModelCard(card_of_export(card, "onnx", {"texts": 1, "mean": 1.0, "min": 1.0})).data
    assert exported.eval_results == data.eval_results
    assert exported.tags == [*data.tags, "onnx"]


def test_the_card_says_how_the_weights_came_about(about):
    card = model_card(about, ORIGIN)
    for line in (
        "| steps, batch size, seed | 12 (weights of step 8, the lowest validation loss), averaged with 0.15 of the base "
        "encoder's weights, 4, 1 |",
        "| learning rate, temperature | 3e-05, 0.05 |",
        "| besides the contrastive loss | centring (weight 5) |",
        "| word embeddings | frozen |",
        "model.max_seq_length = 40  # as in training and in its scores",
    ):
        assert f"{line}\n" in card
    plain = {
        **about["parameters"],
        "wise_ft_base_weight": 0.0,
        "learn_temperature": True,
        "regularizers": {"centring": None},
    }
    card = model_card({**about, "parameters": plain, "best": None}, ORIGIN)
    assert "| steps, batch size, seed | 12, 4, 1 |\n" in card
    assert "| learning rate, temperature | 3e-05, 0.05, learnt from there |\n" in card
    assert "| besides the contrastive loss | nothing |\n" in card


HOSTILE = [
    "<script>alert(1)</script>",
    "a | b | c",
    "`code` **bold** [link](javascript:alert(1)) ![x](y)",
    "line\n---\n# heading\n\n- item",
    "---\n",
    "{{ fields }} {experiment} {0} %s",
    "no",
    "key: value # comment",
    "!!python/object/apply:os.system [ls]",
    "*alias &anchor 'quote \"double",
    "exe\u202egpj \x1b[31m \x00 \ud800",
]


def shown(text):
    """A text as it is read on one line."""
    return visible(" ".join(text.split()))


def cells_of(body):
    """The texts of all cells of a card's first table, by another parser; and the types of all tokens."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    first = tokens[: next(place for place, token in enumerate(tokens) if token.type == "table_close")]
    cells = [token for token in first if token.type == "inline"][2:]  # after the heading and the paragraph
    types = {child.type for token in tokens for child in token.children or []}
    texts = ["".join(child.content for child in cell.children) for cell in cells]
    return texts, types | {token.type for token in tokens}, tokens


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["onnx", "ctranslate2", "sentence-transformers"])
def test_texts_of_the_configuration_are_no_markup(about, text, kind):
    named = ("experiment", "encoder", "training_set", "strategy", "hardware")
    changed = {**about, **dict.fromkeys(named, text), "languages": [text], "base": {"source": "hub", "path": text}}
    changed["negatives"] = {"count": 2, "from": [text]}
    card = model_card(changed, origin(text, text, {text: text}, [text]))
    card = card_of_export(card, kind, {"texts": 1, "mean": 1.0, "min": 1.0})
    header, body = split_header(card)
    # What the Hub reads is what the configuration has.
    assert card.startswith("---\n")
    assert header["base_model"] == text
    assert header["language"] == header["datasets"] == [text]
    plain, types, tokens = cells_of(body)
    one = shown(text)
    expected = {
        "base encoder": f"{one} ({one})",
        "training set": f"{one}: 20 QA pairs in {one}",
        "batches": f"{one}: 0.5 of them monolingual",
        "hard negatives": f"2 a pair at most, from {one}",
        "hardware, precision": f"{one}, float32",
    }
    found = dict(zip(plain[2::2], plain[3::2], strict=True))
    assert {name: found[name] for name in expected} == expected
    assert len(found) == 10
    assert not types & {"html_block", "html_inline", "link_open", "image", "em_open", "strong_open", "hr", "s_open"}
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert len(headings) == 2 + (kind != "sentence-transformers")


def test_the_hubs_own_reader_takes_a_header_of_any_text(about):
    from huggingface_hub import ModelCard

    for text in HOSTILE:
        card = model_card(about, origin(text, "MIT", {"c": text}, [text]))
        assert ModelCard(card, ignore_metadata_errors=False).data.to_dict()["base_model"] == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(min_size=1, max_size=30))
@example("---\n---\n")
@example("\x85")
@example("a \u2028\u2029b")
def test_any_text_comes_back_from_the_header(about, text):
    header, body = split_header(model_card(about, origin(text, "MIT", {}, [text, f"{text}\n---\n{text}"])))
    assert header["base_model"] == text
    assert header["datasets"] == [text, f"{text}\n---\n{text}"]
    assert body.startswith("\n# tiny")

"""A trimmed encoder gives the texts that it was trimmed to the vectors that it gave before."""

import json

import numpy as np
import pyarrow as pa
import pytest
from families import FAMILIES, TEXTS, write_family
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from tiny import prepare_configured
from transformers import AutoModel, AutoTokenizer

from equilingual.encoders import EncoderError, embed, load_encoder, read_manifest, trim_vocabulary
from equilingual.encoders import trimming as trimming_module
from equilingual.parquet import write_parquet

OWN, OTHER = TEXTS[:3], TEXTS[3:]


def write_whole(tmp_path, family, first=()):
    source = write_family(tmp_path / f"{family}-source", family, first)
    prepare_configured(
        encoder=family,
        source="folder",
        path=str(source),
        query_prompt="query: ",
        query_length=64,
        passage_length=64,
        folder=tmp_path / family,
    )
    return tmp_path / family


def write_pairs(path, texts, negatives=None):
    columns = {"question": [text.split("? ")[0] for text in texts], "passage": texts}
    if negatives is not None:
        columns["negatives"] = pa.array([negatives] * len(texts), type=pa.list_(pa.string()))
    write_parquet(pa.table(columns), path)
    return path


def trim(tmp_path, whole, **changes):
    arguments = {"queries": [], "candidates": [], "min_count": 1, "threads": 1}
    if "pairs" not in changes:
        arguments["pairs"] = [write_pairs(tmp_path / "pairs.parquet", OWN)]
    trim_vocabulary(encoder="tiny", whole=whole, folder=tmp_path / "trimmed", **arguments | changes)
    return tmp_path / "trimmed"


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_stay_and_the_table_shrinks(tmp_path, family):
    whole = write_whole(tmp_path, family)
    folder = trim(tmp_path, whole)
    before, after = load_encoder(whole), load_encoder(folder)
    assert (after.prompts["query"], len(after)) == ("query: ", len(before))
    for prompt in ("query", "document"):
        one, other = (embed(model, OWN, prompt=prompt, length=64, batch_tokens=96) for model in (before, after))
        assert np.abs(one - other).max() < 1e-5
    unseen = (embed(model, OTHER, prompt="document", length=64, batch_tokens=96) for model in (before, after))
    assert np.abs(np.subtract(*unseen)).max() > 1e-4  # other pieces, so the test above can tell the difference
    trimmed = read_manifest(folder)["trimmed"]
    tables = [load_file(path / "model.safetensors") for path in (whole, folder)]
    [name] = [name for name in tables[0] if tables[0][name].shape != tables[1][name].shape]
    assert [len(table[name]) for table in tables] == [trimmed["rows_before"], trimmed["rows"]]
    assert trimmed["rows"] < trimmed["rows_before"] - 20
    assert json.loads((folder / "config.json").read_text())["vocab_size"] == trimmed["rows"]
    assert trimmed["texts"] == 6
    assert trimmed["texts_checked"] == 6


@pytest.mark.parametrize("family", ["xlm-roberta", "mbert", "mmbert"])
def test_others_load_it_too(tmp_path, family):
    folder = trim(tmp_path, write_whole(tmp_path, family))
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    assert model.config.pad_token_id == tokenizer.pad_token_id
    assert len(tokenizer) == model.get_input_embeddings().num_embeddings
    states = model(**tokenizer(OWN[0], return_tensors="pt")).last_hidden_state[0]
    expected = SentenceTransformer(str(folder), device="cpu").encode(OWN[0], prompt="")
    assert np.allclose(states.mean(0).detach().numpy(), expected, atol=1e-5)


# Three pieces that no text has, before the special tokens: the first stays for its score, the others are left out.
FIRST = ("oeueo", "eoueo", "oeuoe")


@pytest.mark.parametrize(("family", "before", "after"), [("xlm-roberta", 4, 4), ("e5-small", 4, 2)])
def test_padding_keeps_its_number_where_positions_follow_from_it(tmp_path, family, before, after):
    whole = write_whole(tmp_path, family, first=FIRST)
    folder = trim(tmp_path, whole)
    numbers = [json.loads((path / "config.json").read_text())["pad_token_id"] for path in (whole, folder)]
    assert numbers == [before, after]
    model = load_encoder(folder)
    assert model.tokenizer.pad_token_id == after
    # Texts of several lengths are padded when they are encoded together, and read as alone.
    together = embed(model, OWN, prompt="query", length=64, batch_tokens=96)
    alone = [embed(model, [text], prompt="query", length=64, batch_tokens=96)[0] for text in OWN]
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(together, embed(load_encoder(whole), OWN, prompt="query", length=64, batch_tokens=96), atol=1e-5)


def test_hard_negatives_and_benchmarks_are_kept_too(tmp_path):
    whole = write_whole(tmp_path, "xlm-roberta")
    pairs = [write_pairs(tmp_path / "pairs.parquet", OWN[:1], negatives=[OTHER[0], None])]
    files = []
    for name, text in (("queries", OTHER[1]), ("candidates", OTHER[2])):
        files.append(tmp_path / f"{name}.parquet")
        write_parquet(pa.table({"text": [text]}), files[-1])
    before = load_encoder(whole)
    for given, equal in (({"pairs": pairs}, [0]), ({"pairs": [], "queries": files[:1]}, [1]),
                         ({"pairs": [], "queries": files[:1], "candidates": files[1:]}, [1, 2])):  # fmt: skip
        after = load_encoder(trim(tmp_path, whole, **given))
        one, other = (embed(model, OTHER, prompt="document", length=64, batch_tokens=96) for model in (before, after))
        assert [n for n in range(3) if np.abs(one[n] - other[n]).max() < 1e-5] == equal


def test_rarer_tokens_are_left_out_where_asked(tmp_path):
    whole = write_whole(tmp_path, "xlm-roberta")
    pairs = [write_pairs(tmp_path / "pairs.parquet", [*OWN, OWN[0]])]
    all_rows = read_manifest(trim(tmp_path, whole, pairs=pairs))["trimmed"]["rows"]
    folder = trim(tmp_path, whole, pairs=pairs, min_count=2)
    trimmed = read_manifest(folder)["trimmed"]
    assert trimmed["rows"] < all_rows
    # OWN[0] is there twice: all its tokens are kept, those of the others (in passages) are not
    assert trimmed["texts_checked"] < trimmed["texts"] == 8
    one, other = (embed(load_encoder(p), OWN, prompt="document", length=64, batch_tokens=96) for p in (whole, folder))
    assert np.abs(one[0] - other[0]).max() < 1e-5
    assert np.abs(one[1] - other[1]).max() > 1e-4


def test_an_encoder_that_reads_otherwise_is_not_written(tmp_path, monkeypatch):
    real = trimming_module.trim_tokenizer

    def wrong(tokenizer, kept):
        new = real(tokenizer, kept)
        vocabulary = new["model"]["vocab"]
        vocabulary[-1], vocabulary[5] = vocabulary[5], vocabulary[-1]
        return new

    monkeypatch.setattr(trimming_module, "trim_tokenizer", wrong)
    with pytest.raises(EncoderError, match=r"encoders\.tiny\.trim: a different segmentation of '"):
        trim(tmp_path, write_whole(tmp_path, "xlm-roberta"))
    assert not (tmp_path / "trimmed").exists()


def test_an_encoder_with_other_vectors_is_not_written(tmp_path, monkeypatch):
    real = trimming_module._trim_table
    monkeypatch.setattr(trimming_module, "_trim_table", lambda name, model, kept: real(name, model, kept[::-1]))
    with pytest.raises(EncoderError, match=r"encoders\.tiny\.trim: vectors differ by"):
        trim(tmp_path, write_whole(tmp_path, "mbert"))
    assert not (tmp_path / "trimmed").exists()


def test_a_tokenizer_with_more_tokens_than_the_encoder_has_rows_is_refused(tmp_path):
    whole = write_whole(tmp_path, "xlm-roberta")
    model = load_encoder(whole)
    with pytest.raises(EncoderError, match=r"the tokenizer has a token 9999, but the encoder has \d+ rows"):
        trimming_module._trim_table("tiny", model, [0, 9999])

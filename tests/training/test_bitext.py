"""Training on bitext batches: prompts, both directions, and what the model says of them."""

import json

import pyarrow as pa
import pytest
import torch
from cards import split_header
from torch.nn import functional

from equilingual.batching import BatchReader, build_batches
from equilingual.bitext_files import ID, BitextFiles, sentence_schema
from equilingual.config.batch_settings import BatchSettings, BitextBatches, StrategySettings
from equilingual.corpora.bitext_overlap import OVERLAP_SCHEMA
from equilingual.encoders import load_encoder, read_manifest
from equilingual.parquet import write_parquet
from equilingual.training.trainer import Trainer
from equilingual.training_sets import TrainingSetFiles


@pytest.fixture(scope="module")
def bitext_batches(tmp_path_factory):
    """Batches of four rows, about half of them bitext, in a language that the training set lacks, too."""
    from written_batches import write_batches

    folder = tmp_path_factory.mktemp("bitext")
    write_batches(folder)  # the training set's files
    rows = [{ID: str(n), "en": f"sentence {n * 31}", "fr": f"la phrase {n * 31}"} for n in range(30)]
    write_parquet(pa.Table.from_pylist(rows, schema=sentence_schema(["en", "fr"])), folder / "s.parquet")
    write_parquet(pa.Table.from_pylist([], schema=OVERLAP_SCHEMA), folder / "o.parquet")
    build_batches(
        training_set=TrainingSetFiles.of(
            "t", [folder / f"{tag}.parquet" for tag in ("en", "de", "es")], corpora=["c"], languages=["en", "de", "es"]
        ),
        strategy=StrategySettings(name="hybrid", alpha=0.5),
        settings=BatchSettings(batch_size=4, batches=12, bitext=BitextBatches(corpora=("texts.v1",), share=0.5)),
        seed=1,
        bitext=BitextFiles({"texts.v1": folder / "s.parquet"}, {"texts.v1": folder / "o.parquet"}),
        shards=[folder / "bitext.parquet"],
        manifest=folder / "manifest.json",
    )
    return folder / "manifest.json"


def of_mode(reader, bitext):
    """Return the first batch that is bitext, or the first that is not."""
    tables = (reader.read(number) for number in range(len(reader)))
    return next(table for table in tables if (table["mode"][0].as_py() == "bitext") == bitext)


def vectors_by_hand(model, texts, length):
    """Return what transformers makes of texts with the prompt of queries: the mean of the last hidden states."""
    transformer, tokenizer = model[0].auto_model, model.tokenizer
    found = []
    for text in texts:
        ids = tokenizer(model.prompts["query"] + text, truncation=True, max_length=length, return_tensors="pt")
        found.append(transformer(**ids).last_hidden_state.mean(dim=1))
    return torch.cat(found)


def test_the_loss_of_a_bitext_batch_is_symmetric_with_the_prompt_of_queries_on_both_sides(
    bitext_batches, encoder, change
):
    reader = BatchReader(bitext_batches)
    model = load_encoder(encoder)
    assert model.prompts["query"] != model.prompts["document"]
    settings = change(dropout=False, query_length=8, passage_length=40)  # a sentence may be as long as a passage
    trainer = Trainer(model, settings, steps=12, seed=1, languages=reader.languages)
    batch = of_mode(reader, bitext=True)
    found = trainer._gradients(0, batch)["loss"]
    sides = (vectors_by_hand(model, batch[name].to_pylist(), 40) for name in ("query", "passage"))
    queries, passages = (functional.normalize(side, dim=-1) for side in sides)
    scores = queries @ passages.T / 0.05
    own = torch.arange(4)
    expected = (functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2
    assert found == pytest.approx(expected.item(), rel=1e-4)
    assert found != pytest.approx(functional.cross_entropy(scores, own).item(), rel=1e-4)


def test_other_batches_keep_their_prompts_and_their_one_direction(bitext_batches, encoder, change):
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    reader = BatchReader(bitext_batches)
    model = load_encoder(encoder)
    trainer = Trainer(model, change(dropout=False), steps=12, seed=1, languages=reader.languages)
    batch = of_mode(reader, bitext=False)
    found = trainer._gradients(0, batch)["loss"]
    model.max_seq_length = 32
    sides = [
        model.encode_query(batch["query"].to_pylist(), convert_to_tensor=True),
        model.encode_document(batch["passage"].to_pylist(), convert_to_tensor=True),
    ]
    theirs = MultipleNegativesRankingLoss(model=None, scale=20.0)
    assert found == pytest.approx(theirs.compute_loss_from_embeddings(sides, None).item(), rel=1e-4)


def test_a_training_on_bitext_learns_its_sentences_and_says_so(bitext_batches, train):
    from equilingual.encoders import load_encoder as load

    folder, history = train(
        "a", batches=bitext_batches, learning_rate=5e-3, dropout=False, regularizers={"centring": {"weight": 0.1}}
    )
    rows = [json.loads(line) for line in history.read_text().splitlines()]
    assert len(rows) == 12
    summary = BatchReader(bitext_batches).summary
    assert sum(row["mode"] == "bitext" for row in rows) == summary["bitext"]["batches"] > 2
    assert all("centring" in row for row in rows)  # in French, too, which no QA pair has
    about = read_manifest(folder)
    assert about["languages"] == ["en", "de", "es"]
    assert about["bitext"] == {
        "share": 0.5,
        "batches": summary["bitext"]["batches"],
        "corpora": summary["bitext"]["corpora"],
        "languages": ["en", "fr"],
        "sentences": 30,
    }
    header, body = split_header((folder / "README.md").read_text(encoding="utf-8"))
    assert header["language"] == ["en", "de", "es", "fr"]
    assert "| bitext | 0.5 of all batches: 30 parallel sentences of texts.v1 in en, fr |" in body
    assert load(folder).encode_query(["x"]).shape == (1, 16)


def test_a_card_without_bitext_has_no_row_of_it(train):
    folder, _ = train("a")
    assert "bitext" not in (folder / "README.md").read_text(encoding="utf-8")
    assert "bitext" not in read_manifest(folder)


def test_a_killed_training_on_bitext_ends_with_the_same_bytes(bitext_batches, train, monkeypatch):
    whole, _ = train("a", batches=bitext_batches)
    take = Trainer._train_step

    class Killed(BaseException):
        pass

    def step(self, batch_id, batch):
        if batch_id == 7:
            raise Killed
        return take(self, batch_id, batch)

    monkeypatch.setattr(Trainer, "_train_step", step)
    with pytest.raises(Killed):
        train("b", batches=bitext_batches)
    monkeypatch.setattr(Trainer, "_train_step", take)
    again, _ = train("b", batches=bitext_batches)
    assert (again / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()

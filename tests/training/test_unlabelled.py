"""Unlabelled texts: how they are drawn, and that the centring term sees their languages' means."""

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
import torch
from scipy.stats import chisquare

from equilingual.batching import BatchReader
from equilingual.encoders import load_encoder
from equilingual.encoders.declared import preprocess, vectors_of
from equilingual.parquet import write_parquet
from equilingual.training import train_encoder
from equilingual.training.loss import info_nce
from equilingual.training.passages import groups_of, passages_of
from equilingual.training.regularizers import Vectors, centring
from equilingual.training.terms import Resources
from equilingual.training.trainer import Trainer
from equilingual.training.unlabelled import Unlabelled

SWAHILI, GREEK = range(30), range(20, 45)


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """Two tables of sentences, and lists of rows that are left out: two in the first, none in the second."""
    folder = tmp_path_factory.mktemp("sentences")

    def write(name, columns, left_out):
        rows = len(next(iter(columns.values())))
        table = {"sentence": [str(n) for n in range(rows)], **columns}
        write_parquet(pa.table(table), folder / f"{name}.parquet")
        overlap = pa.table({"row": pa.array(left_out, pa.int64()), "text": pa.array(["x"] * len(left_out))})
        write_parquet(overlap, folder / f"{name}-overlap.parquet")

    sw = [f"neno {n}" if n in SWAHILI else None for n in range(45)]
    el = [f"λέξη {n}" if n in GREEK else None for n in range(45)]
    rare = [f"rare {n}" if n < 7 else None for n in range(45)]  # fewer than are drawn
    write("a", {"sw": sw, "el": el, "eu": rare}, [3, 21])
    write("b", {"de": [f"Wort {n}" for n in range(12)], "el": [f"όνομα {n}" for n in range(12)]}, [])
    return [folder / f"{name}.parquet" for name in "ab"], [folder / f"{name}-overlap.parquet" for name in "ab"]


def test_texts_are_of_all_tables_without_those_left_out(tables):
    unlabelled = Unlabelled(*tables, texts=64, seed=1)
    assert unlabelled.languages == ["de", "el", "sw"]
    seen = {tag: set() for tag in unlabelled.languages}
    for step in range(200):
        drawn = unlabelled.draw(step)
        assert len(drawn.queries) == len(drawn.passages) == len(drawn.languages) == 12
        assert len({*drawn.queries, *drawn.passages}) == 24
        for texts in (drawn.queries, drawn.passages):
            for text, tag in zip(texts, drawn.languages, strict=True):
                seen[tag].add(text)
    greek = {f"λέξη {n}" for n in GREEK if n != 21} | {f"όνομα {n}" for n in range(12)}
    swahili = {f"neno {n}" for n in SWAHILI if n not in (3, 21)}
    assert seen == {"de": {f"Wort {n}" for n in range(12)}, "el": greek, "sw": swahili}


def test_a_step_has_some_languages_each_as_often_as_another(tables):
    unlabelled = Unlabelled(*tables, texts=15, seed=1)  # eight of one language
    counts = Counter()
    for step in range(300):
        (language,) = set(unlabelled.draw(step).languages)
        counts[language] += 1
    assert chisquare(list(counts.values())).pvalue > 0.001
    assert len(set(Unlabelled(*tables, texts=16, seed=1).draw(0).languages)) == 2


def test_draws_depend_on_the_seed_and_the_step_alone(tables):
    one, same, other = (Unlabelled(*tables, texts=16, seed=seed) for seed in (1, 1, 2))
    one.draw(7)
    assert one.draw(3) == same.draw(3)
    assert one.draw(3) != other.draw(3)
    assert one.draw(3) != one.draw(4)


def test_too_few_texts_are_said(tables, tmp_path):
    write_parquet(pa.table({"sentence": ["0"] * 7, "sw": ["a"] * 7}), tmp_path / "few.parquet")
    with pytest.raises(ValueError, match=r"training\.regularizers\.centring: no language of its corpora has 8 texts"):
        Unlabelled([tmp_path / "few.parquet"], tables[1][1:], texts=16, seed=1)


@pytest.fixture
def gradients(encoder, batches, tables, change):
    """Return a function that returns the gradients of the first batch, the terms of its loss, and what was drawn."""

    def run(**changes):
        reader = BatchReader(batches)
        unlabelled = Unlabelled(*tables, texts=24, seed=1)
        settings = change(dropout=False, regularizers={"centring": {"weight": 3.0}}, **changes)
        model, languages = load_encoder(encoder), reader.summary["languages"]
        resources = Resources(unlabelled=unlabelled)
        trainer = Trainer(model, settings, steps=12, seed=1, languages=languages, resources=resources)
        terms = trainer._gradients(5, reader.read(5))
        found = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
        return found, terms, model, unlabelled.draw(5)

    return run


def test_the_term_and_its_gradient_are_those_of_one_pass_over_all_texts(gradients, batches):
    found, terms, model, drawn = gradients()
    batch = BatchReader(batches).read(5)
    model.zero_grad(set_to_none=True)
    model.eval()

    def embed(texts, side):
        model[0].max_seq_length = 32
        return torch.cat([vectors_of(model, preprocess(model, [text], side), side) for text in texts])

    queries, passages = embed(batch["query"].to_pylist(), "query"), embed(passages_of(batch), "document")
    contrast = info_nce(queries, passages, 0.05, groups=groups_of(batch))
    numbers = {tag: number for number, tag in enumerate(["en", "de", "es", "el", "sw"])}
    sides = []
    for name, own, more in (
        ("query_language", queries, embed(drawn.queries, "query")),
        ("passage_language", passages, embed(drawn.passages, "document")),
    ):
        tags = [*batch[name].to_pylist(), *drawn.languages]
        sides += [torch.cat((own, more)), torch.tensor([numbers[tag] for tag in tags])]
    term = centring.penalty(Vectors(sides[0], sides[2], sides[1], sides[3]), None, None)
    (contrast + 3 * term).backward()
    assert terms["centring"] == pytest.approx(term.item(), rel=1e-4)
    assert terms["contrast"] == pytest.approx(contrast.item(), rel=1e-4)
    expected = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
    for name, gradient in found.items():
        assert torch.norm(gradient - expected[name]) <= 1e-4 * torch.norm(gradient) + 1e-6, name


def test_micro_batches_give_the_same_gradient(gradients):
    whole, terms, _, _ = gradients()
    found, same, _, _ = gradients(micro_batch_size=3)
    assert same == pytest.approx(terms, rel=1e-5)
    for name, gradient in whole.items():
        assert torch.norm(found[name] - gradient) <= 1e-5 * torch.norm(gradient) + 1e-7, name


def run_job(job_of, name, tables, **changes):
    """Train with unlabelled texts, and return the rows of the history."""
    sentences, overlaps = (tuple(map(str, paths)) for paths in tables)
    terms = {"centring": {"weight": 3.0, "corpora": ["x"], "texts": 24}}
    job = job_of(name, dropout=False, regularizers=terms, **changes)
    train_encoder(job.model_copy(update={"sentences": sentences, "overlaps": overlaps}))
    return [json.loads(line) for line in Path(job.history_out).read_text(encoding="utf-8").splitlines()]


def test_a_training_takes_the_texts_of_its_job_and_starts_anew_for_others(job_of, two_batches, tables, tmp_path):
    def train(name, tables):
        return [row["centring"] for row in run_job(job_of, name, tables, batches=two_batches)]

    one = train("a", tables)
    assert one != train("b", ([], []))
    (before,) = (tmp_path / "a/work").glob("*.pt")
    train("a", ([tables[0][1]], [tables[1][1]]))
    (after,) = (tmp_path / "a/work").glob("*.pt")
    assert before.name != after.name  # the other's checkpoint is not taken up, and goes
    assert train("a", tables) == one


def test_two_processes_draw_alike(job_of, two_batches, tables):
    one = run_job(job_of, "a", tables, threads=2, batches=two_batches)
    two = run_job(job_of, "b", tables, threads=2, batches=two_batches, processes=2, micro_batch_size=3)
    for row, other in zip(one, two, strict=True):
        assert row["centring"] > 0
        for name in ("loss", "centring", "gradient_norm"):
            assert other[name] == pytest.approx(row[name], rel=1e-3, abs=1e-6), name

"""Code of the pages does what the page says: each piece is read from its page and run."""

import re

import numpy as np
import yaml
from tiny import write_tiny_encoder

from equilingual.config.models import Config


def piece(root, name, kind, word):
    """Return the only piece of code on a page that has a word."""
    text = (root / "docs" / name).read_text(encoding="utf-8")
    (found,) = [code for code in re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S) if word in code]
    return found


def test_the_smallest_configuration_is_one_and_without_any_of_its_keys_it_is_none(root):
    raw = yaml.safe_load(piece(root, "configuration.md", "yaml", "My first run"))
    Config.model_validate(raw)
    for outer in set(raw) - {"training_sets"}:  # which may be missing: then nothing is trained
        assert problems({key: value for key, value in raw.items() if key != outer}), outer
    for inner in raw["batches"]:
        batches = {key: value for key, value in raw["batches"].items() if key != inner}
        assert problems(raw | {"batches": batches}), inner


def test_the_whole_study_is_a_configuration_and_all_of_its_keys_are_needed(root):
    raw = yaml.safe_load(piece(root, "studies.md", "yaml", "BM25 or TF-IDF"))
    study = Config.model_validate(raw).study
    assert study.primary.models == {"bm25": 1, "tfidf": -1}
    for key in set(raw) - {"study"}:
        assert problems({name: value for name, value in raw.items() if name != key}), key
    for key in raw["study"]:
        assert problems(raw | {"study": {name: value for name, value in raw["study"].items() if name != key}}), key
    (contrast,) = raw["study"]["contrasts"]
    for key in set(contrast):
        less = {name: value for name, value in contrast.items() if name != key}
        assert problems(raw | {"study": raw["study"] | {"contrasts": [less]}}), key


def problems(raw):
    try:
        Config.model_validate(raw)
    except ValueError as error:
        return str(error)
    return ""


def test_plain_transformers_give_the_vectors_of_sentence_transformers(root, tmp_path):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(write_tiny_encoder(tmp_path / "plain")))  # mean pooling, which is its default
    model.save(str(tmp_path / "model"))
    code = piece(root, "exports.md", "python", "AutoTokenizer").replace(
        '"results/models/…"', repr(str(tmp_path / "model"))
    )
    names = {}
    exec(code, names)
    expected = model.encode(["query: Why do lighthouses rotate?"], normalize_embeddings=True)
    np.testing.assert_allclose(names["vectors"].numpy(), expected, atol=1e-6)

"""The result of a training, as others load it: sentence-transformers, transformers alone, mteb."""

import json
import os
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from equilingual import devices
from equilingual.encoders import read_manifest

TEXTS = ["what is 7919?", "qué es 15838?", "a longer question that is cut " * 20, "数字是多少"]


@pytest.fixture
def model(train):
    return train("a")[0]


def by_hand(model, texts, prompt):
    """The mean over each text's tokens, by transformers alone, of length 1."""
    transformer, tokenizer = AutoModel.from_pretrained(model).eval(), AutoTokenizer.from_pretrained(model)
    given = tokenizer([prompt + text for text in texts], padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        states = transformer(**given).last_hidden_state
    mask = given["attention_mask"][..., None]
    vectors = (states * mask).sum(1) / mask.sum(1)
    return (vectors / vectors.norm(dim=1, keepdim=True)).numpy()


def test_it_loads_with_sentence_transformers_and_with_transformers_alone_to_the_same_vectors(model):
    from sentence_transformers import SentenceTransformer

    loaded = SentenceTransformer(str(model), device="cpu")
    for encode, prompt in ((loaded.encode_query, "q: "), (loaded.encode_document, "p: ")):
        found = encode(TEXTS, normalize_embeddings=True)
        assert np.abs(found - by_hand(model, TEXTS, prompt)).max() < 1e-5
    assert loaded.similarity_fn_name == "cosine"


def test_it_has_stock_modules_and_safetensors_alone(model):
    modules = json.loads((model / "modules.json").read_text())
    assert all(module["type"].startswith("sentence_transformers.") for module in modules)
    files = read_manifest(model)["files"]
    assert "model.safetensors" in files
    assert not [name for name in files if name.endswith((".bin", ".pt", ".py"))]
    versions = {"torch": metadata.version("torch")}
    assert versions.items() <= read_manifest(model)["versions"].items()
    assert versions.items() <= read_manifest(model)["base"]["versions"].items()
    # The name that transformers 4 and 5 both know.
    assert json.loads((model / "tokenizer_config.json").read_text())["tokenizer_class"] == "PreTrainedTokenizerFast"


# A task made for the test: four questions, eight passages. It runs in another process, because mteb reads the
# environment when it is imported.
MTEB = """
import json, sys
import mteb
from datasets import Dataset
from mteb.abstasks.retrieval import AbsTaskRetrieval
from mteb.abstasks.task_metadata import TaskMetadata
from sentence_transformers import SentenceTransformer

queries, passages, relevant = json.loads(sys.argv[2])

class Tiny(AbsTaskRetrieval):
    metadata = TaskMetadata(
        name="Tiny", description="Made for a test.", reference=None, type="Retrieval", category="t2t",
        modalities=["text"], eval_splits=["test"], eval_langs=["eng-Latn"], main_score="map_at_10",
        dataset={"path": "none/none", "revision": "1"}, date=None, domains=None, task_subtypes=None, license=None,
        annotations_creators=None, dialect=None, sample_creation=None, bibtex_citation=None,
    )

    def load_data(self, *args, **options):
        self.dataset = {"default": {"test": {
            "corpus": Dataset.from_list([{"id": name, "text": text, "title": ""} for name, text in passages.items()]),
            "queries": Dataset.from_list([{"id": name, "text": text} for name, text in queries.items()]),
            "relevant_docs": {query: {passage: 1} for query, passage in relevant.items()},
            "top_ranked": None,
        }}}
        self.data_loaded = True

model = SentenceTransformer(sys.argv[1], device="cpu")
result = mteb.evaluate(model, Tiny(), cache=None, co2_tracker=False)
print(json.dumps(result[0].scores["test"][0]["map_at_10"]))
"""


def test_mteb_scores_it_as_its_vectors_by_hand_say(model, tmp_path):
    pytest.importorskip("mteb", reason="mteb is in the extra 'test'")
    queries = {f"q{n}": f"what is {n * 7919}?" for n in range(1, 5)}
    passages = {f"d{n}": f"{n * 7919} what is" for n in range(1, 9)}
    relevant = {f"q{n}": f"d{n + 3}" for n in range(1, 5)}  # not the nearest ones
    scores = by_hand(model, list(queries.values()), "q: ") @ by_hand(model, list(passages.values()), "p: ").T
    ranks = [1 + int((row > row[n + 3]).sum()) for n, row in enumerate(scores)]
    assert len(set(ranks)) > 1, "a task that tells models apart"
    done = subprocess.run(
        [sys.executable, "-c", MTEB, str(model), json.dumps([queries, passages, relevant])],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "MTEB_CACHE": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == pytest.approx(np.mean([1 / rank for rank in ranks]), abs=1e-4)


@pytest.mark.parametrize("has_it", [True, False])
def test_it_says_which_precision_auto_was(train, monkeypatch, has_it):
    monkeypatch.setattr(devices, "has_bfloat16", lambda device: has_it)
    found, _ = train("a", precision="auto")
    precision = "bfloat16" if has_it else "float32"
    assert read_manifest(found)["parameters"]["precision"] == precision
    assert f", {precision} |" in (found / "README.md").read_text()

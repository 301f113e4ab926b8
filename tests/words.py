"""An encoder whose vectors are chosen by hand: each word has one, and a text has the mean of its words'."""

import json
from pathlib import Path

import numpy as np


def write_words(folder: Path, vectors: dict[str, list[float]], **declared: object) -> Path:
    """Write a sentence-transformers directory of a StaticEmbedding, with what its configuration declares."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    size = len(next(iter(vectors.values())))
    # Two words more, so that ordinary texts do not all have the vector of nothing.
    vectors = {**vectors, "7": [1.0] + [0.0] * (size - 1), "The": [0.0] * (size - 1) + [1.0]}
    words = {word: number for number, word in enumerate(["[UNK]", *vectors])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = np.array([[0.0] * size, *vectors.values()], dtype=np.float32)
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save_pretrained(
        str(folder), create_model_card=False
    )
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | declared))
    return folder

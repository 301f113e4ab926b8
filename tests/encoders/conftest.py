import json

import pytest
from tiny import prepare_configured, write_tiny_encoder

from equilingual.encoders import load_encoder


@pytest.fixture
def directory_of(tmp_path):
    """Return a function that makes an encoder's directory, of a tiny transformer, a pooling and further modules."""

    def make(kind="bert", pooling="mean", modules=(), prompts=("ask: ", "read it: "), include_prompt=True, **given):
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

        transformer = Transformer(str(write_tiny_encoder(tmp_path / "source", kind=kind)))
        side = given.pop("padding_side", "right")
        for weight in transformer.parameters():  # as they are drawn, all texts have nearly the same vector
            weight.data *= 6 if weight.ndim > 1 else 1
        first = [transformer, Pooling(16, pooling_mode=pooling, include_prompt=include_prompt)]
        SentenceTransformer(modules=[*first, *modules], **given).save(str(tmp_path / "whole"))
        settings = tmp_path / "whole/tokenizer_config.json"
        settings.write_text(json.dumps(json.loads(settings.read_text()) | {"padding_side": side}))
        folder = tmp_path / "tiny"
        prepare_configured(
            encoder="tiny",
            source="folder",
            path=str(tmp_path / "whole"),
            query_prompt=prompts[0],
            passage_prompt=prompts[1],
            query_length=24,
            passage_length=40,
            folder=folder,
        )
        assert load_encoder(folder).tokenizer.padding_side == side
        return folder

    return make

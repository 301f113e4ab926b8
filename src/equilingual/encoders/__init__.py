"""Load, convert and run multilingual dual encoders."""

from equilingual.encoders.checks import EncoderError, transformer_of
from equilingual.encoders.directory import read_manifest
from equilingual.encoders.embedding import embed
from equilingual.encoders.encode import encode_texts, encode_translations
from equilingual.encoders.loading import load_encoder, prepare_encoder
from equilingual.encoders.precision import open_encoder
from equilingual.encoders.shards import encode_shard
from equilingual.encoders.trimming import trim_vocabulary

__all__ = [
    "EncoderError",
    "embed",
    "encode_shard",
    "encode_texts",
    "encode_translations",
    "load_encoder",
    "open_encoder",
    "prepare_encoder",
    "read_manifest",
    "transformer_of",
    "trim_vocabulary",
]

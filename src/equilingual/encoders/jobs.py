"""What the stages that encode tables have in common: an encoder on its device, and how it encodes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.config.encoding import EncodingSettings
from equilingual.devices import compute_device
from equilingual.encoders.checks import check_lengths
from equilingual.encoders.declared import Side, similarity_of
from equilingual.encoders.parts import EncodedTable, encode_table
from equilingual.encoders.precision import open_encoder, settle_precision
from equilingual.files import sha256_of
from equilingual.manifests import MANIFEST
from equilingual.provenance import code_digest, package_versions
from equilingual.shares import WHOLE, Share

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class EncodingJob:
    """An encoder that is open, and how it encodes.

    Attributes:
        encoder: in its precision and on its device.
        encoding: with a precision that the device has.
        made_by: what vectors follow from besides the texts and how they are read: a resumed job computes no others.
        work: the folder of its parts.

    """

    encoder: "SentenceTransformer"
    encoding: EncodingSettings
    made_by: str
    work: str | PathLike[str]

    def encode(self, table: Path, side: Side, share: Share = WHOLE) -> EncodedTable:
        """Encode the texts of a table, or a share of them; see :func:`equilingual.encoders.parts.encode_table`."""
        lengths = {"query": self.encoding.query_length, "document": self.encoding.passage_length}
        return encode_table(
            self.encoder,
            table,
            prompt=side,
            length=lengths[side],
            batch_tokens=self.encoding.batch_tokens,
            folder=self.work,
            made_by=self.made_by,
            share=share,
        )

    def about(self) -> dict[str, Any]:
        """Return what ``counts.json`` says of vectors beside their counts."""
        return {
            "precision": self.encoding.precision,
            "similarity": similarity_of(self.encoder),
            "versions": package_versions(),
        }


@contextmanager
def encoding_job(
    model: str | PathLike[str],
    encoding: EncodingSettings,
    *,
    threads: int,
    work: str | PathLike[str],
    passages: bool = True,
) -> Iterator[EncodingJob]:
    """Open an encoder; ``passages`` says whether it encodes any, so that their length is checked.

    Raises:
        EncoderError: the encoder cannot be used in this precision, or reads fewer tokens.

    """
    with compute_device(threads) as device:
        encoding = settle_precision(encoding, device)
        encoder = open_encoder(model, device=device, precision=encoding.precision)
        lengths = {"encoding.query_length": encoding.query_length}
        check_lengths(encoder, lengths | ({"encoding.passage_length": encoding.passage_length} if passages else {}))
        yield EncodingJob(encoder, encoding, maker_of(model, encoding, encoder, threads), work)


def maker_of(
    model: str | PathLike[str], encoding: EncodingSettings, encoder: "SentenceTransformer", threads: int
) -> str:
    """Return what the attribute ``made_by`` has.

    Another number of threads adds up in another order, and another version of a package may compute in another way.
    """
    device = encoder.device.type
    computed = [device, threads if device == "cpu" else None, encoding.precision]
    return json.dumps(
        [sha256_of(Path(model) / MANIFEST), *computed, package_versions(), code_digest(__file__)], sort_keys=True
    )

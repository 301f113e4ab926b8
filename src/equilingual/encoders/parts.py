"""The texts of a table as vectors, a part at a time: a killed job goes on from the parts that are finished.

file: ``{folder}/{table}-{number}-{key}.npy``, [texts] as :func:`equilingual.encoders.embedding.embed_distinct` gives
      them, then the checksum of :func:`equilingual.files.append_checksum`

A part has some thousand distinct texts of a table, in the order of their first rows. Which texts these are depends only
on the table and on the tokens of a batch. The key is a digest of everything that the vectors follow from: a part of
other texts, of another encoder or of another setting has another name and is not read. Each part is encoded without the
others, so several processes can share a table.

Texts that are in no table, such as those of mining, are kept by :class:`KeptVectors`.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from equilingual.encoders.collapse import NotFiniteError
from equilingual.encoders.declared import Side
from equilingual.encoders.distinct import DistinctTexts
from equilingual.encoders.embedding import embed_distinct, not_finite, tokens_at_once
from equilingual.files import append_checksum, reading, replacing, verify_checksum
from equilingual.parquet import ROWS_AT_ONCE
from equilingual.shares import WHOLE, Share

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

_LEAST_TEXTS, _MOST_TEXTS = 4096, 65_536


def texts_of_part(tokens: int) -> int:
    """Return how many texts a part has, for batches of so many tokens: 4096 on a CPU, 65,536 on a GPU by default.

    Batches are made within a part. The more of them it has, the less is padded: with two texts for each token of a
    batch, 1 to 3% more tokens than if all texts were one part (XQuAD-R, Tatoeba).
    """
    return min(max(_LEAST_TEXTS, 2 * tokens), _MOST_TEXTS)


@dataclass(frozen=True)
class EncodedTable:
    """The vectors of a table's texts, in the files of its parts.

    Attributes:
        files: one per part; those of a :class:`Share` where the table was encoded in shares.
        size: distinct texts of a part; the last one may have fewer.
        numbers: int32 [rows], the number of each row's distinct text.
        dimensions: of a vector.

    """

    files: list[Path]
    size: int
    numbers: np.ndarray
    dimensions: int

    @property
    def distinct(self) -> int:
        """How many distinct texts the table has."""
        return int(self.numbers.max(initial=-1)) + 1

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of all vectors: rows, dimensions."""
        return len(self.numbers), self.dimensions

    def count(self) -> dict[str, int]:
        """Return the numbers of texts, of their tokens before any cut, and of texts that were cut, by row."""
        repeats = np.bincount(self.numbers)
        tokens = cut = 0
        for number, file in enumerate(self.files):
            part, own = _open(file), repeats[number * self.size : (number + 1) * self.size]
            tokens += int((part["tokens"] * own).sum())
            cut += int(own[part["cut"]].sum())
        return {"texts": len(self.numbers), "tokens": tokens, "cut": cut}

    def distinct_vectors(self) -> Iterator[np.ndarray]:
        """Yield the vectors of the distinct texts, float32 [texts of a part, dimensions]."""
        return (_open(file)["vector"] for file in self.files)

    def vectors(self) -> Iterator[np.ndarray]:
        """Yield the vectors of all rows in their order, float32 [some rows, dimensions]."""
        for start in range(0, len(self.numbers), ROWS_AT_ONCE):
            parts, places = np.divmod(self.numbers[start : start + ROWS_AT_ONCE], self.size)
            found = np.empty((len(parts), self.dimensions), dtype=np.float32)
            for part in np.unique(parts):
                here = parts == part
                found[here] = _open(self.files[part])["vector"][places[here]]
            yield found


def encode_table(
    encoder: "SentenceTransformer",
    table: Path,
    *,
    prompt: Side,
    length: int,
    batch_tokens: int | None,
    folder: str | PathLike[str],
    made_by: str,
    share: Share = WHOLE,
) -> EncodedTable:
    """Encode the column ``text`` of a table, each distinct text once; go on from the parts that are in a folder.

    Memory is that of one part and of :class:`DistinctTexts`. The vectors stay in the files of the parts.

    Args:
        encoder: in its precision and on its device.
        table: a Parquet file.
        prompt: ``"query"`` or ``"document"``.
        length: tokens that are read of a text at most, the prompt's included.
        batch_tokens: tokens that are computed at once; ``None`` takes what suits the device.
        folder: of the parts.
        made_by: what the vectors follow from besides texts, prompt, length and batches.
        share: the parts that are encoded, of all in their order.

    Raises:
        EncoderError: a vector is not finite.
        DamagedFileError: the table is damaged.

    """
    from tqdm import tqdm

    texts = DistinctTexts(table)
    tokens = tokens_at_once(encoder, batch_tokens)
    size = texts_of_part(tokens)
    whole = [range(start, min(start + size, len(texts))) for start in range(0, len(texts), size)]
    parts = {number: whole[number] for number in share.among(len(whole))}
    way = json.dumps([made_by, prompt, length, tokens])
    stems = {number: f"{table.stem}-{number:05d}-{texts.key(part, way)}" for number, part in parts.items()}
    files = {number: Path(folder) / f"{stem}.npy" for number, stem in stems.items()}
    todo = [number for number, file in files.items() if not _is_whole(file)]
    count, missing = sum(map(len, parts.values())), sum(len(parts[number]) for number in todo)
    if len(todo) < len(files):
        found = f"{count - missing} of {count} distinct texts are already encoded"
        logger.info("%s: continuing an interrupted run: %s", table.stem, found)
    with tqdm(total=count, initial=count - missing, desc=table.stem, unit=" texts") as bar:
        for number, own in zip(todo, texts.read([parts[number] for number in todo]), strict=True):
            try:
                encoded = embed_distinct(
                    encoder, own, prompt=prompt, length=length, batch_tokens=tokens, done=bar.update
                )
            except NotFiniteError as error:
                first = min(error.rows)
                raise not_finite(str(table), int(texts.first_rows[parts[number][first]]), own[first]) from None
            _write(encoded, files[number])
    made = list(files.values())
    dimensions = _open(made[0])["vector"].shape[1] if made else encoder.get_embedding_dimension() or 0
    return EncodedTable(made, size, texts.numbers, dimensions)


@dataclass(frozen=True)
class KeptVectors:
    """The vectors of lists of texts that are in no table, each in a file: ``{folder}/{name}-{key}.npy``.

    Attributes:
        folder: of the files.
        made_by: what the vectors follow from besides the texts and the way in which these are read.

    """

    folder: Path
    made_by: str

    def get(self, name: str, texts: Sequence[str], embed: Callable[[], np.ndarray], *way: object) -> np.ndarray:
        """Return the vectors of some texts, float32 [texts, dimensions], from their file where that is whole.

        Args:
            name: of the texts, for the file and the log.
            texts: those of a part.
            embed: encodes them; it is called where no file has their vectors, and these are kept.
            way: how it reads them: prompt, length and batches.

        """
        digest = hashlib.sha256(json.dumps([self.made_by, *way]).encode())
        for text in texts:
            digest.update(hashlib.sha256(text.encode()).digest())
        file = self.folder / f"{name}-{digest.hexdigest()[:32]}.npy"
        if _is_whole(file):
            logger.info("%s: continuing an interrupted run: %d are already encoded", name, len(texts))
        else:
            _write(embed(), file)
        return _open(file)


def _write(part: np.ndarray, file: Path) -> None:
    with replacing(file) as temporary:
        with open(temporary, "wb") as out:
            np.save(out, part)
        append_checksum(temporary)


def _is_whole(file: Path) -> bool:
    """Return whether a part is there, and all of it; one that is damaged is said."""
    if not file.exists():
        return False
    if not (is_whole := verify_checksum(file)):
        logger.warning("%s is damaged: its texts are encoded again", file)
    return bool(is_whole)


def _open(file: Path) -> np.ndarray:
    with reading(file, ValueError, EOFError):
        part: np.ndarray = np.load(file, mmap_mode="r")
        return part

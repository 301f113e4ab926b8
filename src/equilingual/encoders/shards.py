"""The stage ``encode_shard``: one of several jobs that encode a benchmark, and how ``encode_texts`` joins them.

in:  a model directory; ``results/benchmarks/{benchmark}/{queries,candidates}.parquet``
out: ``results/embeddings/{model}/{benchmark}/shard-{shard}/``: parts (:mod:`equilingual.encoders.parts`) named
     ``{table}-{number}.npy``, and a ``manifest.json`` of their SHA-256 with ``shard``, ``shards``, ``tables`` (``size``
     of a part and ``dimensions``), ``made_by`` (the hashes of the model and of the tables, and how was encoded) and
     ``about``, which is for ``counts.json``

A shard has neighbouring parts of both tables. Each part is encoded as it is in one job, so that the vectors are the
same to the last bit. They are never in memory together: the parts are read as the file of all is written.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from equilingual.config.encoding import EncodingSettings
from equilingual.encoders.declared import Side
from equilingual.encoders.distinct import DistinctTexts
from equilingual.encoders.jobs import EncodingJob, encoding_job
from equilingual.encoders.parts import EncodedTable
from equilingual.files import damaged, read_json, sha256_of, telling_full_disk
from equilingual.manifests import MANIFEST, check_manifest, write_manifest
from equilingual.shares import Share

SIDES: dict[str, Side] = {"queries": "query", "candidates": "document"}  # by table
_COUNTS = "counts.json"
_SAME = ("shards", "made_by", "about", "tables")  # of all shards


def encode_shard(
    *,
    model: str | PathLike[str],
    benchmark: str | PathLike[str],
    encoding: EncodingSettings,
    shard: int,
    shards: int,
    threads: int,
    work: str | PathLike[str],
    out: str | PathLike[str],
) -> None:
    """Encode one of several shards of a benchmark.

    Args:
        model: the encoder's directory.
        benchmark: the folder of its tables.
        encoding: precision, lengths and batches.
        shard: which, from 0. It may have no texts: a benchmark of fewer parts than shards has empty ones.
        shards: how many there are.
        threads: on a CPU.
        work: a folder of this job alone; it keeps what is finished if the job is killed, and is removed at the end.
        out: the folder of the shard.

    Raises:
        DamagedFileError: a table is not what the benchmark's ``counts.json`` says.
        EncoderError: the encoder cannot be used in this precision, reads fewer tokens, or gives a vector that is not
            finite.

    """
    share = Share(shard, shards)
    hashes = _hashes_of(model, benchmark)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    tables = {}
    with encoding_job(model, encoding, threads=threads, work=work) as job:
        for table, side in SIDES.items():
            encoded = job.encode(Path(benchmark) / f"{table}.parquet", side, share)
            tables[table] = {"size": encoded.size, "dimensions": encoded.dimensions}
            parts = -(-encoded.distinct // encoded.size)
            for number, file in zip(share.among(parts), encoded.files, strict=True):
                names.append(_name(table, number))
                with telling_full_disk(folder / names[-1]):
                    shutil.copyfile(file, folder / names[-1])
        about = {"shard": shard, "shards": shards, "tables": tables, "about": job.about()}
        write_manifest(folder, names, about | {"made_by": hashes | _way(job)})
    shutil.rmtree(work, ignore_errors=True)


def check_texts(benchmark: str | PathLike[str]) -> dict[str, str]:
    """Return the hashes of a benchmark's two tables.

    Raises:
        DamagedFileError: a table is not what ``counts.json`` says.

    """
    expected = [f"{table}.parquet" for table in SIDES]
    files = check_manifest(benchmark, _COUNTS, expected=expected)["files"]
    return {name: files[name] for name in expected}


def _hashes_of(model: str | PathLike[str], benchmark: str | PathLike[str]) -> dict[str, Any]:
    """Return the hashes of a model's manifest and of a benchmark's two tables."""
    return {"model": sha256_of(Path(model) / MANIFEST), "texts": check_texts(benchmark)}


def _way(job: EncodingJob) -> dict[str, Any]:
    """Return how a job encodes, as far as it must be alike in all shards.

    Jobs may have different numbers of threads, as jobs of two runs may.
    """
    return {"device": job.encoder.device.type, "encoding": job.encoding.model_dump()}


def _name(table: str, number: int) -> str:
    return f"{table}-{number:05d}.npy"


@dataclass(frozen=True)
class Shards:
    """The shards of a benchmark.

    Attributes:
        folders: in their order.
        record: what the manifests of all of them say.

    """

    folders: Sequence[Path]
    record: dict[str, Any]

    @property
    def about(self) -> dict[str, Any]:
        """What ``counts.json`` says of the vectors beside their counts."""
        about: dict[str, Any] = self.record["about"]
        return about

    def table(self, path: Path) -> EncodedTable:
        """Return the vectors of a table.

        Raises:
            DamagedFileError: a shard lacks a part.

        """
        texts, found = DistinctTexts(path), self.record["tables"][path.stem]
        parts = -(-len(texts) // found["size"])
        files = {}
        for number, folder in enumerate(self.folders):
            for part in Share(number, len(self.folders)).among(parts):
                files[part] = folder / _name(path.stem, part)
                if not files[part].is_file():  # all that the manifest names are there
                    raise damaged(folder / MANIFEST, f"it does not name {files[part].name}")
        return EncodedTable([files[part] for part in range(parts)], found["size"], texts.numbers, found["dimensions"])


def read_shards(
    folders: Sequence[str | PathLike[str]], model: str | PathLike[str], benchmark: str | PathLike[str]
) -> Shards:
    """Return the shards of a benchmark, having checked their files.

    Raises:
        DamagedFileError: a file is damaged or missing, or a shard is of another model, benchmark or number of shards,
            or was encoded in another way than the first one.

    """
    hashes = _hashes_of(model, benchmark)
    records = [check_shard(Path(folder)) for folder in folders]
    for number, (folder, record) in enumerate(zip(folders, records, strict=True)):
        manifest = Path(folder) / MANIFEST
        if (record["shard"], record["shards"]) != (number, len(folders)):
            raise damaged(
                manifest, f"it is of shard {record['shard']} of {record['shards']}, not {number} of {len(folders)}"
            )
        if any(record["made_by"].get(key) != value for key, value in hashes.items()):
            raise damaged(manifest, "it is of another model or of other texts")
        if any(record[key] != records[0][key] for key in _SAME):
            raise damaged(
                manifest, f"it was encoded in another way than {folders[0]}: by another device, precision or version"
            )
    return Shards([Path(folder) for folder in folders], records[0])


def check_shard(folder: Path) -> dict[str, Any]:
    """Return the record of a shard whose files are whole, as :func:`equilingual.manifests.check_manifest` does."""
    record = read_json(folder / MANIFEST, ["files"])
    if record["files"] != {}:  # those of a shard without texts
        check_manifest(folder)
    if lacking := [name for name in ("shard", *_SAME) if name not in record]:
        raise damaged(folder / MANIFEST, f"it has no {lacking[0]!r}")
    return record

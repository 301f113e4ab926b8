"""Files that stages write, most with a checksum, and those of models: their readers for the fuzz."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from faults import originals as o
from faults.reader import Reader

from equilingual.embeddings import read_embeddings, write_embeddings
from equilingual.encoders.folders import check_files
from equilingual.encoders.packaged import read_weights
from equilingual.fetch import unpack_member
from equilingual.files import parse_json, read_json, read_text, sha256_of, write_json, writing_text
from equilingual.manifests import check_manifest, write_manifest
from equilingual.modules import read_modules, read_routes
from equilingual.parquet import read_table, write_parquet
from equilingual.retrieval.trec import read_run


def artefact(name: str, write: Callable[[Path], None], read: Callable[[Path], object], place: Path) -> Reader:
    """A file of a stage: what is read is what was written, or there is an error."""
    folder = place / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    write(folder)
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    expected = read(folder)

    def again(spoilt: Path) -> str | None:
        return None if _equal(read(spoilt), expected) else "another result than that of the sound file"

    return Reader("artefacts", name, (files,), again)


def _equal(found: object, expected: object) -> bool:
    if isinstance(expected, np.ndarray):
        return np.array_equal(found, expected)
    return found.equals(expected) if isinstance(expected, pa.Table) else found == expected


def artefacts(place: Path) -> list[Reader]:
    vectors = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    rows = pa.Table.from_pylist(o.demo_pairs())

    def write_text(folder: Path) -> None:
        with writing_text(folder / "a.csv") as file:
            file.write("a,b\n1,ü\n")

    def write_folder(folder: Path) -> None:
        for name in ("a.bin", "b.bin"):
            (folder / name).write_bytes(name.encode() * 20)
        write_manifest(folder, ["a.bin", "b.bin"], {"rows": 2})

    def read_folder(folder: Path) -> object:
        manifest = check_manifest(folder, expected=["a.bin", "b.bin"])
        return manifest, (folder / "a.bin").read_bytes(), (folder / "b.bin").read_bytes()

    def write_wheel(folder: Path) -> None:
        with zipfile.ZipFile(folder / "a.whl", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("pkg/data.bin", b"data" * 50)
        (folder / "pinned").write_bytes(b"data" * 50)

    wanted = {}

    def read_wheel(folder: Path) -> object:
        wanted.setdefault("sha256", sha256_of(folder / "pinned"))
        return unpack_member(folder / "a.whl", "pkg/data.bin", wanted["sha256"], folder).read_bytes()

    return [
        artefact("Parquet", lambda f: write_parquet(rows, f / "a.parquet"), lambda f: read_table(f / "a.parquet"), place),
        artefact(
            "NumPy", lambda f: write_embeddings([vectors], (5, 8), f / "a.npy"),
            lambda f: np.array(read_embeddings(f / "a.npy", rows=5)), place,
        ),
        artefact("JSON", lambda f: write_json({"a": 1, "b": ["ü"]}, f / "a.json"), lambda f: read_json(f / "a.json"), place),
        artefact("text and sha256", write_text, lambda f: read_text(f / "a.csv"), place),
        artefact("folder and manifest", write_folder, read_folder, place),
        artefact("wheel", write_wheel, read_wheel, place),
    ]  # fmt: skip


def others() -> list[Reader]:
    """Files without a checksum of their own: any result will do that comes without a traceback."""

    def read_encoder(folder: Path) -> None:
        check_files("x", folder)

    def reader(kind: str, name: str, file: str, content: bytes, read: Callable[[Path], object]) -> Reader:
        def run(folder: Path) -> None:
            read(folder / file)

        return Reader(kind, name, ({file: content},), run)

    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    router = {"types": {"query_0": "a.B"}, "structure": {"query": ["query_0"]}, "parameters": {}}
    # Without modules.json, which would import the modules that it names, torch among them.
    encoder = {
        "config.json": {"model_type": "bert", "architectures": ["BertModel"], "hidden_size": 8},
        "sentence_bert_config.json": {
            "max_seq_length": 64,
            "do_lower_case": False,
            "model_args": {"torch_dtype": "float32"},
        },
        "config_sentence_transformers.json": {"prompts": {"query": "query: "}, "truncate_dim": None},
        "model.safetensors.index.json": {"metadata": {}, "weight_map": {"a.weight": "a.safetensors"}},
        "a.safetensors": {},
    }
    files = {name: json.dumps(content).encode() for name, content in encoder.items()}
    return [
        Reader("models", "encoder folder", (files,), read_encoder),
        reader("runs", "TREC run", "a.trec.gz", o.run_file(), read_run),
        reader("models", "packaged weights", "a.bin", o.packaged_weights(), read_weights),
        reader(
            "models",
            "modules.json",
            "modules.json",
            json.dumps(modules).encode(),
            lambda path: read_modules(path.parent),
        ),
        reader(
            "models", "router", "router_config.json", json.dumps(router).encode(), lambda path: read_routes(path.parent)
        ),
        reader("artefacts", "JSON of others", "a.json", b'{"a": [1, "x"]}', parse_json),
    ]

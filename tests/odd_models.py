"""Model folders that are damaged, odd or hostile: each a function that changes a sound one in place."""

import json
import shutil
from pathlib import Path

CANARY = "ran-the-code-of-the-model"
CODE = f"open({CANARY!r}, 'w').close()\nraise SystemExit('ran the code of the model')\nclass MyConfig: pass\n"


def change_json(path: Path, change) -> None:
    """Replace a JSON file by what ``change`` returns of its content."""
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def config(**changes):
    """Return a function that sets keys in ``config.json``."""
    return lambda folder: change_json(folder / "config.json", lambda old: old | changes)


def settings(**changes):
    """Return a function that sets keys in ``sentence_bert_config.json``."""
    return lambda folder: change_json(folder / "sentence_bert_config.json", lambda old: old | changes)


def module(number, **changes):
    """Return a function that sets keys of one module in ``modules.json``; ``None`` takes a key away."""

    def change(modules):
        modules[number] = {k: v for k, v in (modules[number] | changes).items() if v is not None}
        return modules

    return lambda folder: change_json(folder / "modules.json", change)


def text(name, content):
    """Return a function that writes a file."""

    def write(folder):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)

    return write


def raw(name, content):
    """Return a function that writes a file of bytes."""
    return lambda folder: (folder / name).write_bytes(content)


def gone(*names):
    """Return a function that deletes files and folders."""

    def delete(folder):
        for name in names:
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return delete


def cut(name, size):
    """Return a function that keeps the first bytes of a file."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:size])


def weights(change):
    """Return a function that replaces the weights, a mapping of names to tensors."""

    def write(folder):
        from safetensors.torch import load_file, save_file

        path = folder / "model.safetensors"
        save_file(change(load_file(path)), path, metadata={"format": "pt"})

    return write


def without(part):
    """Return a function that leaves out the weights with a part of a name."""
    return weights(lambda old: {name: weight for name, weight in old.items() if part not in name})


def times(factor):
    """Return a function that multiplies all matrices."""
    return weights(lambda old: {name: weight * (factor if weight.ndim > 1 else 1) for name, weight in old.items()})


def both(*changes):
    """Return a function that makes several changes."""
    return lambda folder: [change(folder) for change in changes]

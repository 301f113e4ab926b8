"""The kinds of exports: each writes the files of a model into an empty folder.

``sentence-transformers`` is the model as it was trained; ``onnx`` has its transformer as ``onnx/model.onnx``, where
sentence-transformers looks for it; ``ctranslate2`` has it in CTranslate2's format, weights in 8 bits. The latter two
have :data:`RECIPE` for what comes after the transformer.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.encoders.checks import transformer_of
from equilingual.encoders.declared import Side
from equilingual.encoders.int8 import convert_transformer
from equilingual.exports.recipe import RECIPE, ExportError, recipe_of
from equilingual.files import write_json
from equilingual.manifests import MANIFEST

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_LARGEST_ONNX = 1_800_000_000  # bytes of weights; a protobuf holds no more than 2 GB
_OPSET = 18  # the lowest that torch's exporter writes without a conversion
_STATES = "last_hidden_state"


def write_sentence_transformers(
    model: "SentenceTransformer", source: Path, out: Path, lengths: Mapping[Side, int]
) -> None:
    """Copy the directory as it is."""
    _copy_all_but(source, out, [MANIFEST])


def write_onnx(model: "SentenceTransformer", source: Path, out: Path, lengths: Mapping[Side, int]) -> None:
    """Write the directory with the transformer as an ONNX graph: token ids and mask to last hidden states, float32.

    torch's own exporter writes it: optimum-onnx 0.1.0, which sentence-transformers would use, excludes transformers 5.

    Raises:
        ExportError: the model has a module that has no place in an export.

    """
    import torch

    recipe = recipe_of(model, source, lengths)
    weights = sorted(path.name for path in source.glob("model*.safetensors*"))
    _copy_all_but(source, out, [MANIFEST, *weights])
    write_json(recipe, out / RECIPE, checksum=False)
    transformer = transformer_of(model).float().eval()
    names = [name for name in model.tokenizer.model_input_names if name != "position_ids"]
    # Two texts of eight tokens: sizes of 0 and 1 would be taken for constants.
    example = {name: torch.ones((2, 8), dtype=torch.int64) for name in names}
    size = sum(weight.numel() * weight.element_size() for weight in transformer.parameters())
    (out / "onnx").mkdir()
    program = torch.onnx.export(
        _last_hidden_state(transformer, names),
        tuple(example.values()),
        input_names=names,
        output_names=[_STATES],
        dynamic_shapes={"inputs": tuple({0: "batch", 1: "sequence"} for _ in names)},
        opset_version=_OPSET,
        dynamo=True,
        verbose=False,
    )
    assert program is not None  # torch returns None for its old exporter alone
    # The exporter keeps the stack that each node came from, with the paths of the machine that it ran on.
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()
    program.save(str(out / "onnx/model.onnx"), external_data=size > _LARGEST_ONNX)


def _last_hidden_state(transformer: Any, names: Sequence[str]) -> Any:  # noqa: ANN401 (torch is not imported here)
    import torch

    class LastHiddenState(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.transformer(**dict(zip(names, inputs, strict=True))).last_hidden_state
            return states

    return LastHiddenState().eval()


def write_ctranslate2(model: "SentenceTransformer", source: Path, out: Path, lengths: Mapping[Side, int]) -> None:
    """Write the transformer in CTranslate2's format, its matrices in 8 bits; the tokenizer and the layers beside it.

    Raises:
        ExportError: the model has a module that has no place in an export, or CTranslate2 does not know its kind.

    """
    recipe = recipe_of(model, source, lengths)
    try:
        convert_transformer(source, out)
    except (ValueError, AssertionError) as error:
        kind = transformer_of(model).config.model_type
        raise ExportError(f"{source}: CTranslate2 does not convert a model of kind {kind!r}: {error}") from error
    for name in ("tokenizer.json", "tokenizer_config.json", *(layer["file"] for layer in recipe["dense"])):
        (out / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / name, out / name)
    write_json(recipe, out / RECIPE, checksum=False)


def _copy_all_but(source: Path, out: Path, names: Sequence[str]) -> None:
    shutil.copytree(source, out, dirs_exist_ok=True, ignore=lambda folder, _: names if Path(folder) == source else [])


Writer = Callable[["SentenceTransformer", Path, Path, Mapping[Side, int]], None]
WRITERS: Mapping[str, Writer] = {
    "sentence-transformers": write_sentence_transformers,
    "onnx": write_onnx,
    "ctranslate2": write_ctranslate2,
}

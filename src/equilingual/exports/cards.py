"""The cards of what is given away: the stage ``write_card``, and what an export adds.

in:  ``results/models/{experiment}/manifest.json``, ``results/intervals/{model}/{benchmark}.json`` of it and its encoder
out: ``results/cards/{experiment}.md``

A model is scored after it was trained, so that the card in its own directory cannot have its scores.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from equilingual.files import read_json, writing_text
from equilingual.training.card import SHOWN, Origin, Score, model_card, split_header, with_header

_USES = {
    "onnx": """
## This export

The transformer is `onnx/model.onnx` (float32). sentence-transformers loads the folder with `backend="onnx"` where
optimum-onnx is installed; without it, and without torch:

```python
from equilingual.exports import ExportedEncoder

model = ExportedEncoder("path/to/this/folder", threads=4)
scores = model.encode(["…"], "query") @ model.encode(["…"], "document").T
```
""",
    "ctranslate2": """
## This export

The transformer is in CTranslate2's format, its matrices in 8 bits. Instead of the lines above:

```python
from equilingual.exports import ExportedEncoder

model = ExportedEncoder("path/to/this/folder", threads=4)
scores = model.encode(["…"], "query") @ model.encode(["…"], "document").T
```
""",
}
_BY_HAND = """
`embedding.json` says what is to be done by hand: put the prompt before the text, cut it to the length, make tokens of
it with `tokenizer.json`, pool the last hidden states, apply the dense layers if there are any, divide by the norm.

Cosine to the vectors of the trained model, on {texts} texts: mean {mean:.6f}, least {min:.6f}.
"""


def write_card(
    *,
    model: str | PathLike[str],
    origin: Mapping[str, Any],
    benchmarks: Sequence[str],
    intervals: Sequence[str | PathLike[str]],
    encoder_intervals: Sequence[str | PathLike[str]],
    out: str | PathLike[str],
) -> None:
    """Write the card of a model with its scores.

    ``model`` is its manifest, ``origin`` what :class:`Origin` holds; ``intervals``, of the model and of the base
    encoder, are one file for each of the ``benchmarks``, in their order.
    """
    scores = []
    for benchmark, path, before in zip(benchmarks, intervals, encoder_intervals, strict=True):
        found, earlier = read_json(path), read_json(before)
        scores += [Score(benchmark, name, found[name], earlier[name]) for name in found if name in SHOWN]
    card = model_card(read_json(model), Origin(**origin), scores)
    with writing_text(out) as file:
        file.write(card)


def card_of_export(card: str, kind: str, cosine: Mapping[str, float]) -> str:
    """Return a card with how an export of the kind is used and how near its vectors are, and with the kind's tag."""
    if kind not in _USES:
        return card
    header, body = split_header(card)
    header["tags"] = [*header["tags"], kind]
    return with_header(header, body + _USES[kind] + _BY_HAND.format(**cosine))

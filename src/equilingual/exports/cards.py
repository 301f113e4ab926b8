"""The cards of what is given away: the stage ``write_card``, and what an export adds.

in:  ``results/models/{experiment}/manifest.json``, ``results/models.json``, and of the model and its base encoder
     ``results/intervals/{model}/{benchmark}.json``
out: ``results/cards/{experiment}.md``

A model is scored after it was trained, so that the card in its own directory cannot have its scores.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

from equilingual.config.origin import Origin
from equilingual.evaluation.bootstrap import interval_name
from equilingual.evaluation.catalogue import MEASURES, Measure
from equilingual.evaluation.identities import read_identities, read_seen, seen_remark
from equilingual.files import read_json, writing_text
from equilingual.markup import markdown
from equilingual.training.card import model_card, with_header

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

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


_SCORES = """
## Scores

Macro-averages over the languages (multilingual, monolingual) or their ordered pairs (cross-lingual), with 95% intervals
of a bootstrap over paragraphs. The base encoder was not fine-tuned (zero-shot). {low}: lower is better.{seen}

| benchmark | setting | measure | base encoder | this model | 95% interval | queries |
|---|---|---|--:|--:|---|--:|
"""


_SEEN = "†"


class Score(NamedTuple):
    """A figure of the model and of its base encoder, ``{value, low, high, queries}`` each."""

    benchmark: str
    setting: str
    measure: Measure
    model: Mapping[str, float]
    encoder: Mapping[str, float]


def write_card(
    *,
    model: str | PathLike[str],
    models: str | PathLike[str],
    origin: Origin,
    benchmarks: Sequence[str],
    intervals: Sequence[str | PathLike[str]],
    encoder_intervals: Sequence[str | PathLike[str]],
    out: str | PathLike[str],
) -> None:
    """Write the card of a model with its scores.

    ``model`` is its manifest, ``models`` the labels of all (``results/models.json``); ``intervals``, of the model and
    of its base encoder, are one file for each of the ``benchmarks``, in their order. The table has the measures that
    are a ``headline``; the ``model-index`` has all that have intervals.
    """
    scores: list[Score] = []
    for benchmark, path, before in zip(benchmarks, intervals, encoder_intervals, strict=True):
        found, earlier = read_json(path), read_json(before)
        scores += [
            Score(benchmark, setting, measure, found[name], earlier[name])
            for measure in MEASURES.values()
            for setting in measure.settings
            if (name := interval_name(setting, measure.name)) in found and measure.interval
        ]
    about = read_json(model)
    label = next((one.short for one in read_identities(models) if one.name == about["experiment"]), "")
    seen = read_seen(models).get(about["encoder"], {})
    table = _table([score for score in scores if score.measure.headline], seen)
    card = model_card(about, origin, label=label, results=[_result(score) for score in scores], scores=table)
    with writing_text(out) as file:
        file.write(card)


def _table(scores: Sequence[Score], seen: Mapping[str, Sequence[str]]) -> str:
    """Return the table of scores; benchmarks whose data the base encoder was trained on have a mark and a sentence."""
    if not scores:
        return ""
    low = dict.fromkeys(score.measure.title for score in scores if score.measure.better == "low")
    marked = [benchmark for benchmark in dict.fromkeys(score.benchmark for score in scores) if benchmark in seen]
    notes = "".join(
        f"\n\n{_SEEN} {markdown(seen_remark(['The base encoder'], benchmark, seen[benchmark]))}" for benchmark in marked
    )
    head = _SCORES if low else _SCORES.replace(" {low}: lower is better.", "")
    return head.format(low=", ".join(low), seen=notes) + "".join(
        _row(score, is_seen=score.benchmark in seen) for score in scores
    )


def _row(score: Score, *, is_seen: bool) -> str:
    digits = 1 if score.measure.decimals is None else score.measure.decimals
    values = (score.encoder["value"], score.model["value"], score.model["low"], score.model["high"])
    before, now, low, high = (f"{value:.{digits}f}" for value in values)
    where = f"{markdown(score.benchmark)}{_SEEN if is_seen else ''} | {score.setting} | {score.measure.words}"
    return f"| {where} | {before} | {now} | {low} to {high} | {int(score.model['queries'])} |\n"


def _result(score: Score) -> "EvalResult":
    """Return a score as the Hub takes it: a result for each benchmark and setting, with its measures."""
    from huggingface_hub import EvalResult

    return EvalResult(
        task_type="information-retrieval",
        task_name="Information retrieval",
        dataset_type=score.benchmark,
        dataset_name=f"{score.benchmark} ({score.setting})",
        dataset_config=score.setting,
        metric_type=score.measure.name,
        metric_name=score.measure.title,
        metric_value=score.model["value"],
        metric_args={"interval_95": [score.model["low"], score.model["high"]], "queries": int(score.model["queries"])},
    )


def card_of_export(card: str, kind: str, cosine: Mapping[str, float]) -> str:
    """Return a card with how an export of the kind is used and how near its vectors are, and with the kind's tag."""
    if kind not in _USES:
        return card
    from huggingface_hub import ModelCard

    whole = ModelCard(card)
    whole.data["tags"] = [*whole.data["tags"], kind]
    return with_header(whole.data, whole.text + _USES[kind] + _BY_HAND.format(**cosine))

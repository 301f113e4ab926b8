"""The model card of a trained encoder: Markdown with the Hub's YAML header.

The header's fields are those that the Hub reads (https://huggingface.co/docs/hub/model-cards). Names, licences and
other texts of the configuration are shown as they are, whatever they hold: none is Markdown, HTML or YAML.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import yaml

from equilingual.markup import markdown

_BODY = """
# {experiment}

A multilingual dense retriever, fine-tuned with {strategy} batches (arXiv:2408.10536) by Equilingual.

| | |
|---|---|
| base encoder | {encoder} ({base}) |
| training set | {training_set}: {pairs} QA pairs in {languages} |
| batches | {strategy}: {alpha:.3g} of them monolingual |
| hard negatives | {negatives} |
| steps, batch size, seed | {taken}, {batch_size}, {seed} |
| learning rate, temperature | {learning_rate:g}, {temperature:g}{learnt} |
| besides the contrastive loss | {regularizers} |
| word embeddings | {word_embeddings} |
| longest query, passage | {query_length}, {passage_length} tokens, prompt included |
| hardware, precision | {hardware}, {precision} |

Licences of the training data: {licences}.
Licence of the base encoder: {base_licence}.
Whoever publishes the model has to see what they allow.

## Use

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
model.max_seq_length = {longest}  # as in training and in its scores
scores = model.similarity(model.encode_query(["…"]), model.encode_document(["…"]))
```
"""

_SCORES = """
## Scores

Macro-averages over the languages (multilingual, monolingual) or their ordered pairs (cross-lingual), with 95% intervals
of a bootstrap over paragraphs. Of the rank distance, less is better.

| benchmark | setting | measure | as it came | this model | 95% interval | queries |
|---|---|---|--:|--:|---|--:|
"""


class Origin(NamedTuple):
    """What the card says of where a model comes from, besides its manifest.

    Attributes:
        base_model: of the encoder as it came, ``owner/name`` on the Hub, if it is there.
        base_licence: of its weights.
        licences: of each corpus and translation engine, by name.
        datasets: of the corpora, those on the Hub, as ``owner/name``.

    """

    base_model: str | None
    base_licence: str
    licences: Mapping[str, str]
    datasets: Sequence[str] = ()


# Of the intervals, by their names, those that a card has: what the reader of a model's page compares by.
SHOWN = {
    "monolingual": ("monolingual", "mAP"),
    "cross-lingual": ("cross-lingual", "mAP"),
    "multilingual": ("multilingual", "mAP"),
    "cross-lingual accuracy": ("cross-lingual", "accuracy"),
    "rank_distance": ("multilingual", "rank distance"),
}


class Score(NamedTuple):
    """A figure of the model and of the encoder as it came, ``{value, low, high, queries}`` each."""

    benchmark: str
    name: str  # of :data:`SHOWN`
    model: Mapping[str, float]
    encoder: Mapping[str, float]


def model_card(about: Mapping[str, Any], origin: Origin, scores: Sequence[Score] = ()) -> str:
    """Return the card; ``about`` is the manifest, ``scores`` there are when the model has been evaluated."""
    parameters, base = about["parameters"], about["base"]
    hard = about["negatives"]
    fields = {
        **about,
        "base": _base_name(base),
        **{name: parameters[name] for name in ("batch_size", "query_length", "passage_length", "precision")},
        "longest": max(parameters["query_length"], parameters["passage_length"]),
        **{name: parameters[name] for name in ("learning_rate", "temperature", "word_embeddings")},
        "taken": _taken(about),
        "learnt": ", learnt from there" if parameters["learn_temperature"] else "",
        "regularizers": _regularizers(parameters),
        "languages": ", ".join(about["languages"]),
        "negatives": f"{hard['count']} a pair at most, from {', '.join(hard['from'])}" if hard else "none",
        "licences": "; ".join(f"{name}: {licence}" for name, licence in origin.licences.items()),
        "base_licence": origin.base_licence,
    }
    table = _SCORES + "".join(map(_score_row, scores)) if scores else ""
    shown = {name: markdown(value) if isinstance(value, str) else value for name, value in fields.items()}
    return with_header(_header(about["languages"], origin), _BODY.format(**shown) + table)


def with_header(header: Mapping[str, Any], body: str) -> str:
    """Return a card of a YAML header and Markdown."""
    return f"---\n{yaml.safe_dump(dict(header), sort_keys=False, allow_unicode=True)}---\n{body}"


def split_header(card: str) -> tuple[dict[str, Any], str]:
    """Return the header and the Markdown of what :func:`with_header` wrote."""
    # A value of several lines may have one of dashes; the dump indents it, so that the header's own end is the first.
    _, header, body = re.split(r"^---\n", card, maxsplit=2, flags=re.MULTILINE)
    return yaml.safe_load(header), body


def _taken(about: Mapping[str, Any]) -> str:
    """Return the steps of the training, and which of them the weights are of."""
    share, best = about["parameters"]["wise_ft_base_weight"], about["best"]
    kept = f"{about['steps']} (weights of step {best['step']}, the lowest validation loss)" if best else about["steps"]
    return f"{kept}, averaged with {share:g} of the base encoder's weights" if share else str(kept)


def _regularizers(parameters: Mapping[str, Any]) -> str:
    """Return what is added to the loss, with its weights."""
    found = {name: given for name, given in parameters["regularizers"].items() if given}
    return ", ".join(f"{name} (weight {given['weight']:g})" for name, given in found.items()) or "nothing"


def _base_name(base: Mapping[str, Any]) -> str:
    """Return where an encoder came from: ``owner/name`` of the Hub, or the name of a folder without those above it."""
    if base["source"] == "hub":
        return str(base["path"])
    return PurePath(base["path"]).name if base["source"] == "folder" else str(base["source"])


def _header(languages: Sequence[str], origin: Origin) -> dict[str, Any]:
    header: dict[str, Any] = {
        "language": list(languages),
        # What a model may be used for follows from several licences; the Hub asks to name one, or to say where to look.
        "license": "other",
        "license_name": "of-the-base-model-and-the-training-data",
        "license_link": "README.md",
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": ["sentence-transformers", "feature-extraction", "sentence-similarity", "equilingual"],
    }
    if origin.base_model:
        header |= {"base_model": origin.base_model, "base_model_relation": "finetune"}
    if origin.datasets:
        header["datasets"] = list(origin.datasets)
    return header


def _score_row(score: Score) -> str:
    setting, measure = SHOWN[score.name]
    digits = 1 if score.name == "rank_distance" else 3
    before, now, low, high = (
        f"{value:.{digits}f}"
        for value in (score.encoder["value"], score.model["value"], score.model["low"], score.model["high"])
    )
    queries = int(score.model["queries"])
    return f"| {markdown(score.benchmark)} | {setting} | {measure} | {before} | {now} | {low} to {high} | {queries} |\n"

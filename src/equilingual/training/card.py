"""The model card of a trained encoder: Markdown with the Hub's metadata as a YAML header.

The metadata are ``huggingface_hub``'s (https://huggingface.co/docs/hub/model-cards). Names, licences and other texts of
the configuration are shown as they are, whatever they hold: none is Markdown, HTML or YAML.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from equilingual.markup import markdown

if TYPE_CHECKING:
    from huggingface_hub import CardData, EvalResult, ModelCardData

_BODY = """
# {experiment}

A multilingual dense retriever, fine-tuned with {label} (arXiv:2408.10536) by Equilingual.

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


class Origin(NamedTuple):
    """What the card says of where a model comes from, besides its manifest.

    Attributes:
        base_model: the base encoder as ``owner/name`` on the Hub, if it is there.
        base_licence: of its weights.
        licences: of each corpus and translation engine, by name.
        datasets: of the corpora, those on the Hub, as ``owner/name``.

    """

    base_model: str | None
    base_licence: str
    licences: Mapping[str, str]
    datasets: Sequence[str] = ()


def model_card(
    about: Mapping[str, Any], origin: Origin, *, label: str = "", results: "Sequence[EvalResult]" = (), scores: str = ""
) -> str:
    """Return the card.

    Args:
        about: the model's manifest.
        origin: where it comes from.
        label: its batches in words; without it the strategy's name.
        results: its scores for the header's ``model-index``, once it has been evaluated.
        scores: the same for readers: Markdown that follows the card.

    """
    parameters, base = about["parameters"], about["base"]
    hard = about["negatives"]
    fields = {
        **about,
        "label": label or f"{about['strategy']} batches",
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
    shown = {name: markdown(value) if isinstance(value, str) else value for name, value in fields.items()}
    data = _data(about["languages"], origin)
    if results:
        data.model_name, data.eval_results = about["experiment"], list(results)
    return with_header(data, _BODY.format(**shown) + scores)


def with_header(data: "CardData", body: str) -> str:
    """Return a card of the Hub's metadata and Markdown."""
    return f"---\n{data.to_yaml()}\n---\n{body}"


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


def _data(languages: Sequence[str], origin: Origin) -> "ModelCardData":
    from huggingface_hub import ModelCardData

    return ModelCardData(
        language=list(languages),
        # What a model may be used for follows from several licences; the Hub asks to name one, or to say where to look.
        license="other",
        license_name="of-the-base-model-and-the-training-data",
        license_link="README.md",
        library_name="sentence-transformers",
        pipeline_tag="sentence-similarity",
        tags=["sentence-transformers", "feature-extraction", "sentence-similarity", "equilingual"],
        base_model=origin.base_model,
        base_model_relation="finetune" if origin.base_model else None,
        datasets=list(origin.datasets) or None,
    )

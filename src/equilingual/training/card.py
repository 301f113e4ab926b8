"""The model card of a trained encoder: Markdown with the Hub's metadata as a YAML header.

The metadata are ``huggingface_hub``'s (https://huggingface.co/docs/hub/model-cards). Names, licences and other texts of
the configuration are shown as they are, whatever they hold: none is Markdown, HTML or YAML.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from equilingual.config.origin import Origin
from equilingual.config.training import TrainingSettings
from equilingual.markup import markdown

if TYPE_CHECKING:
    from huggingface_hub import CardData, EvalResult, ModelCardData

# What the card shows of the settings as it is.
_SHOWN = {"query_length", "passage_length", "precision", "learning_rate", "temperature", "word_embeddings"}
_LINE_BREAKS = frozenset("\x85\u2028\u2029")
_BODY = """
# {experiment}

A multilingual dense retriever, fine-tuned with {label} (arXiv:2408.10536) by Equilingual.

| | |
|---|---|
| base encoder | {encoder} ({base}) |
| training set | {training_set}: {pairs} QA pairs in {languages} |
| batches | {strategy}: {alpha:.3g} of {mixed} monolingual{answers} |{bitext}
| hard negatives | {negatives} |
| steps, batch size, seed | {taken}, {batch_size}, {seeds} |
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
    settings, base = TrainingSettings.from_manifest(about), about["base"]
    hard, several = about["negatives"], about.get("positives")
    fields = {
        **about,
        "label": label or f"{about['strategy']} batches",
        "base": _base_name(base),
        "batch_size": about["parameters"]["batch_size"],
        **settings.model_dump(include=_SHOWN),
        "longest": max(settings.query_length, settings.passage_length),
        "mixed": "their pairs" if about.get("mix") == "pair" else "them",
        "answers": f"; a query's answers in up to {several['count']} languages" if several else "",
        **_run(about, settings),
        "learnt": ", learnt from there" if settings.learn_temperature else "",
        "regularizers": _regularizers(settings),
        "languages": ", ".join(about["languages"]),
        "negatives": _negatives(hard) if hard else "none",
        "licences": "; ".join(f"{name}: {licence}" for name, licence in origin.licences.items()),
        "base_licence": origin.base_licence,
    }
    shown = {name: markdown(value) if isinstance(value, str) else value for name, value in fields.items()}
    bitext = about.get("bitext")
    shown["bitext"] = _bitext_row(bitext) if bitext else ""
    trained = [*about["languages"], *(bitext["languages"] if bitext else ())]
    data = _data(list(dict.fromkeys(trained)), origin)
    if results:
        data.model_name, data.eval_results = about["experiment"], list(results)
    return with_header(data, _BODY.format(**shown) + scores)


def _bitext_row(bitext: Mapping[str, Any]) -> str:
    """Return the row of the card's table that says which parallel sentences were trained on."""
    names, languages = (markdown(", ".join(bitext[key])) for key in ("corpora", "languages"))
    said = f"{bitext['share']:.3g} of all batches: {bitext['sentences']} parallel sentences of {names} in {languages}"
    return f"\n| bitext | {said} |"


def with_header(data: "CardData", body: str) -> str:
    """Return a card of the Hub's metadata and Markdown."""
    metadata = data.to_dict()  # type: ignore[no-untyped-call]  # of huggingface_hub
    return f"---\n{_yaml(metadata)}\n---\n{body}"


def _yaml(metadata: Mapping[str, Any]) -> str:
    """Return metadata as the Hub's library writes them, but texts that PyYAML would not read back in double quotes.

    PyYAML folds the line breaks of Unicode in single quotes, and reads spaces for them.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = '"' if _LINE_BREAKS & set(text) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent)
    return yaml.dump(dict(metadata), Dumper=Dumper, sort_keys=False, allow_unicode=True).strip()


def _negatives(asked: Mapping[str, Any]) -> str:
    """Return how many hard negatives a pair has, where they are from, and their language if it is not the passage's."""
    languages = {"query": ", in the query's language", "both": ", in the passage's and in the query's language"}
    spoken = languages.get(asked.get("language", "passage"), "")
    return f"{asked['count']} a pair at most, from {', '.join(asked['from'])}{spoken}"


def _run(about: Mapping[str, Any], settings: TrainingSettings) -> dict[str, str]:
    """Return the steps, the seed and the hardware of a training, or of all those whose weights are averaged."""
    trainings = about.get("averaged") or [about]
    taken, hardware = (
        "; ".join(dict.fromkeys(values))
        for values in ([_taken(one, settings) for one in trainings], [one["hardware"] for one in trainings])
    )
    seeds = ", ".join(str(one["seed"]) for one in trainings)
    if about.get("averaged"):
        seeds += ": the average of their weights (arXiv:2203.05482)"
    return {"taken": taken, "hardware": hardware, "seeds": seeds}


def _taken(about: Mapping[str, Any], settings: TrainingSettings) -> str:
    """Return the steps of the training, and which of them the weights are of."""
    share, best = settings.wise_ft_base_weight, about["best"]
    kept = f"{about['steps']} (weights of step {best['step']}, the lowest validation loss)" if best else about["steps"]
    return f"{kept}, averaged with {share:g} of the base encoder's weights" if share else str(kept)


def _regularizers(settings: TrainingSettings) -> str:
    """Return what is added to the loss, with its weights."""
    return ", ".join(f"{name} (weight {one.weight:g})" for name, one in settings.regularizers.on.items()) or "nothing"


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

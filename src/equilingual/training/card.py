"""The model card of a trained encoder."""

from collections.abc import Mapping
from typing import Any

import yaml

_BODY = """
# {experiment}

A multilingual dense retriever, fine-tuned with {strategy} batches (arXiv:2408.10536) by Equilingual.

| | |
|---|---|
| base encoder | {encoder} ({base}) |
| training set | {training_set}: {pairs} QA pairs in {languages} |
| batches | {strategy}: {alpha:.3g} of them monolingual |
| hard negatives | {negatives} |
| steps, batch size, seed | {steps}, {batch_size}, {seed} |
| hardware | {hardware} |

Licences of the training data: {licences}.

## Use

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
scores = model.similarity(model.encode_query(["…"]), model.encode_document(["…"]))
```
"""


def model_card(about: Mapping[str, Any], licences: Mapping[str, str]) -> str:
    """Return the card as Markdown with the Hub's YAML header; ``about`` is the manifest without its files."""
    base = about["base"].get("path") or about["base"]["source"]
    header = {
        "language": list(about["languages"]),
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": ["sentence-transformers", "feature-extraction", "sentence-similarity", "equilingual"],
    }
    if about["base"].get("source") == "hub":
        header["base_model"] = base
    fields = {**about, "base": base, "batch_size": about["parameters"]["batch_size"]}
    fields["languages"] = ", ".join(about["languages"])
    hard = about["negatives"]
    fields["negatives"] = f"{hard['count']} a pair at most, from {', '.join(hard['from'])}" if hard else "none"
    fields["licences"] = "; ".join(f"{name}: {licence}" for name, licence in licences.items())
    front = yaml.safe_dump(header, sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n{_BODY.format(**fields)}"

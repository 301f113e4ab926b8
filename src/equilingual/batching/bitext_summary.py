"""What the manifest says of bitext batches."""

from typing import Any

import numpy as np

from equilingual.batching.bitext import Sentences
from equilingual.batching.interleave import Part
from equilingual.batching.plans import BITEXT
from equilingual.config.batch_settings import BatchSettings


def bitext_summary(part: Part, settings: BatchSettings) -> dict[str, Any]:
    """Return what was asked for, the sentences of each corpus, and the languages of the batches."""
    asked, sentences, plan = settings.bitext_on, part.pairs, part.plan
    assert asked is not None
    assert isinstance(sentences, Sentences)
    names = sentences.languages
    sizes = np.bincount(sentences.corpus, minlength=len(sentences.corpora)).tolist()
    rows = np.bincount(sentences.corpus[plan.pairs.ravel()], minlength=len(sentences.corpora)).tolist()
    shares = plan.expected[BITEXT]
    return {
        "share": asked.share,
        "batches": len(plan.pairs),
        "corpora": {
            corpus: {"sentences": size, "rows": count}
            for corpus, size, count in zip(sentences.corpora, sizes, rows, strict=True)
        },
        "sentences": len(sentences),
        "sentences_used": len(np.unique(plan.pairs)),
        "duplicates_left_out": sentences.duplicates_left_out,
        "overlapping_left_out": sentences.overlapping,
        "languages": [names[number] for number in np.flatnonzero(shares.any(axis=0)).tolist()],
        "expected": {
            query: {passage: share for passage, share in zip(names, row, strict=True) if share}
            for query, row in zip(names, shares.tolist(), strict=True)
            if any(row)
        },
    }

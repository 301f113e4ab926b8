"""Equilingual trains dense retrievers that treat every language alike, and proves it.

The stages, in the order data flows: ``corpora`` reads question-answer pairs, ``translation`` makes them
parallel, ``batching`` decides which pairs and languages meet in a batch, ``encoders`` turn texts into
vectors, ``training`` fine-tunes them, ``retrieval`` indexes and searches, ``evaluation`` scores every pair
of languages, ``exports`` gives models away, and ``report`` renders the page. Nothing in this package imports Snakemake.
"""

__version__ = "0.1.0"

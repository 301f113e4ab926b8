"""Diagnostics: measures of why a model is biased, which are taken where ``evaluation.diagnostics`` names them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """A kind of diagnostic; its measures name it in ``equilingual.evaluation.catalogue``.

    Attributes:
        about: what it is, in a few words.
        title: its heading in the report.
        why: what its values say about the bias, in a few sentences.
        vectors: whether it needs a model's vectors; without, run files and ranks are enough.

    """

    about: str
    title: str
    why: str
    vectors: bool = False


DIAGNOSTICS: Mapping[str, Diagnostic] = {
    "lang_ndcg": Diagnostic(
        "Lang-nDCG@10",
        "Lang-nDCG",
        "Are the answers first, and the one in the query’s language before the others? The fair value is that of a "
        "model that ranks all answers first and mixes their languages evenly.",
    ),
    "first_hit": Diagnostic(
        "is the first candidate relevant, and in the query's language",
        "First hit",
        "Is the first result an answer, and is it in the query’s language? A wrong first result in the query’s "
        "language is language bias. One in another language is an error of meaning. The four shares sum to 1.",
    ),
    "reciprocity": Diagnostic(
        "mutual nearest neighbours; of models with vectors",
        "Reciprocity",
        "Does the candidate nearest to a query have that query as its nearest, or another query that it answers? A "
        "candidate that is near to everything is mutual with few queries: low reciprocity points to hubs.",
        vectors=True,
    ),
    "hubness": Diagnostic(
        "skewness of the number of lists that a candidate is in, and candidates in no list, by language",
        "Hubness",
        "Are some candidates in many queries’ first ten (hubs), and some in none (anti-hubs)? A fair model has the "
        "same values in every language.",
    ),
}

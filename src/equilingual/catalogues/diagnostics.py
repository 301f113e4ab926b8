"""Diagnostics: measures of why a model is biased, which are taken where ``evaluation.diagnostics`` names them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """A kind of diagnostic; its measures name it in ``equilingual.evaluation.catalogue``.

    Attributes:
        about: what it is, in a few words.
        title: its heading in the report.
        why: what its values say about the bias, in a sentence or two.
        vectors: whether it needs a model's vectors; without, run files and ranks are enough.

    """

    about: str
    title: str
    why: str
    vectors: bool = False


DIAGNOSTICS: Mapping[str, Diagnostic] = {
    "lang_ndcg": Diagnostic(
        "Lang-nDCG@10",
        "Lang-nDCG: are answers found, and in the question’s language?",
        "Below nDCG@10, answers in other languages come before the one in the question’s own language.",
    ),
    "first_hit": Diagnostic(
        "is the first candidate relevant, and in the query's language",
        "The first hit: relevant or not, in the question’s language or not",
        "Language bias shows as wrong passages in the question’s language. Wrong passages in other languages are "
        "errors of meaning.",
    ),
    "reciprocity": Diagnostic(
        "mutual nearest neighbours; of models with vectors",
        "Reciprocity: do a question and its nearest passage find each other?",
        "A passage that is nearest to many questions can be mutual with few of them: low reciprocity points to hubs.",
        vectors=True,
    ),
    "hubness": Diagnostic(
        "skewness of the number of lists that a candidate is in, and candidates in no list, by language",
        "Hubness: which passages are in everybody’s list, and which in nobody’s",
        "A fair system has the same values in every language. Passages that are in no list are never found.",
    ),
}

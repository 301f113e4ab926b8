"""Debiasing of embeddings, without training: methods, the text that they are fitted on, the stage."""

from equilingual.retrieval.debias.fitting_text import build_fitting_text
from equilingual.retrieval.debias.removal import Debiaser, DebiasError, Vectors
from equilingual.retrieval.debias.stage import debias_embeddings

__all__ = ["DebiasError", "Debiaser", "Vectors", "build_fitting_text", "debias_embeddings"]

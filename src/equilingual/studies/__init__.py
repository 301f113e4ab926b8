"""Studies: a question, its declared contrasts, and the answer that the models' ranks give."""

from equilingual.studies.analysis import analyse_study
from equilingual.studies.contrasts import Draws

__all__ = ["Draws", "analyse_study"]

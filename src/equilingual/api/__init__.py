"""Score one model on one benchmark from Python: :func:`evaluate`, which runs the stages of the workflow in a folder."""

from equilingual.api.evaluate import evaluate
from equilingual.api.request import RequestError
from equilingual.api.scores import Scores

__all__ = ["RequestError", "Scores", "evaluate"]

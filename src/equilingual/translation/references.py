"""Human translations: texts that are the same in every language."""

from os import PathLike
from typing import Any

from equilingual.files import parse_json


def read_reference(file_format: str, file: str | PathLike[str]) -> list[str]:
    """Return the texts of one language: the lines of a file, or a SQuAD file's questions and paragraphs.

    Order: that of the file, so that text n is the same in every language. Lines end with a line feed, or a carriage
    return and one; what Unicode calls a line separator is part of a text.
    """
    if file_format == "lines":
        with open(file, encoding="utf-8", newline="\n") as lines:
            return [line.removesuffix("\n").removesuffix("\r") for line in lines]
    return [question for question, _ in read_questions(file)] + [part["context"] for part in _paragraphs(file)]


def read_questions(file: str | PathLike[str]) -> list[tuple[str, str]]:
    """Return a SQuAD file's questions, each with its paragraph, in the order of the file."""
    return [(question["question"], part["context"]) for part in _paragraphs(file) for question in part["qas"]]


def _paragraphs(file: str | PathLike[str]) -> list[dict[str, Any]]:
    return [paragraph for article in parse_json(file)["data"] for paragraph in article["paragraphs"]]

"""Belebele: questions on passages of FLORES-200, each with four answers to choose from, in 122 language variants.

One JSONL file per language: ``link``, ``question_number``, ``flores_passage``, ``question``, ``mc_answer1`` to ``4``,
``correct_answer_num``, ``dialect``. https://github.com/facebookresearch/belebele (arXiv:2308.16884)
"""

from equilingual.evaluation.benchmarks.rows import Distinct, id_of, json_rows, text_of
from equilingual.evaluation.benchmarks.tables import Source, Tables

_KEYS = ("link", "question_number", "flores_passage", "question")


def read(source: Source, tables: Tables) -> None:
    """Read one file per language: the passage of a question is to be found, the answers are not used.

    A question is its link and number, the same in every language; a candidate is a distinct passage, numbered in the
    order of the file; a cluster is the link, of which there is one for each passage.
    """
    for language in source.languages:
        passages: dict[str, str] = {}
        questions = Distinct[tuple[str, str]]("question")
        for place, row in json_rows([source.one(language, "file")], _KEYS, "a row of Belebele"):
            link, passage = text_of(place, row, "link"), text_of(place, row, "flores_passage")
            query = f"{link}#{id_of(place, row, 'question_number')}"
            question = text_of(place, row, "question")
            if not questions.add(place, query, (question, passage)):
                continue
            if passage not in passages:
                passages[passage] = f"{language}_{len(passages)}"
                tables.add_candidate(passages[passage], language, passage, place=place)
            tables.add_query(query, language, question, cluster=link, place=place)
            tables.add_relevant(query, language, passages[passage])
        tables.leave_out("queries", language, "repeated queries", questions.repeated)

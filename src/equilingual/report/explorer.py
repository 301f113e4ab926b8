"""One question, and what two models have first for it in every language: what the page shows before a script runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.report.formatting import format_count
from equilingual.report.headline import headline_of
from equilingual.report.paired import Paired
from equilingual.report.run import Run
from equilingual.report.texts import Text, text_view

ENGLISH = "en"
NO_ENGLISH = "(no English version)"
OTHERWISE_SPLIT = "(in English, part of other sentences)"  # only one of the two sentences answers the question
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Tongue:
    """A language: its tag, its name, and the number of its colour."""

    tag: str
    name: str
    colour: int


@dataclass(frozen=True)
class Hit:
    """A candidate: where it is, its language, its text, and whether it is correct.

    Attributes:
        gloss: its English version, or that it has none of its own; None for an English one, and where no candidate
            has one.

    """

    rank: int
    tongue: Tongue
    text: Text
    gloss: str | None
    correct: bool


@dataclass(frozen=True)
class Line:
    """What a model has first for the question in one language."""

    tongue: Tongue
    hits: list[Hit]
    chosen: bool


@dataclass(frozen=True)
class Side:
    """One of the two models."""

    model: str
    label: str
    summary: str
    lines: list[Line]

    @property
    def chosen(self) -> list[Hit]:
        """The hits of the line that is shown with its texts."""
        return next(line.hits for line in self.lines if line.chosen)


@dataclass(frozen=True)
class Explorer:
    """The first view of one benchmark.

    Attributes:
        number: of the benchmark in ``results/report.json``.
        question: the number of the question.
        english: its text in English; None where it has no English version.
        asked: its text in the language whose answers are shown.
        pair: the numbers of the two models.
        totals: on how many questions the right model has more correct answers; empty where there is one model.
        note: how the questions were chosen, and what a gain and a gloss are.

    """

    number: int
    benchmark: str
    question: int
    english: Text | None
    asked: Text
    pair: list[int]
    tongues: list[Tongue]
    sides: list[Side]
    totals: str
    note: str


def explorers(run: Run) -> list[Explorer]:
    """Return the first view of each benchmark that has questions to show."""
    paired = Paired(run.comparisons)
    numbers = {name: number for number, name in enumerate(run.board.benchmarks)}
    return [
        _explorer(run, entry, _pair(run, paired, entry), numbers[entry["benchmark"]])
        for entry in run.data["examples"]
        if entry["benchmark"] in numbers
    ]


def _pair(run: Run, paired: Paired, entry: Entry) -> list[str]:
    """Return the model that the headline is of after its base encoder; else the last model after the first."""
    found = headline_of(run.board, paired, entry["benchmark"])
    pair = [row.group for row in (found.reference, found.model) if row is not None]
    names = list(entry["models"])
    return pair if len(pair) == 2 and set(pair) <= set(names) else list(dict.fromkeys([names[0], names[-1]]))


def _explorer(run: Run, entry: Entry, pair: Sequence[str], number: int) -> Explorer:
    question = median_question(entry, pair)
    texts: dict[str, str] = entry["questions"][question]["texts"]
    tongues = {tag: Tongue(tag, one["name"], one["colour"]) for tag, one in entry["languages"].items()}
    row = first_row(entry, question, pair)
    labels = {one.group: one.label for one in run.board.rows}
    return Explorer(
        number,
        entry["benchmark"],
        question,
        text_view(texts[ENGLISH], ENGLISH) if ENGLISH in texts else None,
        text_view(texts[row], row),
        [list(entry["models"]).index(model) for model in pair],
        list(tongues.values()),
        [_side(entry, question, model, labels[model], tongues, row) for model in pair],
        totals_of(entry, pair) if len(pair) > 1 else "",
        _note(entry, has_seeds=any(len(seeds) > 1 for seeds in run.board.seeds.values())),
    )


def first_row(entry: Entry, question: int, pair: Sequence[str]) -> str:
    """Return the language whose answers are shown at first: English if it gains, else the one that gains most.

    On a question that loses, it is English if it loses, else the one that loses most.
    """
    gains = dict(zip(entry["questions"][question]["texts"], gains_of(entry, question, pair), strict=True))
    sign = -1 if sum(gains.values()) < 0 else 1
    return ENGLISH if sign * gains.get(ENGLISH, 0) > 0 else max(gains, key=lambda tag: sign * gains[tag])


def totals_of(entry: Entry, pair: Sequence[str]) -> str:
    """Return on how many questions the right model has more correct answers than the left, fewer, and as many.

    The unit is a question: it counts as more if the gain, which is the mean over its query languages of the difference
    in correct candidates among the first ``depth``, is above 0. The questions are all ``of`` that every model has
    candidates for; those of the page if the file does not count all.
    """
    left, right = pair
    more, fewer = (entry["models"][one]["wins"].get(other) for one, other in ((right, left), (left, right)))
    of, among = entry["of"], f"all {format_count(entry['of'])} questions"
    if more is None or fewer is None:
        gains = [sum(gains_of(entry, question, pair)) for question in range(len(entry["questions"]))]
        more, fewer = sum(one > 0 for one in gains), sum(one < 0 for one in gains)
        of, among = len(gains), f"the {format_count(len(gains))} questions shown here"
    counts = [format_count(count) for count in (more, fewer, of - more - fewer)]
    return (
        f"Of {among}, the right-hand model has more correct answers than the left-hand one for {counts[0]}, "
        f"fewer for {counts[1]}, and the same number for {counts[2]}."
    )


def gains_of(entry: Entry, question: int, pair: Sequence[str]) -> list[int]:
    """Return how many more correct candidates the last model of a pair has than the first, per language."""
    before, after = (correct_of(entry, question, model) for model in (pair[0], pair[-1]))
    return [then - first for first, then in zip(before, after, strict=True)]


def correct_of(entry: Entry, question: int, model: str) -> list[int]:
    """Return how many of a model's candidates are correct, per language that asks."""
    relevant = set(entry["questions"][question]["relevant"])
    return [len(relevant.intersection(hits)) for hits in entry["models"][model]["hits"][question]]


def median_question(entry: Entry, pair: Sequence[str]) -> int:
    """Return the question with the median gain of the last model over the first.

    It is that of all questions for a model and its base encoder, and of those shown for two other models.
    """
    about = entry["models"][pair[-1]]
    if about.get("median") is not None and about["base"] == pair[0]:
        return int(about["median"])
    gains = {
        number: sum(gained) / len(gained)
        for number in range(len(entry["questions"]))
        if (gained := gains_of(entry, number, pair))
    }
    return sorted(gains, key=lambda number: gains[number])[(len(gains) - 1) // 2]


def _side(entry: Entry, question: int, model: str, label: str, tongues: Mapping[str, Tongue], row: str) -> Side:
    asked = entry["questions"][question]
    lists = entry["models"][model]["hits"][question]
    lines = [
        Line(tongues[tag], _hits(entry, hits, asked["relevant"], tongues), tag == row)
        for tag, hits in zip(asked["texts"], lists, strict=True)
    ]
    languages = sum(len({hit.tongue.tag for hit in line.hits}) for line in lines) / len(lines)
    correct = sum(hit.correct for line in lines for hit in line.hits) / len(lines)
    summary = f"{languages:.1f} languages and {correct:.1f} correct answers among the first {entry['depth']}"
    return Side(model, label, summary + (", on average" if len(lines) > 1 else ""), lines)


def _hits(entry: Entry, hits: Sequence[int], relevant: Sequence[int], tongues: Mapping[str, Tongue]) -> list[Hit]:
    candidates = entry["candidates"]
    found = []
    for rank, number in enumerate(hits, start=1):
        tag = candidates["language"][number]
        text = text_view(candidates["text"][number], tag)
        found.append(Hit(rank, tongues[tag], text, _gloss(candidates, number, relevant), number in relevant))
    return found


def _gloss(candidates: Mapping[str, Sequence[Any]], number: int, relevant: Sequence[int]) -> str | None:
    english = candidates["english"][number]
    if english is not None:
        is_same = (english in relevant) == (number in relevant)
        return text_view(candidates["text"][english], ENGLISH).text if is_same else OTHERWISE_SPLIT
    return NO_ENGLISH if candidates["language"][number] != ENGLISH and _has_glosses(candidates) else None


def _has_glosses(candidates: Mapping[str, Sequence[Any]]) -> bool:
    return any(english is not None for english in candidates["english"])


def _note(entry: Entry, *, has_seeds: bool) -> str:
    parts = {
        _shown(entry): True,
        "Of models with several seeds, the first is shown.": has_seeds,
        "Gain: the difference in correct answers, averaged over the query languages.": len(entry["models"]) > 1,
        "Grey: the English sentence at the same place.": _has_glosses(entry["candidates"]),
    }
    return " ".join(part for part, is_said in parts.items() if is_said)


def _shown(entry: Entry) -> str:
    shown, among = len(entry["questions"]), entry["of"]
    if shown == among:
        return f"All {format_count(shown)} questions are shown."
    extremes = any(model.get("gain") is not None for model in entry["models"].values())
    rest = ", and each model's largest gain, largest loss and median gain"
    return f"Shown: {entry['sampled']} of {format_count(among)} questions at random{rest if extremes else ''}."

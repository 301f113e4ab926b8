"""The sentence filter on planted losses: ``python benchmarks/sentence_counts.py MIRROR [tune]``.

MIRROR  a folder that has ``flores/flores-dev.*`` and ``xquad-r/*.json``, as ``data.mirror``

Without ``tune``: a table by language (Markdown) of how many human paragraphs the filter drops and how many planted
losses it catches, in per cent, on the second half of the texts. With ``tune``: the same of a grid of thresholds, on the
first half.

A FLORES paragraph is three or five consecutive lines, from and into English; one of the three or two of the five lines
of its human translation are left out at random. XQuAD-R's paragraphs are taken between all pairs of its languages; of
those that have three sentences or more, a third (rounded up) is left out. The first half is FLORES's lines 1 to 498 and
XQuAD-R's first, third, fifth … article. The medians of a pair of languages are of all its texts in that half, the lossy
ones included.
"""

import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from equilingual.config.translation import Filters  # noqa: E402 (the path comes first)
from equilingual.translation import filters  # noqa: E402
from equilingual.translation.filters import is_paragraph, kept_share, measure_completeness, medians_of  # noqa: E402

HALF = 498  # lines of FLORES-200 dev, of 997
DENSE = ("zh", "ja")  # no space between sentences


class Case(NamedTuple):
    """A paragraph and a translation of it; ``kind`` is the corpus and the number of sentences that make one."""

    kind: str
    is_lossy: bool
    source: str
    translation: str


def main(arguments: Sequence[str]) -> None:
    """Print what is asked for."""
    folder, tune = Path(arguments[0]), arguments[1:] == ["tune"]
    measured = measure_pairs(cases_by_pair(folder, first=tune))
    if not tune:
        print("\n".join(table(measured, Filters().sentences)))  # noqa: T201 (its output)
        return
    for fewer in (1.0, 1.1, 1.15, 1.2):
        filters._FEWER_SENTENCES = fewer
        for threshold in (0.76, 0.77, 0.78, 0.79, 0.8):
            shares = {
                kind: [round(mean(v), 4) for v in values] for kind, values in by_kind(measured, threshold).items()
            }
            print(json.dumps({"fewer": fewer, "threshold": threshold, **shares}), flush=True)  # noqa: T201


def cases_by_pair(
    folder: Path, *, first: bool, languages: Collection[str] | None = None
) -> dict[tuple[str, str], list[Case]]:
    """Return the paragraphs of one half by (source, target); ``languages`` are those besides English, ``None`` all."""
    flores = {path.suffix[1:]: path for path in sorted((folder / "flores").iterdir())}
    xquad = {path.stem: path for path in sorted((folder / "xquad-r").glob("*.json"))}
    if languages is not None:
        flores, xquad = ({tag: files[tag] for tag in files if tag in {*languages, "en"}} for files in (flores, xquad))
    lines = {tag: path.read_text(encoding="utf-8").split("\n")[:997] for tag, path in flores.items()}
    lines = {tag: texts[:HALF] if first else texts[HALF:] for tag, texts in lines.items()}
    found: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for tag in lines:
        for pair in [("en", tag), (tag, "en")] if tag != "en" else []:
            found[pair] += flores_cases(lines, *pair)
    articles = {tag: json.loads(path.read_text(encoding="utf-8"))["data"] for tag, path in xquad.items()}
    for source in articles:
        for target in articles:
            if source != target:
                halves = [articles[tag][0 if first else 1 :: 2] for tag in (source, target)]
                found[source, target] += xquad_cases(*halves, target)
    return found


def flores_cases(lines: Mapping[str, Sequence[str]], source: str, target: str) -> Iterator[Case]:
    """Yield paragraphs of three and of five lines, whole and with one or two lines lost."""
    rng = random.Random(f"{source}-{target}")
    for size, lost in ((3, 1), (5, 2)):
        for start in range(0, len(lines["en"]) - size + 1, size):
            text = joined(lines[source][start : start + size], source)
            parts = lines[target][start : start + size]
            yield Case(f"flores-{size}", False, text, joined(parts, target))
            yield Case(f"flores-{size}", True, text, joined(without(parts, lost, rng), target))


def xquad_cases(
    sources: Sequence[Mapping[str, Any]], targets: Sequence[Mapping[str, Any]], target: str
) -> Iterator[Case]:
    """Yield the paragraphs of some articles, whole, and those of three sentences and more with a third of them lost."""
    rng = random.Random(target)
    for article, translated in zip(sources, targets, strict=True):
        for one, other in zip(article["paragraphs"], translated["paragraphs"], strict=True):
            yield Case("xquad-r", False, one["context"], other["context"])
            parts = [other["context"][start:end].strip() for start, end in other["sentence_breaks"]]
            if len(parts) > 2:
                lossy = joined(without(parts, -(-len(parts) // 3), rng), target)
                yield Case("xquad-r", True, one["context"], lossy)


def without(parts: Sequence[str], lost: int, rng: random.Random) -> list[str]:
    """Return the parts but for some at random."""
    gone = set(rng.sample(range(len(parts)), lost))
    return [part for number, part in enumerate(parts) if number not in gone]


def joined(parts: Sequence[str], language: str) -> str:
    """Return sentences as a paragraph."""
    return ("" if language in DENSE else " ").join(parts)


Measured = dict[tuple[str, str], tuple[list[tuple[str, bool, Mapping[str, Any]]], Mapping[str, dict[str, float]]]]


def measure_pairs(cases: Mapping[tuple[str, str], Sequence[Case]]) -> Measured:
    """Return of each pair what is measured of its cases, and the medians of each corpus."""
    found: Measured = {}
    for pair, some in cases.items():
        rows = [(case.kind, case.is_lossy, _measures(case, pair)) for case in some]
        medians = {}
        for corpus in ("flores", "xquad-r"):
            of_corpus = [row for kind, _, row in rows if kind.startswith(corpus)]
            lengths = [row["length"] for row in of_corpus]
            medians[corpus] = medians_of(lengths, [], [row["length"] for row in of_corpus if is_paragraph(row)])
        found[pair] = rows, medians
    return found


def _measures(case: Case, pair: tuple[str, str]) -> dict[str, Any]:
    values = measure_completeness(case.source, case.translation, *pair)
    return dict(zip(("length", "source_sentences", "sentences"), values, strict=True))


def by_kind(
    measured: Measured, threshold: float, wanted: Callable[[str, str], bool] = lambda source, target: True
) -> dict[str, tuple[list[bool], list[bool]]]:
    """Return by kind whether each human paragraph is dropped, and each planted loss; of all pairs that are wanted.

    A pair whose sentences cannot be counted has none.
    """
    found: dict[str, tuple[list[bool], list[bool]]] = defaultdict(lambda: ([], []))
    for pair, (rows, medians) in measured.items():
        for kind, is_lossy, row in rows if wanted(*pair) else ():
            if row["source_sentences"] is not None:
                share = kept_share(row, medians[kind.removesuffix("-3").removesuffix("-5")])
                found[kind][is_lossy].append(share is not None and share < threshold)
    return dict(found)


def table(measured: Measured, threshold: float) -> Iterator[str]:
    """Yield the lines of the table, the languages in alphabetical order and all of them last."""
    flores, xquad = ("FLORES {}: human", "1 of 3 lost", "2 of 5 lost"), ("XQuAD-R {}: human", "a third lost")
    titles = ["language", *(title.format(way) for way in ("into", "out of") for title in (*flores, *xquad))]
    yield f"| {' | '.join(titles)} |"
    yield f"|---|{'--:|' * (len(titles) - 1)}"
    for tag in sorted({tag for pair in measured for tag in pair} - {"en"}):
        into = by_kind(measured, threshold, lambda source, target, tag=tag: target == tag)
        out_of = by_kind(measured, threshold, lambda source, target, tag=tag: source == tag)
        yield f"| {tag} | {' | '.join([*_shares(into), *_shares(out_of)])} |"
    yield f"| all | {' | '.join(_shares(by_kind(measured, threshold)))} |{' |' * 5}"


def _shares(found: Mapping[str, tuple[list[bool], list[bool]]]) -> list[str]:
    three, five, xquad = (found.get(kind, ([], [])) for kind in ("flores-3", "flores-5", "xquad-r"))
    return [f"{100 * mean(hits):.1f}" if hits else "–" for hits in (three[0] + five[0], three[1], five[1], *xquad)]


if __name__ == "__main__":
    main(sys.argv[1:])

"""The line above the title: when, from what and on what the results were made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from equilingual.report.formatting import shorten
from equilingual.report.run import Run
from equilingual.repository import web_address

_LONGEST_TITLE = 300  # characters
_LONGEST_FACT = 120
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Header:
    """What stands above the title.

    Attributes:
        facts: date, commit, configuration, time and hardware, as far as they are known.
        commit: which of the facts it is; empty where it is not known.
        commit_address: of the commit in its repository; empty where that is not known.
        configuration: as YAML; empty where it is not known.
        citation: BibTeX entries of the report and of the method.
        benchmarks: the names of the benchmarks.
        references: (name, label) of each model.

    """

    facts: list[str]
    commit: str
    commit_address: str
    configuration: str
    citation: str
    benchmarks: list[str]
    references: list[tuple[str, str]]


def header_of(run: Run) -> Header:
    """Return the header of a run; what ``results/run.json`` would say is left out where there is no such file."""
    about = run.data["provenance"]
    given = about["configuration"] or {}
    return Header(
        facts_of(about),
        _commit(about["commit"], changed=about["changed"]) if about["commit"] else "",
        _commit_address(about),
        str(given.get("text") or ""),
        citation(run.inputs.title, about),
        list(run.board.benchmarks),
        [(row.group, row.label) for row in run.board.rows],
    )


def facts_of(about: Mapping[str, Any]) -> list[str]:
    """Return date, commit, configuration, time and hardware; ``about`` is of ``report.data.provenance``."""
    given = about["configuration"] or {}
    facts = [
        _date(about["date"]) if about["date"] else "",
        _commit(about["commit"], changed=about["changed"]) if about["commit"] else "",
        ", ".join(given.get("files", [])),
        f"{duration(about['seconds'])} of work" if about["seconds"] else "",
        " and ".join(about["hardware"]),
    ]
    return [shorten(fact, _LONGEST_FACT) for fact in facts if fact]


def _date(text: str) -> str:
    """Return ``29 Nov 2026`` for an ISO date."""
    year, month, day = text[:10].split("-")
    return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"


def _commit(commit: str, *, changed: bool) -> str:
    return f"commit {commit[:7]}" + (" with changes" if changed else "")


def _commit_address(about: Mapping[str, Any]) -> str:
    """Return the commit's page, in the form of most hosts of repositories."""
    address = web_address(str(about.get("repository") or ""))
    return f"{address}/commit/{about['commit']}" if address and about["commit"] else ""


def duration(seconds: float) -> str:
    """Return ``45 s``, ``12 min`` or ``3 h 5 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def citation(title: str, about: Mapping[str, Any]) -> str:
    """Return BibTeX entries of the software at this version, with this report, and of the paper of its method."""
    date = about["date"]
    commit = f", commit {about['commit'][:12]}" if about["commit"] else ""
    plain = shorten(title, _LONGEST_TITLE).translate({ord(brace): None for brace in "{}\\"})
    lines = {
        "version": f"  version = {{{about['version']}}},\n" if about["version"] else "",
        "year": f"  year    = {{{date[:4]}}},\n" if date else "",
    }
    return _SOFTWARE.format(**lines, note=plain + commit)


_SOFTWARE = """@software{{equilingual,
  title   = {{Equilingual: training and measuring multilingual dense retrievers for language fairness}},
  author  = {{{{The Equilingual contributors}}}},
{version}{year}  note    = {{{note}}},
}}

@misc{{elmahdy2024synergistic,
  title         = {{Synergistic Approach for Simultaneous Optimization of Monolingual, Cross-lingual, and \
Multilingual Information Retrieval}},
  author        = {{Elmahdy, Adel and Lin, Sheng-Chieh and Ahmad, Amin}},
  year          = {{2024}},
  eprint        = {{2408.10536}},
  archivePrefix = {{arXiv}},
  primaryClass  = {{cs.IR}},
}}
"""

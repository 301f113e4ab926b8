"""Plain English: phrases that readers stumbled over do not come back, in code, docs, configurations and rules."""

import re

import pytest

from equilingual.config.renamed import RENAMED

# A phrase, and what to write in its place.
BETTER = {
    r"\b(has|have|had) not\b(?! (been|yet|only|to|\w+ed|\w+en|begun|come|done|read|said|run)\b)": "lacks, or: is missing",
    r"\b(is|are|was|were) not there\b|\bthat (is|are) there\b|\b(pair|text|passage|file)s? (is|are) there in\b": (
        "exists, or: is missing"
    ),
    r"\bstands? (twice|more than once|several times|there twice)\b": "is a duplicate, or: occurs twice",
    r"\b(ranks?|systems?|baselines?|scores?) by words\b|\bwords alone\b": "lexical retrieval",
    r"\bas (it|they) came\b": "base encoder, or: unchanged",
    r"\btexts cut\b": "truncated texts",
    r"\bfitting texts?\b": "calibration corpus, or: calibration texts",
    r"\b[Gg]ates?\b": "quality filter",
    r"(?<!there )\bis no (number|text|file|folder|list|URL|name|path|pair|span|key|whole number)\b": "is not a …",
    r"\bgoes? (with|together)\b": "is only for, or: must be given together",
    r"\b[Mm]end(s|ed|ing)?\b": "fix",
    r"\b(can be|is|are) had\b": "is available",
    r"\bof one's own\b": "your own",
    r"\b[Dd]raws? the languages'? mean|\bmeans? (are )?drawn together\b": (
        "penalise distances between the languages' mean embeddings"
    ),
    r"\bor the like\b|\band the like\b": "or similar",
    r"\bat the least\b": "at least",
    r"\bin its turn\b": "separately",
    r"\bdraws of signs\b": "sign permutations",
    r"\bReturn what is asked for\b|\bReturn the shares? of\b": "say what; a fraction",
    r"\bother seeds draw\b|\bhow many to draw\b": "the seed of the sample; the number to sample",
    r"\bin so (many|much) of\b|\bso (many|much) of the\b": "in at least this many",
}
# Lines that may say it: the file, a part of the line, and why.
ALLOWED: dict[tuple[str, str], str] = {
    ("src/equilingual/config/renamed.py", '"translation.gates"'): "the old name of a key",
}

READ = {".py", ".smk", ".md", ".yaml", ".toml", ".j2"}
PLACES = (
    "src",
    "workflow",
    "docs",
    "configs",
    "config.yaml",
    "Snakefile",
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
)


def texts(root):
    """Yield the path and the lines of every file of the repository that people read."""
    for place in PLACES:
        start = root / place
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file() and (path.suffix in READ or path == start):
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8").splitlines()


def phrases_in(name, lines, phrase):
    """Yield (line number, what was found) of a phrase, but where the line may say it."""
    for number, line in enumerate(lines, start=1):
        may = any(name == file and part in line for file, part in ALLOWED)
        if not may and (found := re.search(phrase, line)):
            yield number, found[0]


@pytest.mark.parametrize(("phrase", "better"), BETTER.items())
def test_phrases_that_readers_stumbled_over_stay_away(root, phrase, better):
    found = [
        f"{name}:{number}: {text!r}; better: {better}"
        for name, lines in texts(root)
        for number, text in phrases_in(name, lines, phrase)
    ]
    assert not found, "\n" + "\n".join(found)


def test_a_phrase_is_found_with_its_line():
    lines = ["A text.", "the file has not the column"]
    (phrase, _) = next(iter(BETTER.items()))
    assert list(phrases_in("docs/a.md", lines, phrase)) == [(2, "has not")]
    assert list(phrases_in("docs/a.md", ["It has not been read."], phrase)) == []


def test_every_allowed_line_is_needed(root):
    known = dict(texts(root))
    for file, part in ALLOWED:
        lines = [line for line in known[file] if part in line]
        assert any(re.search(phrase, line) for line in lines for phrase in BETTER), (file, part)


def test_configurations_and_docs_use_the_new_names_of_keys(root):
    old = {name.rpartition(".")[2] for name in RENAMED}
    plain = "|".join(sorted(name for name in old if "_" in name))  # others are words of English, too
    for name, lines in texts(root):
        if name.startswith(("configs/", "docs/")) or name in {"config.yaml", "README.md"}:
            found = [(number, line) for number, line in enumerate(lines, 1) if re.search(rf"\b({plain})\b", line)]
            assert not found, (name, found)

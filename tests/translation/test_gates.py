"""Quality gates: by hand, and with planted faults in FLORES's human translations."""

import random
from statistics import mean, median

import pytest

from equilingual.config.translation import Gates
from equilingual.translation.gates import (
    is_identifiable,
    judge,
    language_probability,
    longest_run,
    measure,
    medians_of,
    script_share,
    untranslated_share,
)

THRESHOLDS = Gates().model_dump()
ENGLISH = "Bees keep the middle of the nest warm in winter."
PORTUGUESE = "As abelhas mantêm o meio do ninho aquecido no inverno."


def judged(source, translation, language="pt", length=1.0, untranslated=0.0, **more):
    measures = measure(source, translation, language)._asdict() | {"cut": False} | more
    medians = {"length": length, "untranslated": untranslated}
    return judge(measures, translation, medians=medians, thresholds=THRESHOLDS)


def test_a_good_translation_passes():
    assert judged(ENGLISH, PORTUGUESE) == []


@pytest.mark.parametrize(
    ("translation", "failed"),
    [
        ("", ["empty"]),
        (ENGLISH, ["copy", "language", "untranslated"]),
        ("Die Bienen halten die Mitte des Nestes im Winter warm.", ["language"]),
        ("Пчёлы согревают середину гнезда зимой, когда холодно.", ["language", "script"]),
        ("As abelhas.", ["length"]),
        (PORTUGUESE + " muito bem muito bem muito bem muito bem", ["repeats"]),
        ("As abelhas keep the middle nest warm in winter.", ["language", "untranslated"]),
    ],
)
def test_each_fault_fails_its_gate(translation, failed):
    assert [gate for gate in judged(ENGLISH, translation) if gate in failed] == failed


def test_what_the_engine_did_not_finish_fails():
    assert judged(ENGLISH, PORTUGUESE, cut=True) == ["cut"]


def test_a_gate_that_is_open_lets_everything_through():
    opened = {"language_characters": 1, "copies": False, "cut": False}
    opened |= dict.fromkeys(["language", "script", "length", "repeats", "untranslated"])
    measures = measure(ENGLISH, ENGLISH, "ar")._asdict() | {"cut": True}
    assert judge(measures, ENGLISH, medians={"length": 9.0, "untranslated": 0.0}, thresholds=opened) == []


def test_short_texts_are_not_identified_and_names_are_no_copies():
    assert judged("Anna", "Anna") == []
    assert judged("Who?", "Quem?") == []
    assert judged("Anna Karenina", "Anna Karenina") == ["copy"]


def test_a_chinese_copy_is_one_and_a_chinese_question_is_long_enough_to_be_identified():
    question = "台灣最高的山是什麼山？哪一年第一次有人登上"
    assert judged(question, question, "ja") == ["copy", "language"]
    assert judged("東京", "東京", "ja") == []  # a name
    assert is_identifiable("一" * 14, 40)
    assert not is_identifiable("一" * 13, 40)
    assert not is_identifiable("a" * 39, 40)


def test_related_languages_are_judged_by_their_own_level():
    source = "Lebah menjaga bagian tengah sarang tetap hangat pada musim dingin."
    translation = "Lebah menjaga bahagian tengah sarang supaya kekal hangat pada musim sejuk."
    assert measure(source, translation, "ms").untranslated == pytest.approx(6 / 10)
    assert "untranslated" in judged(source, translation, "ms")
    assert judged(source, translation, "ms", untranslated=0.43) == []


def test_an_engine_that_translates_nothing_is_not_its_own_yardstick():
    assert medians_of([1.0, 1.2, 2.0], [0.9, 1.0, 1.0]) == {"length": 1.2, "untranslated": 0.5}
    assert medians_of([], []) == {"length": 1.0, "untranslated": 0.0}


def test_scripts_are_counted_by_letter():
    assert script_share("ab вг 12!", "Latn") == 0.5
    assert script_share("東京タワー", "Jpan") == 1.0
    assert script_share("東京タワー", "Hans") == 0.4
    assert script_share("12 !", "Latn") is None
    assert script_share("ไม่เป็นไร", "Thai") == 1.0
    assert script_share("हिन्दी", "Deva") == 1.0


def test_untranslated_words_are_those_of_the_source_names_aside():
    assert untranslated_share("the lamp was lighted by Anna", "lamp lighted foco Anna") == pytest.approx(2 / 3)
    assert untranslated_share("the lamp", "lamp foco") is None
    assert untranslated_share("the lamp was lighted", "λάμπα lamp lighted άναψε πολύ") == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("", 0),
        ("a b c", 1),
        ("very very good", 2),
        ("I'm sorry I'm sorry I'm sorry", 3),
        ("a b c d a b c d", 2),
        ("a b c d e a b c d e", 1),
        ("对不起对不起对不起对不起对不起对不起", 6),
        ("hahahahahaha", 1),  # one short word
    ],
)
def test_runs_are_counted(text, times):
    assert longest_run(text) == times


def test_near_languages_count_for_each_other_and_unknown_ones_say_nothing():
    norwegian = "Biene holder midten av reiret varmt om vinteren ved å bevege musklene."
    assert language_probability(norwegian, "nb") > 0.9
    assert language_probability(norwegian, "nn") > 0.9
    assert language_probability(norwegian, "de") < 0.1
    assert language_probability("Yuraq wasi", "ay") is None


def _plants(source, translation, other):
    words, translated = source.split(), translation.split()
    spaced = len(translated) > 3
    phrase = (" ".join(translated[:3]) + " ") if spaced else translation[:12]
    half = translation[: len(translation) // 2]
    return {
        "none": translation,
        "language": other,
        "copy": source,
        "empty": "",
        "third": translation[: len(translation) // 3],
        "tripled": translation * 3,
        "loop": half + (" " if spaced else "") + phrase * 6,
        "untranslated": " ".join(w if n % 3 else translated[n % len(translated)] for n, w in enumerate(words)),
    }


def test_planted_faults_are_caught_and_human_translations_pass(mirror):
    texts = {path.suffix[1:]: path.read_text(encoding="utf-8").splitlines() for path in (mirror / "flores").iterdir()}
    english = texts.pop("en")
    near = [{"bs", "hr", "sr"}, {"id", "ms"}]
    flagged = {}
    for language, lines in texts.items():
        rng = random.Random(language)
        far = [tag for tag in texts if tag != language and not any({tag, language} <= group for group in near)]
        middle = median((len(line) + 10) / (len(source) + 10) for source, line in zip(english, lines, strict=True))
        for number in range(0, len(lines), 30):
            other = texts[rng.choice(far)][number]
            for fault, text in _plants(english[number], lines[number], other).items():
                failed = judged(english[number], text, language, middle)
                flagged.setdefault(fault, []).append(bool(failed))
    shares = {fault: mean(found) for fault, found in flagged.items()}
    assert shares.pop("none") <= 0.02
    assert all(share >= 0.95 for share in shares.values()), shares


@pytest.mark.parametrize(
    ("source", "target"),
    [("id", "ms"), ("ms", "id"), ("da", "nb"), ("es", "gl"), ("pt", "gl"), ("es", "pt"), ("nl", "af"), ("en", "nl")],
)
def test_human_translations_between_related_languages_pass(mirror, source, target):
    texts = {
        tag: next(mirror.glob(f"flores/*.{tag}")).read_text(encoding="utf-8").split("\n") for tag in (source, target)
    }
    rows = [(text, human, measure(text, human, target)) for text, human in zip(*texts.values(), strict=True) if text]
    shares = [measures.untranslated for _, _, measures in rows if measures.untranslated is not None]
    middle = medians_of([measures.length for _, _, measures in rows], shares)
    failed = [
        judge(measures._asdict() | {"cut": False}, human, medians=middle, thresholds=THRESHOLDS)
        for _, human, measures in rows
    ]
    assert len(rows) == 997
    assert mean(bool(gates) for gates in failed) <= 0.02

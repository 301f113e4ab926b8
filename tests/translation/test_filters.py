"""Quality filters: by hand, and with planted faults in FLORES's human translations."""

import importlib.util
import random
import re
import sys
from statistics import mean, median

import pytest

from equilingual.config.filters import Filters
from equilingual.identification import count_characters, language_probability
from equilingual.translation.filters import (
    judge,
    kept_share,
    longest_run,
    measure,
    medians_of,
    script_share,
    untranslated_share,
)
from equilingual.translation.literals import lost_share, translatable_share
from equilingual.translation.references import read_reference

THRESHOLDS = Filters()
ENGLISH = "Bees keep the middle of the nest warm in winter."
PORTUGUESE = "As abelhas mantêm o meio do ninho aquecido no inverno."


def judged(source, translation, language="pt", length=1.0, untranslated=0.0, **more):
    measures = measure(source, translation, "en", language)._asdict() | {"cut": False} | more
    medians = {"length": length, "paragraphs": length, "untranslated": untranslated}
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
    assert [name for name in judged(ENGLISH, translation) if name in failed] == failed


def test_what_the_engine_did_not_finish_fails():
    assert judged(ENGLISH, PORTUGUESE, cut=True) == ["cut"]


def test_a_gate_that_is_open_lets_everything_through():
    opened = {"language_characters": 1, "copies": False, "cut": False}
    opened |= dict.fromkeys(["language", "script", "length", "sentences", "repeats", "untranslated", "words", "lost"])
    measures = measure(ENGLISH, ENGLISH, "en", "ar")._asdict() | {"cut": True}
    assert (
        judge(
            measures,
            ENGLISH,
            medians={"length": 9.0, "paragraphs": 9.0, "untranslated": 0.0},
            thresholds=Filters(**opened),
        )
        == []
    )


def test_short_texts_are_not_identified_and_names_are_no_copies():
    assert judged("Anna", "Anna") == []
    assert judged("Who?", "Quem?") == []
    assert judged("Anna Karenina", "Anna Karenina") == []
    assert judged("Anna slept", "Anna slept") == ["copy"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("https://example.com/what-is-the-capital-of-france?page=the-second-one-of-them", "pt"),
        ("https://example.com/what-is-the-capital-of-france?page=the-second-one-of-them", "ar"),
        ("Wikipedia: https://en.wikipedia.org/wiki/Main_Page, somebody@somewhere.org", "pt"),
        ("ISO-9001, EN-13501, DIN 4102-B2, AB12-C3, 0x7FFF, foo_bar, setup.exe, libssl1.1", "hi"),
        ("3.14159 26535 89793 23846 26433 83279 50288 41971", "es"),
        ("BARACK OBAMA, ANGELA MERKEL, EMMANUEL MACRON, BORIS JOHNSON", "pt"),
        ("NASA ESA JAXA ISRO CNES ROSCOSMOS UNESCO UNICEF", "ru"),
        ("Johann Sebastian Bach, Georg Friedrich Händel, Wolfgang Amadeus Mozart", "pt"),
        ("Los Angeles Lakers - Boston Celtics 111:103 (27:25, 30:28)", "es"),
    ],
)
def test_what_has_nothing_to_translate_may_stay_as_it_is(text, language):
    assert judged(text, text, language) == []


@pytest.mark.parametrize(
    "text",
    [
        "See https://example.com/a/very/long/path for the details of the report.",
        "Who is Wolfgang Amadeus Mozart?",
        "What did BARACK OBAMA say about ISO-9001?",
        "WHO WROTE THE BOOK ABOUT THE BEES IN WINTER?",
        "How many of the 7,938 questions were answered in 2019?",
    ],
)
def test_a_sentence_with_names_numbers_and_addresses_is_to_be_translated(text):
    assert "copy" in judged(text, text)


def test_addresses_and_codes_are_of_no_language_and_no_script():
    source = "The page https://example.com/the/middle/of/the/nest and the file keep_warm_in_winter.txt tell more."
    good = "A página https://example.com/the/middle/of/the/nest e o arquivo keep_warm_in_winter.txt dizem mais."
    assert judged(source, good) == []
    assert (
        measure(
            "Visit https://example.com/casa/verde/mundo.", "A casa verde do mundo inteiro.", "en", "pt"
        ).untranslated
        == 0.0
    )
    measures = measure(source, "تخبرنا https://example.com/the/middle/of/the/nest بالمزيد", "en", "ar")
    assert measures.script == 1.0
    assert measures.characters == len("تخبرنا بالمزيد")


PARAGRAPH = "Bees keep the nest warm. They move their muscles. The cold does not harm them."
SENTENCES = ["As abelhas mantêm o ninho aquecido.", "Elas movem os músculos.", "O frio não as prejudica em nada."]


@pytest.mark.parametrize(
    ("translation", "failed"),
    [
        (" ".join(SENTENCES), []),
        (" ".join(SENTENCES[1:]), ["sentences"]),
        (" ".join(SENTENCES[:2]), ["sentences"]),
        # The three sentences as two: nothing is lost.
        ("As abelhas mantêm o ninho aquecido, elas movem os músculos. O frio não as prejudica em nada.", []),
        # As many sentences, and much too short.
        ("As abelhas aquecem. Elas movem os músculos. Não faz mal.", ["sentences"]),
        ("As abelhas aquecem.", ["length", "sentences"]),
    ],
)
def test_a_translation_that_lost_sentences_fails(translation, failed):
    assert judged(PARAGRAPH, translation) == failed


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("Where do bees live in winter?", "Onde vivem?"),
        ("Mr. Smith paid 3.5 million at 5 p.m. for the hive.", "O Sr. Smith pagou 3,5 milhões."),
        ("A heading about bees in winter", "As abelhas"),
    ],
)
def test_a_text_of_one_sentence_is_not_judged_by_sentences(source, translation):
    assert measure(source, translation, "en", "pt").source_sentences == 1
    assert "sentences" not in judged(source, translation, length=1.2)


@pytest.mark.parametrize("language", ["th", "lo", "km", "bo", "dz", "shn"])
def test_where_sentences_cannot_be_counted_nothing_is_judged_by_them(language):
    for pair in (("en", language), (language, "en")):
        measures = measure(PARAGRAPH, SENTENCES[0], *pair)
        assert (measures.source_sentences, measures.sentences) == (None, None)
        assert kept_share(measures._asdict(), {"paragraphs": 1.0}) is None
    assert "sentences" not in judged(PARAGRAPH, SENTENCES[0], language)


def test_a_kept_share_is_the_relative_length_and_less_where_sentences_are_fewer():
    measures = {"length": 0.9, "source_sentences": 3, "sentences": 3}
    assert kept_share(measures, {"paragraphs": 1.2}) == pytest.approx(0.75)
    assert kept_share(measures | {"sentences": 4}, {"paragraphs": 1.2}) == pytest.approx(0.75)
    assert kept_share(measures | {"sentences": 2}, {"paragraphs": 1.2}) == pytest.approx(0.75 / 1.15)
    # One of two sentences is half of a text, not a third.
    assert kept_share(measures | {"source_sentences": 2}, {"paragraphs": 1.2}) == pytest.approx(0.75 / 0.85)


def test_a_chinese_character_is_as_long_as_three_latin_ones():
    assert measure("一二三四五六七八九十", "a" * 30, "zh", "en").length == 1.0


@pytest.mark.parametrize(
    ("translation", "failed"),
    [
        ("Em 1995 custou 1.250.000 dólares, veja www.example.org.", []),
        ("Em 1995 custou 1 250 000 dólares, veja www.Example.org.", []),
        ("Em 1996 custou 1.250.000 dólares, veja www.example.org.", ["lost"]),
        ("Em custou 1.250.000 dólares, veja www.example.org.", ["lost"]),
        ("Em 1995 custou 1.250 dólares, veja www.example.org.", ["lost"]),
        ("Em 1995 custou 1.250.000 dólares, veja o sítio deles.", ["lost"]),
    ],
)
def test_a_lost_number_or_address_fails(translation, failed):
    source = "In 1995 it cost $1,250,000, see www.example.org."
    assert judged(source, translation) == failed


def test_a_chinese_copy_is_one_and_a_chinese_question_is_long_enough_to_be_identified():
    question = "台灣最高的山是什麼山？哪一年第一次有人登上"
    assert judged(question, question, "ja") == ["copy", "language"]
    assert judged("東京", "東京", "ja") == []  # a name
    assert count_characters("一" * 13 + "a") == 40


def test_related_languages_are_judged_by_their_own_level():
    source = "Lebah menjaga bagian tengah sarang tetap hangat pada musim dingin."
    translation = "Lebah menjaga bahagian tengah sarang supaya kekal hangat pada musim sejuk."
    assert measure(source, translation, "id", "ms").untranslated == pytest.approx(6 / 11)
    assert "untranslated" in judged(source, translation, "ms")
    assert judged(source, translation, "ms", untranslated=0.43) == []


def test_an_engine_that_translates_nothing_is_not_its_own_yardstick():
    assert medians_of([1.0, 1.2, 2.0], [0.9, 1.0, 1.0], [])["untranslated"] == 0.5
    assert medians_of([], [], []) == {"length": 1.0, "paragraphs": 1.0, "untranslated": 0.0}


def test_texts_of_several_sentences_have_a_median_of_their_own_where_there_are_enough():
    lengths = [1.0, 1.2, 2.0]
    assert medians_of(lengths, [], [0.7] * 19) == {"length": 1.2, "paragraphs": 1.2, "untranslated": 0.0}
    assert medians_of(lengths, [], [0.7] * 20) == {"length": 1.2, "paragraphs": 0.7, "untranslated": 0.0}


def test_scripts_are_counted_by_letter():
    assert script_share("ab вг 12!", "Latn") == 0.5
    assert script_share("東京タワー", "Jpan") == 1.0
    assert script_share("東京タワー", "Hans") == 0.4
    assert script_share("12 !", "Latn") is None
    assert script_share("ไม่เป็นไร", "Thai") == 1.0
    assert script_share("हिन्दी", "Deva") == 1.0


def test_untranslated_words_are_those_of_the_source_names_aside():
    assert untranslated_share("the lamp was lighted by Anna", "lamp lighted foco Anna") == pytest.approx(2 / 4)
    assert untranslated_share("the lamp", "lamp foco") is None
    assert untranslated_share("the lamp was lighted", "λάμπα lamp lighted άναψε πολύ") == pytest.approx(2 / 6)


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
        middle = median(
            (count_characters(line) + 10) / (count_characters(source) + 10)
            for source, line in zip(english, lines, strict=True)
        )
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
    rows = [
        (text, human, measure(text, human, source, target)) for text, human in zip(*texts.values(), strict=True) if text
    ]
    shares = [measures.untranslated for _, _, measures in rows if measures.untranslated is not None]
    middle = medians_of([measures.length for _, _, measures in rows], shares, [])
    failed = [
        judge(measures._asdict() | {"cut": False}, human, medians=middle, thresholds=THRESHOLDS)
        for _, human, measures in rows
    ]
    assert len(rows) == 997
    assert mean(bool(filters) for filters in failed) <= 0.02


@pytest.fixture(scope="module")
def sentence_counts(root):
    spec = importlib.util.spec_from_file_location("sentence_counts", root / "benchmarks/sentence_counts.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["sentence_counts"] = module  # where its tuples are looked up
    spec.loader.exec_module(module)
    return module


def test_lost_sentences_are_caught_and_human_paragraphs_pass(mirror, sentence_counts):
    languages = {"ar", "cs", "de", "es", "fi", "hi", "id", "ja", "lv", "my", "ru", "ta", "th", "tr", "zh"}
    measured = sentence_counts.measure_pairs(sentence_counts.cases_by_pair(mirror, first=False, languages=languages))
    found = sentence_counts.by_kind(measured, THRESHOLDS.sentences)
    assert {kind: len(human) > 1000 for kind, (human, _) in found.items()} == dict.fromkeys(found, True)
    assert sorted(found) == ["flores-3", "flores-5", "xquad-r"]
    for kind, (human, lossy) in found.items():
        assert mean(human) <= 0.02, kind
        assert mean(lossy) >= 0.95, kind
    assert sentence_counts.by_kind(measured, 0.99, lambda source, target: "th" in (source, target)) == {}


def test_human_translations_keep_their_numbers_and_changed_ones_are_caught(mirror):
    texts = {path.suffix[1:]: path.read_text(encoding="utf-8").splitlines() for path in (mirror / "flores").iterdir()}
    english = texts.pop("en")
    lost, caught = {}, []
    for language, lines in texts.items():
        shares = [lost_share(source, human) or 0.0 for source, human in zip(english, lines, strict=True)]
        lost[language] = mean(share > THRESHOLDS.lost for share in shares)
        for source, human in zip(english, lines, strict=True):
            # Three digits and more, as Latin scripts write them; the first one of a text is changed.
            number = re.search(r"(?<![\d.,])[1-9]\d{2,}(?![\w.,])", human)
            if number and re.search(rf"(?<![\w.,]){number[0]}(?![\w.,])", source):
                changed = human.replace(number[0], str(int(number[0]) + 7))
                caught.append((lost_share(source, changed) or 0.0) > THRESHOLDS.lost)
    assert max(lost.values()) <= 0.02, lost
    assert len(caught) > 3000
    assert mean(caught) >= 0.95


def test_nearly_every_real_text_has_words_to_translate(mirror):
    least = THRESHOLDS.words
    for path in (mirror / "flores").iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert mean(translatable_share(line) < least for line in lines) <= 0.002, path
    for language in ("en", "de", "es", "zh"):
        texts = read_reference("squad", mirror / f"xquad-r/{language}.json")
        assert mean(translatable_share(text) < least for text in texts) <= 0.002, language

"""The language table against independent lists: tokenizers, langcodes, the benchmarks' files."""

import langcodes
import pytest

from equilingual.languages import UnknownLanguageError, get_language, language_table

TABLE = language_table()


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("ar", "ar"),
        ("iw", "he"),  # deprecated
        ("in", "id"),
        ("zh-CN", "zh"),
        ("zh-TW", "zh-Hant"),
        ("zh-hant", "zh-Hant"),
        ("zh_cn", "zh"),
        ("cmn", "zh"),
        ("pt-BR", "pt"),
        ("arb_Arab", "ar"),
        ("arb", "ar"),
        ("pes_Arab", "fa"),
        ("zsm_Latn", "ms"),
        ("swh_Latn", "sw"),
        ("swh", "sw"),
        ("nob_Latn", "nb"),
        ("no", "nb"),
        ("nor", "nb"),
        ("ko-Hang", "ko"),
        ("kor_Hang", "ko"),
        ("est_Latn", "et"),
        ("fil", "tl"),
        ("azb", "azb"),
        ("sat_Beng", "sat"),
        ("eng", "en"),
        ("pa-IN", "pa"),
        ("pa-Guru", "pa"),
        ("zh-HK", "zh-Hant"),
        ("sr-BA", "sr"),
    ],
)
def test_aliases_and_spellings_are_accepted(given, tag):
    assert get_language(given).tag == tag


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("German", "de"),
        ("Swahili", "sw"),
        ("enn", "en"),
        ("sr-Latn", "sr"),
        ("x", None),
        # The region writes another script than the row's: Shahmukhi, Arabic, Latin.
        ("pa-PK", "pa"),
        ("uz-AF", "uz"),
        ("sr-ME", "sr"),
    ],
)
def test_an_unknown_language_names_the_nearest(wrong, right):
    with pytest.raises(UnknownLanguageError, match=f"unknown language '{wrong}'") as caught:
        get_language(wrong)
    if right in {"de", "sw", "en"}:
        assert repr(right) in str(caught.value)


def test_every_code_of_the_nllb_and_m2m100_tokenizers_stands_in_one_row():
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES as M2M100
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES as NLLB

    assert sorted(row.nllb for row in TABLE.values() if row.nllb) == sorted(NLLB)
    assert sorted(row.m2m100 for row in TABLE.values() if row.m2m100) == sorted(M2M100["m2m100"])


# What a column has where it differs from the rule that test_every_code_is_that_of_its_own_row gives.
APART = {
    "iso639_3": {"prs": "prs", "tl": "tgl"},  # langcodes: fas (Dari is Persian) and fil (Tagalog is Filipino)
    "nllb": {"ar-Latn": None, "min-Arab": None, "sat": "sat_Beng"},  # FLORES: sat_Olck
    "m2m100": {"fuv": "ff", "nb": "no", "nso": "ns"},
    "opus_mt": {"nb": "no"},
    "mkqa": {"nb": "no", "zh": "zh_cn", "zh-Hant": "zh_tw"},
    "tatoeba": {"fa": "pes", "lv": "lvs", "ms": "zsm", "sw": "swh", "zh": "cmn"},
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_code_is_that_of_its_own_row(row):
    def expected(column, by_rule):
        return APART[column].get(row.tag, by_rule) if column in APART else by_rule

    language = row.tag.split("-")[0]
    assert row.iso639_3 == expected("iso639_3", langcodes.Language.get(row.tag).to_alpha3())
    if row.flores and len(language) == 3:  # of a two-letter one FLORES says the variety: Arabic is arb
        assert row.flores.split("_")[0] == language
    assert row.nllb == expected("nllb", row.flores)
    assert row.opus_mt == expected("opus_mt", language)
    for column in ("xquad_r", "mlqa", "miracl", "mkqa", "m2m100"):
        assert getattr(row, column) in (None, expected(column, row.tag)), column
    assert row.tatoeba in (None, expected("tatoeba", row.iso639_3))


def test_flores_has_204_variants_and_codes_say_their_script():
    # FLORES-200's own list: 204 language varieties in 200 languages' scripts (arXiv:2207.04672, table 1)
    codes = [row.flores for row in TABLE.values() if row.flores]
    assert len(codes) == len(set(codes)) == 204
    assert all(row.flores.split("_")[1] == row.script for row in TABLE.values() if row.flores)


def test_tags_are_valid_and_mean_the_code_of_the_models():
    for row in TABLE.values():
        assert langcodes.tag_is_valid(row.tag), row.tag
        if row.flores:
            # langcodes folds Northern Pashto alone into `ps`; FLORES and NLLB have the southern one
            same = {
                langcodes.standardize_tag(code.split("-")[0], macro=True) for code in (row.tag, _hyphens(row.flores))
            }
            assert len(same) == 1 or row.tag == "ps", (row, same)
        assert (row.direction == "rtl") == (row.script in {"Arab", "Hebr"})
        assert len(row.iso639_3) == 3
        assert row.mteb == f"{row.iso639_3}-{row.script}"


def _hyphens(code):
    return code.replace("_", "-")


def test_names_are_told_apart():
    assert len({row.name for row in TABLE.values()}) == len(TABLE)


def test_the_spellings_of_the_benchmarks_are_those_of_their_files(mirror):
    def spellings(column):
        return {getattr(row, column) for row in TABLE.values()} - {None}

    assert spellings("xquad_r") == {path.stem for path in (mirror / "xquad-r").iterdir()}
    assert spellings("mlqa") == {path.stem for path in (mirror / "mlqa-r").iterdir()}
    assert spellings("miracl") == {path.name.split("-")[2] for path in (mirror / "miracl").glob("topics.*")}
    assert {path.suffix[1:] for path in (mirror / "tatoeba/v1").iterdir()} <= spellings("tatoeba")
    assert {path.suffix[1:] for path in (mirror / "flores").iterdir()} <= set(TABLE)


def test_every_corpus_that_mteb_names_by_the_table_is_known():
    # the language codes of MIRACLRetrieval in MTEB 2
    miracl = "ara ben deu eng fas fin fra hin ind jpn kor rus spa swa tel tha yor zho"
    assert " ".join(sorted(row.iso639_3 for row in TABLE.values() if row.miracl)) == miracl


@pytest.mark.parametrize(
    ("tag", "family", "resource"),
    [
        # families: Glottolog 5; classes: the lists in arXiv:2004.09095, table 1, and its lang2tax.txt
        ("en", "Indo-European", "high"),
        ("zh-Hant", "Sino-Tibetan", "high"),
        ("ar", "Afro-Asiatic", "high"),
        ("vi", "Austroasiatic", "high"),
        ("eu", "Basque", "high"),
        ("fi", "Uralic", "high"),
        ("th", "Tai-Kadai", "mid"),
        ("id", "Austronesian", "mid"),
        ("ta", "Dravidian", "mid"),
        ("kk", "Turkic", "mid"),
        ("ka", "Kartvelian", "mid"),
        ("te", "Dravidian", "low"),
        ("sw", "Atlantic-Congo", "low"),
        ("mr", "Indo-European", "low"),
        ("ti", "Afro-Asiatic", "low"),
        ("bm", "Mande", "low"),
        ("aeb", "Afro-Asiatic", None),
    ],
)
def test_languages_have_families_and_resources(tag, family, resource):
    assert (TABLE[tag].family, TABLE[tag].resource) == (family, resource)


def test_the_classes_have_as_many_languages_as_published():
    def of(resource):
        return {row.tag for row in TABLE.values() if row.resource == resource}

    # classes 5 (7 languages) and 4 (18); the table has Chinese twice
    assert len(of("high") - {"zh-Hant"}) == 25
    # class 3 has 28, of which Latin has no row
    assert len(of("mid")) == 27
    assert {row.resource for row in TABLE.values()} == {"high", "mid", "low", None}


def test_languages_without_spaces():
    without = {row.tag for row in language_table().values() if not row.has_spaces}
    assert without == {"zh", "zh-Hant", "yue", "ja", "th", "lo", "km", "my", "shn"}

"""The four families at random weights, against transformers' own greedy generation, token for token."""

import shutil
from dataclasses import replace

import pytest
import torch
from tiny_translators import FAMILIES, TEXTS

from equilingual.files import read_json, sha256_of, write_json
from equilingual.languages import get_language
from equilingual.translation.engines import Translation, catalogue, open_engine
from equilingual.translation.engines import ctranslate2 as engines
from equilingual.translation.engines.catalogue import EngineError, identity
from equilingual.translation.pieces import translate_texts

# As the model cards have it: what is put before the text, the tokenizer's source language, the first token that is
# forced on the translation.
CARDS = {
    "nllb": ("", {"es": "spa_Latn", "pt": "por_Latn", "ar": "arb_Arab"}),
    "m2m100": ("", {"es": "__es__", "pt": "__pt__", "ar": "__ar__"}),
    "opus-mt": (">>spa<< ", {"es": None}),
    "madlad400": ("<2{}> ", {"es": None, "he": None}),
}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    model, tokenizer = FAMILIES[request.param](folder)
    manifest = folder / "converted" / "manifest.json"
    engines.convert_translator(model=str(folder), revision=None, quantization="float32", out_manifest=manifest)
    return request.param, model, tokenizer, manifest


def spec_of(family, manifest, **more):
    more = {"target_token": ">>spa<<"} | more if family == "opus-mt" else more
    spec = {"name": "m", "kind": "ctranslate2", "family": family, "folder": str(manifest.parent), "beam_size": 1}
    return spec | {"unit": "sentence"} | more


def generate(family, model, tokenizer, texts, target, source="eng_Latn", longest=80):
    """Return transformers' own translations as tokens."""
    before, forced = CARDS[family]
    if family in ("nllb", "m2m100"):
        tokenizer.src_lang = {"nllb": source, "m2m100": "en"}[family]
    said = before.format({"he": "iw"}.get(target, target))
    encoded = tokenizer([said + text for text in texts], return_tensors="pt", padding=True)
    first = forced[target]
    options = {"forced_bos_token_id": tokenizer.convert_tokens_to_ids(first)} if first else {}
    with torch.no_grad():
        rows = model.generate(**encoded, num_beams=1, do_sample=False, max_new_tokens=longest, **options)
    special = {tokenizer.pad_token, tokenizer.eos_token}
    tokens = [[t for t in tokenizer.convert_ids_to_tokens(row) if t not in special] for row in rows.tolist()]
    return [row[bool(first) :] for row in tokens]


def agree(ours, theirs):
    # A random model may give the padding token as a word: generate() leaves it out.
    ours = [[token for token in row if token != "<pad>"] for row in ours]
    return [a[: len(b)] == b and (len(a) == len(b) or len(b) >= 79) for a, b in zip(ours, theirs, strict=True)]


def test_greedy_translations_are_those_of_transformers_in_batches_of_mixed_lengths(family):
    name, model, tokenizer, manifest = family
    for target in CARDS[name][1]:
        engine = open_engine(spec_of(name, manifest), "en", target, threads=2)
        theirs = generate(name, model, tokenizer, TEXTS, target)
        assert all(agree(engine.translate_tokens(TEXTS), theirs)), (name, target)
        assert len({tuple(row) for row in theirs}) > 2  # the model reads what it is given


def test_a_text_alone_is_translated_as_it_is_in_a_batch(family):
    name, _, _, manifest = family
    engine = open_engine(spec_of(name, manifest), "en", "es", threads=2)
    together = engine.translate(TEXTS)
    assert [engine.translate([text])[0] for text in TEXTS] == together
    assert engine.translate(TEXTS[::-1]) == together[::-1]


def test_a_model_is_given_one_sentence_at_a_time_unless_it_takes_texts(family, monkeypatch):
    name, _, _, manifest = family
    sentences = [TEXTS[0], TEXTS[1], TEXTS[2]]
    text = f"{sentences[0]}\n\n{sentences[1]} {sentences[2]}"
    asked = []
    for unit in ("sentence", "text"):
        engine = open_engine(spec_of(name, manifest, unit=unit), "en", "es", threads=1)
        monkeypatch.setattr(engine, "translate_tokens", lambda texts: asked.append(texts) or [["x"]] * len(texts))
        monkeypatch.setattr(
            engine._tokenizer, "batch_decode", lambda ids, **_: [f"answer {n}" for n in range(len(ids))]
        )
        asked.append(translate_texts(engine, [text], "en", "es"))
    assert asked == [
        sentences,
        [(Translation("answer 0\n\nanswer 1 answer 2"), 3)],
        [text],
        [(Translation("answer 0"), 1)],
    ]


def test_a_wrong_or_missing_language_token_is_not_what_transformers_does(family):
    name, model, tokenizer, manifest = family
    right = generate(name, model, tokenizer, TEXTS, "es")
    other = {"target_token": ">>por<<"} if name == "opus-mt" else {}
    wrong = open_engine(spec_of(name, manifest, **other), "en", "he" if name == "madlad400" else "pt", threads=2)
    assert not all(agree(wrong.translate_tokens(TEXTS), right))
    missing = open_engine(spec_of(name, manifest), "en", "es", threads=2)
    missing._said, missing._before = "", []
    assert not all(agree(missing.translate_tokens(TEXTS), right))
    if name in ("nllb", "m2m100"):
        other_source = open_engine(spec_of(name, manifest), "fr", "es", threads=2)
        assert not all(agree(other_source.translate_tokens(TEXTS), right))


def test_translations_are_the_texts_of_transformers(family, monkeypatch):
    name, model, tokenizer, manifest = family
    monkeypatch.setattr(engines.CTranslate2, "_longest_output", 24)
    answers = open_engine(spec_of(name, manifest), "en", "es", threads=2).translate(TEXTS)
    theirs = generate(name, model, tokenizer, TEXTS, "es", longest=24)
    for answer, tokens in zip(answers, theirs, strict=True):
        text = tokenizer.decode(tokenizer.convert_tokens_to_ids(tokens), skip_special_tokens=True).strip()
        # The two count the last token of a text without end in different ways.
        assert answer.text == text or (answer.cut and (answer.text.startswith(text) or text.startswith(answer.text)))
    assert len({answer.text for answer in answers}) > 2


def test_the_beams_are_those_of_the_configuration(family, monkeypatch):
    name, _, _, manifest = family
    asked = []
    engine = open_engine(spec_of(name, manifest, beam_size=3), "en", "es", threads=2)
    translate = engine._translator.translate_batch

    class Recorder:
        def translate_batch(self, tokens, **options):
            asked.append(options["beam_size"])
            return translate(tokens, **options)

    monkeypatch.setattr(engine, "_translator", Recorder())
    engine.translate(TEXTS[:2])
    assert asked == [3]


def test_an_output_at_the_longest_is_flagged_and_another_is_not(family, monkeypatch):
    name, model, tokenizer, manifest = family
    tokens = generate(name, model, tokenizer, TEXTS, "es")
    lengths = [len(row) for row in tokens]
    shortest = min(lengths)
    assert shortest < max(lengths)
    # Room for the shortest, its end and the language's token; every longer one is cut.
    room = shortest + 1 + (name in ("nllb", "m2m100"))
    monkeypatch.setattr(engines.CTranslate2, "_longest_output", room)
    engine = open_engine(spec_of(name, manifest), "en", "es", threads=2)
    assert [answer.cut for answer in engine.translate(TEXTS)] == [length > shortest for length in lengths]


@pytest.mark.parametrize("written", ["<s>", "</s>", "<pad>", "<unk>", "spa_Latn", "__es__", "<2pt>", ">>por<<"])
def test_a_token_that_is_written_in_a_text_is_text(family, written):
    name, _, tokenizer, manifest = family
    engine = open_engine(spec_of(name, manifest), "en", "es", threads=1)
    plain, spoiled = engine.source_tokens(["the lamp lit first", f"{written} the lamp {written}lit first"])
    orders = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab(), "<2pt>", ">>por<<", "__es__", "spa_Latn"}
    orders -= {tokenizer.unk_token}
    assert [token for token in spoiled if token in orders] == [token for token in plain if token in orders]
    assert len(spoiled) > len(plain)


def test_a_script_that_is_not_the_usual_one_needs_a_token_of_its_own(family):
    name, _, tokenizer, manifest = family
    if name != "madlad400":
        pytest.skip("MADLAD-400 alone is told by names made here")
    engine = open_engine(spec_of(name, manifest), "en", "es", threads=1)
    tokenizer = engine._tokenizer
    tokenizer.add_tokens(["<2ar>", "<2zh>", "<2ace>", "<2ace_Arab>"])
    spec = spec_of(name, manifest)
    assert engines._madlad400(tokenizer, spec, "en", "ar").said == "<2ar> "
    assert engines._madlad400(tokenizer, spec, "en", "ace-Arab").said == "<2ace_Arab> "
    for language in ("ar-Latn", "zh-Hant"):
        with pytest.raises(EngineError, match=f"no token for '{language}'"):
            engines._madlad400(tokenizer, spec, "en", language)


def test_the_manifest_has_the_hash_of_every_file(family):
    _, _, _, manifest = family
    files = read_json(manifest)["files"]
    assert "model.bin" in files
    assert any(name.startswith("tokenizer/") for name in files)
    assert all(sha256_of(manifest.parent / name) == value for name, value in files.items())


def test_a_language_that_the_vocabulary_lacks_is_named(family):
    name, _, _, manifest = family
    other = {"nllb": "m2m100", "m2m100": "nllb", "opus-mt": "nllb", "madlad400": "nllb"}[name]
    with pytest.raises(EngineError, match="no token for 'en'"):
        open_engine(spec_of(other, manifest), "en", "es", threads=1)
    if name == "madlad400":
        with pytest.raises(EngineError, match="no token for 'de'"):
            open_engine(spec_of(name, manifest), "en", "de", threads=1)


def test_a_model_with_several_targets_is_told_which(tmp_path):
    FAMILIES["opus-mt"](tmp_path)
    manifest = tmp_path / "converted" / "manifest.json"
    engines.convert_translator(model=str(tmp_path), revision=None, quantization="float32", out_manifest=manifest)
    tokens = {"es": ">>spa<<", "pt": ">>por<<"}
    for target, token in tokens.items():
        engine = open_engine(spec_of("opus-mt", manifest, target_token=tokens), "en", target, threads=1)
        assert engine.source_tokens(["Yes"])[0][0] == token
    with pytest.raises(
        EngineError, match=r"has several target languages: set its 'target_token' for es \(>>por<<, >>spa<<"
    ):
        open_engine(spec_of("opus-mt", manifest, target_token=None), "en", "es", threads=1)


def test_int8_is_smaller_and_still_translates(family):
    name, _, _, manifest = family
    small = manifest.parent.parent / "int8" / "manifest.json"
    model = str(manifest.parent.parent)
    engines.convert_translator(model=model, revision=None, quantization="int8", out_manifest=small)
    sizes = [(m.parent / "model.bin").stat().st_size for m in (small, manifest)]
    assert sizes[0] < 0.7 * sizes[1]  # norms and positions stay as they are
    assert len(open_engine(spec_of(name, small), "en", "es", threads=1).translate(TEXTS)) == len(TEXTS)


@pytest.mark.parametrize(("visible", "slot"), [(None, 1), ("3", 0)])
def test_a_gpu_is_taken_under_a_lock_or_as_the_cluster_says(family, monkeypatch, visible, slot):
    import ctranslate2

    asked = []
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 2)
    monkeypatch.setattr(ctranslate2, "Translator", lambda folder, **where: asked.append(where))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    name, _, _, manifest = family
    with engines.gpu_slot(1):  # another job has the first GPU
        for _ in range(2):  # as a pivot does: both on one, without waiting for each other
            open_engine(spec_of(name, manifest), "en", "es", threads=1)
    engines._held.close()
    engines.own_gpu.cache_clear()
    assert asked == [{"device": "cuda", "device_index": slot}] * 2


def test_what_a_cached_translation_depends_on(family, monkeypatch, tmp_path):
    name, _, _, manifest = family
    spec = spec_of(name, manifest)

    def state(**changes):
        return identity(spec | changes, "en", "es")

    first = state()
    moved = tmp_path / "moved"
    shutil.copytree(manifest.parent, moved)
    write_json(read_json(moved / "manifest.json") | {"model": "elsewhere"}, moved / "manifest.json")
    assert state(folder=str(moved), name="other", pairs=["en-es", "en-fr"]) == first
    assert state(beam_size=5) != first
    assert state(unit="text") != first
    write_json({"files": {"model.bin": "0" * 64}}, moved / "manifest.json")
    assert state(folder=str(moved)) != first
    # A mended token of the language table, or another way to cut texts, makes other translations.
    spanish = get_language("es")
    monkeypatch.setattr(catalogue, "get_language", lambda tag: replace(spanish, nllb="xxx_Latn", m2m100="xx"))
    assert state() != first
    monkeypatch.setattr(catalogue, "get_language", get_language)
    assert state() == first
    monkeypatch.setattr(catalogue, "version", lambda package: "0.0")
    assert state() != first

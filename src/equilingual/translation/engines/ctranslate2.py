"""CTranslate2: NLLB-200, M2M100, OPUS-MT (Marian) and MADLAD-400, converted once and decoded in C++.

Each family wants its languages told in its own way, and answers rubbish where they are missing (CTranslate2 #2017);
so the tokens are put together here, from the language table, and checked against the model's vocabulary.
"""

import atexit
import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from os import PathLike
from pathlib import Path
from shutil import rmtree
from typing import Any, NamedTuple, cast

from equilingual.devices import gpu_slot
from equilingual.files import sha256_of, write_json
from equilingual.languages import get_language
from equilingual.manifests import check_manifest
from equilingual.translation.engines import Translation
from equilingual.translation.engines.catalogue import EngineError, EngineSpec

logger = logging.getLogger(__name__)

_TOKENIZER = "tokenizer"  # sub-folder: CTranslate2 has a config.json of its own


def convert_translator(
    *, model: str, revision: str | None, quantization: str, out_manifest: str | PathLike[str]
) -> None:
    """Convert a Hugging Face model to CTranslate2's format, with its tokenizer, into the manifest's folder.

    Args:
        model: a local folder, or ``owner/name`` on the Hugging Face Hub.
        revision: the Hub's commit; ``None`` for a folder.
        quantization: CTranslate2's name of the type of the weights.
        out_manifest: written last; sha256 of every file.

    """
    from ctranslate2.converters import TransformersConverter
    from transformers import AutoTokenizer

    class Converter(TransformersConverter):  # type: ignore[misc]  # ctranslate2 has no types
        def load_tokenizer(self, tokenizer_class: Any, name: str, **options: Any) -> Any:  # noqa: ANN401
            return _with_languages(super().load_tokenizer(tokenizer_class, name, **options))

    folder = Path(out_manifest).parent
    partial = folder.with_name(f".{folder.name}.partial")
    rmtree(partial, ignore_errors=True)
    Converter(model, revision=revision).convert(str(partial), quantization=quantization)
    AutoTokenizer.from_pretrained(model, revision=revision).save_pretrained(partial / _TOKENIZER)
    folder.mkdir(parents=True, exist_ok=True)
    rmtree(folder)
    partial.rename(folder)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    write_json({"model": model, "revision": revision, "files": {f: sha256_of(folder / f) for f in files}}, out_manifest)


def _with_languages(tokenizer: Any) -> Any:  # noqa: ANN401
    """Put M2M100's language tokens into the vocabulary that is converted.

    CTranslate2 4.8 looks for them where transformers 5 no longer has them, and finds a vocabulary that is too small.
    """
    tokens = getattr(tokenizer, "lang_code_to_token", None)
    if tokens:
        known = tokenizer.get_vocab()
        languages = {token: tokenizer.lang_code_to_id[code] for code, token in tokens.items()}
        tokenizer.get_vocab = lambda: known | languages
    return tokenizer


_held = ExitStack()
atexit.register(_held.close)


@cache
def own_gpu(count: int) -> int:
    """Return the device of this process's engines, taken under its lock until the process ends.

    One for all: the two engines of a pivot would else wait for each other.
    """
    return _held.enter_context(gpu_slot(count))


class CTranslate2:
    """A converted model, for one language pair.

    Args:
        spec: ``folder`` (the converted model), ``family``, ``unit``, ``beam_size``, ``target_token``.
        source: BCP-47 tag.
        target: BCP-47 tag.
        threads: processor threads; a GPU is taken if there is one.

    """

    # Positions of the models (512 and more), less room for the special tokens; above it, texts are split.
    window = 400
    batch = 16_384
    _longest_output = 512

    def __init__(self, spec: EngineSpec, source: str, target: str, threads: int) -> None:
        import ctranslate2
        from transformers import AutoTokenizer

        folder = Path(spec["folder"])
        check_manifest(folder, expected=["model.bin"])
        self._beam_size = spec["beam_size"]
        self.by_sentence = spec["unit"] == "sentence"
        self._tokenizer = AutoTokenizer.from_pretrained(folder / _TOKENIZER)  # nosec B615  # a folder
        self._said, self._before, self._prefix = _FAMILIES[spec["family"]](self._tokenizer, spec, source, target)
        self._tokens = _obeyed_tokens(self._tokenizer)
        where: dict[str, Any] = {"device": "cpu", "intra_threads": threads, "inter_threads": 1}
        if ctranslate2.get_cuda_device_count():
            slot = 0 if os.environ.get("CUDA_VISIBLE_DEVICES") else own_gpu(ctranslate2.get_cuda_device_count())
            where = {"device": "cuda", "device_index": slot}
        logger.info("translating on %s", where)
        self._translator = ctranslate2.Translator(str(folder), **where)

    def length(self, text: str) -> int:
        """Return the number of tokens."""
        return len(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def source_tokens(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the texts as the model reads them: the family's language tokens, pieces, end of sentence."""
        said = [self._said + self._tokens.sub(_broken, text) for text in texts]
        ids = self._tokenizer(said, add_special_tokens=False, verbose=False)["input_ids"]
        end = self._tokenizer.eos_token
        return [[*self._before, *self._tokenizer.convert_ids_to_tokens(row), end] for row in ids]

    def translate_tokens(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the best hypotheses as tokens, without the target's prefix and the end of sentence."""
        tokens = self.source_tokens(texts)
        results = self._translator.translate_batch(
            tokens,
            target_prefix=[list(self._prefix)] * len(tokens) if self._prefix else None,
            beam_size=self._beam_size,
            max_batch_size=2048,
            batch_type="tokens",
            max_input_length=0,  # never cut in silence: what is longer than the window was split before
            min_decoding_length=0,  # a model that says nothing is not made to say something
            max_decoding_length=self._longest_output,
        )
        return [result.hypotheses[0][len(self._prefix) :] for result in results]

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """Return the translations, in the order of ``texts``; one at the longest output is flagged ``cut``."""
        answers = self.translate_tokens(texts)
        # A list for a list: its annotation does not tell the two ways of calling it apart.
        ids = [cast("list[int]", self._tokenizer.convert_tokens_to_ids(answer)) for answer in answers]
        decoded = self._tokenizer.batch_decode(ids, skip_special_tokens=True)
        full = self._longest_output - len(self._prefix)
        return [
            Translation(text.strip(), cut=len(answer) >= full) for text, answer in zip(decoded, answers, strict=True)
        ]


# What the families' language tokens look like, where the tokenizer does not name them.
_LANGUAGE_TOKENS = r"<2\w+>|>>\w+<<|__\w+__"


def _obeyed_tokens(tokenizer: Any) -> re.Pattern[str]:  # noqa: ANN401
    """Return a pattern of what a text must not hold: written in it, the model would take it for an order.

    An HTML page's ``<s>`` would else end a sentence, and a ``>>por<<`` at the beginning choose another language.
    """
    special = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
    named = sorted((re.escape(token) for token in special if token.strip()), key=len, reverse=True)
    return re.compile("|".join([*named, _LANGUAGE_TOKENS]))


def _broken(token: re.Match[str]) -> str:
    """Return a token with a space after its first character, so that it is text."""
    return f"{token[0][0]} {token[0][1:]}"


class Languages(NamedTuple):
    """How a family is told its languages."""

    said: str = ""  # put before the text
    before: Sequence[str] = ()  # tokens before the source's
    prefix: Sequence[str] = ()  # tokens that the translation is made to begin with


def _nllb(tokenizer: Any, spec: EngineSpec, source: str, target: str) -> Languages:  # noqa: ANN401
    codes = [_known(tokenizer, [get_language(tag).nllb], tag) for tag in (source, target)]
    return Languages(before=codes[:1], prefix=codes[1:])


def _m2m100(tokenizer: Any, spec: EngineSpec, source: str, target: str) -> Languages:  # noqa: ANN401
    codes = [_known(tokenizer, [f"__{get_language(tag).m2m100}__"], tag) for tag in (source, target)]
    return Languages(before=codes[:1], prefix=codes[1:])


def _opus_mt(tokenizer: Any, spec: EngineSpec, source: str, target: str) -> Languages:  # noqa: ANN401
    # Bilingual models have no language tokens; one that has several targets is told by the configuration.
    token = spec.get("target_token")
    token = token.get(target) if isinstance(token, Mapping) else token
    known = sorted(name for name in tokenizer.get_vocab() if re.fullmatch(r">>\w+<<", name))
    if known and not token:
        raise EngineError(
            f"{spec['name']}: this opus-mt model has several target languages: set its 'target_token' "
            f"for {target} ({', '.join(known[:8])}{' …' if len(known) > 8 else ''})"
        )
    return Languages(said=f"{_known(tokenizer, [token], target)} " if token else "")


def _madlad400(tokenizer: Any, spec: EngineSpec, source: str, target: str) -> Languages:  # noqa: ANN401
    language = get_language(target)
    other = {"he": "iw", "tl": "fil", "nb": "no", "jv": "jw"}.get(language.tag)
    bare, _, variant = language.tag.partition("-")
    # A language's bare name is its usual script; another one (ar-Latn, zh-Hant) has a token of its own or none.
    names = [f"{bare}_{variant}"] if variant.istitle() else [language.tag.replace("-", "_"), other, bare]
    names += [] if variant.istitle() else [language.iso639_3]
    return Languages(said=f"{_known(tokenizer, [f'<2{name}>' for name in names if name], target)} ")


def _known(tokenizer: Any, candidates: Sequence[str | None], language: str) -> str:  # noqa: ANN401
    """Return the first of the tokens that the vocabulary has."""
    for token in candidates:
        if token and tokenizer.convert_tokens_to_ids(token) not in (None, tokenizer.unk_token_id):
            return token
    tried = " or ".join(str(token) for token in candidates)
    raise EngineError(f"the model's vocabulary has no token for {language!r} (tried {tried}): is the family right?")


_FAMILIES: dict[str, Callable[[Any, EngineSpec, str, str], Languages]] = {
    "nllb": _nllb,
    "m2m100": _m2m100,
    "opus-mt": _opus_mt,
    "madlad400": _madlad400,
}


def open_engine(spec: EngineSpec, source: str, target: str, *, threads: int) -> CTranslate2:
    """Return a converted model, loaded for a language pair."""
    return CTranslate2(spec, source, target, threads)

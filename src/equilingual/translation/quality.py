"""The stage ``score_engine``: an engine against human translations.

in:  a reference (FLORES-200 dev, XQuAD-R) in two languages
out: ``results/quality/{reference}/{engine}/{source}/{language}.json``: chrF++, BLEU, and what the filters would drop

The references measure and are never trained on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import pyarrow as pa

from equilingual.config.filters import Filters
from equilingual.files import write_json
from equilingual.translation.cache import digest
from equilingual.translation.engines.catalogue import EngineSpec, has_pair, licence, missing
from equilingual.translation.filters import is_paragraph, judge, measure, medians_of
from equilingual.translation.measure import count_compared, measured
from equilingual.translation.references import read_reference
from equilingual.translation.stage import shard_table
from equilingual.translation.translators import open_translator

# sacrebleu's tokenisers for BLEU in scripts without spaces; chrF++ needs none.
_BLEU_TOKENIZERS = {"zh": "zh", "zh-Hant": "zh", "yue": "zh", "ja": "char", "th": "char", "km": "char", "lo": "char"}
_BLEU_TOKENIZERS |= {"my": "char", "bo": "char", "dz": "char"}


def score_engine(
    *,
    reference: str,
    file_format: str,
    source_file: str | PathLike[str],
    target_file: str | PathLike[str],
    engine: EngineSpec,
    source: str,
    language: str,
    filters: Filters,
    threads: int,
    cache: str | PathLike[str],
    out: str | PathLike[str],
) -> None:
    """Translate a reference's source texts and compare with its human translations.

    ``chrf`` is chrF++ (word order 2) and ``bleu`` BLEU, both of the whole reference, from 0 to 100, with sacrebleu's
    signatures; ``round_trip`` is chrF++ of the source against its translation and back, where the engine has the way
    back. ``flagged`` counts the translations that a filter would drop, ``false_alarms`` the human ones.
    ``sentences`` says of how many translations the sentences are compared (:func:`~…measure.count_compared`).

    Raises:
        ValueError: the two files have different numbers of texts.
        EngineError: the engine is not installed, lacks the pair or has stopped.
        CacheError: a file of the cache is damaged.

    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    sources, humans = (read_reference(file_format, file) for file in (source_file, target_file))
    if len(sources) != len(humans):
        raise ValueError(f"{target_file} has {len(humans)} texts and {source_file} {len(sources)}: not parallel")
    translated = translate_all(engine, source, language, sources, threads=threads, cache=cache)
    rows = [measured(row, source, language) for row in translated]
    translations = [row["translation"] for row in rows]
    chrf, bleu = CHRF(word_order=2), BLEU(tokenize=_BLEU_TOKENIZERS.get(language, "13a"))
    about = {"reference": reference, "engine": engine["name"], "licence": licence(engine)}
    about |= {"source": source, "language": language, "texts": len(sources)}
    figures: dict[str, Any] = {}
    for name, metric in (("chrf", chrf), ("bleu", bleu)):
        figures[name] = round(metric.corpus_score(translations, [humans]).score, 2)
        figures[f"{name}_signature"] = str(metric.get_signature())
    figures["round_trip"] = None
    if has_pair(engine, language, source) and missing(engine, language, source) is None:
        back = translate_all(engine, language, source, translations, threads=threads, cache=cache)
        figures["round_trip"] = round(chrf.corpus_score([row["translation"] for row in back], [sources]).score, 2)
    figures["unknown_words"] = sum(row["unknown"] for row in rows)
    counts = [row["source_sentences"] for row in rows if row["translation"]]
    figures["sentences"] = count_compared(pa.array(counts, pa.int32()))
    figures["flagged"] = count_flagged(rows, filters)
    figures["false_alarms"] = _false_alarms(sources, humans, source, language, filters)
    write_json(about | figures, out)


def translate_all(
    engine: EngineSpec, source: str, language: str, texts: Sequence[str], *, threads: int, cache: str | PathLike[str]
) -> list[dict[str, Any]]:
    """Return a row of the shards' columns for each text, in order; equal texts are translated once."""
    distinct = {digest(text): text for text in texts}
    translator = open_translator(engine, source, language, threads=threads, cache=cache, total=len(distinct))
    rows = {row["digest"]: row for row in shard_table(distinct, translator.translate(distinct)).to_pylist()}
    translator.close()
    return [rows[digest(text)] for text in texts]


def count_flagged(rows: Sequence[Mapping[str, Any]], filters: Filters) -> dict[str, int]:
    """Return how many translations fail each filter, by its name."""
    there = [row for row in rows if row["translation"]]
    shares = [row["untranslated"] for row in there if row["untranslated"] is not None]
    paragraphs = [row["length"] for row in there if is_paragraph(row)]
    medians = medians_of([row["length"] for row in there], shares, paragraphs)
    flagged = Counter(
        name for row in rows for name in judge(row, row["translation"], medians=medians, thresholds=filters)
    )
    return dict(sorted(flagged.items()))


def _false_alarms(
    sources: Sequence[str], humans: Sequence[str], source: str, language: str, filters: Filters
) -> dict[str, int]:
    rows = [
        {**measure(text, human, source, language)._asdict(), "translation": human, "cut": False}
        for text, human in zip(sources, humans, strict=True)
    ]
    return count_flagged(rows, filters)

"""Checks across the keys of a configuration, by names only: each problem has its key and says what to do."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from equilingual.catalogues.mining import COLUMN, MINERS
from equilingual.config.batch_settings import HardNegatives
from equilingual.config.batches import Batches, Strategy
from equilingual.config.bitext import bitext_problems
from equilingual.config.corpora import Corpus
from equilingual.config.debias import Debias
from equilingual.config.grid import arms
from equilingual.config.systems import Fuse, Merge, Translate
from equilingual.config.training import Regularizers
from equilingual.config.translation import NO_ENGINE
from equilingual.config.variants import in_variant
from equilingual.messages import suggestion
from equilingual.registry import known_references
from equilingual.translation.engines.catalogue import able_kinds, has_pair

if TYPE_CHECKING:
    from equilingual.config.models import Config
    from equilingual.config.training_sets import TrainingSet


def unknown_engine(engine: str, names: Sequence[str]) -> str | None:
    """Return that an engine is unknown, with the most similar name; None for a known one."""
    if engine in names:
        return None
    return f"unknown engine {engine!r}; {suggestion(engine, names)}"


def engine_problems(training_set: "TrainingSet", config: "Config") -> Iterator[str]:
    """Yield what is wrong with the names of a training set's engines, each with its key."""
    engine = training_set.engine
    by_key = {"engine": engine} if isinstance(engine, str) else {f"engine.{tag}": name for tag, name in engine.items()}
    for key, name in by_key.items():
        if problem := unknown_engine(name, [*config.engine_names(), NO_ENGINE]):
            yield f"{key}: {problem}"
    for language in {} if isinstance(engine, str) else engine:
        if language not in training_set.languages:
            yield f"engine: {language!r} is not in 'languages' ({', '.join(training_set.languages)})"


def training_set_problems(training_set: "TrainingSet", config: "Config") -> Iterator[str]:
    """Yield why languages of a training set are missing and cannot be translated."""
    for corpus_name in training_set.corpora:
        corpus = config.corpora.get(corpus_name)
        if corpus is None:
            yield f"unknown corpus {corpus_name!r}; 'corpora' has {', '.join(config.corpora)}"
            continue
        own = [language for language in training_set.languages if language in corpus.files]
        if not corpus.parallel and len(own) > 1 and training_set.min_languages != 1:
            tags = ", ".join(own)
            yield f"{corpus_name} has different QA pairs in {tags}: set 'min_languages' to 1, or use one language"
        for language in training_set.languages:
            if language not in corpus.files and (problem := _unmakeable(training_set, corpus, language, config)):
                yield f"{corpus_name} {problem}"
        there = [tag for tag in training_set.languages if tag in own or training_set.engine_for(tag) != NO_ENGINE]
        if len(there) < (training_set.min_languages or 0):
            yield (
                f"'min_languages' is {training_set.min_languages}, but {corpus_name} has only {len(there)} of the "
                f"languages ({', '.join(there) or 'none'}): none of its pairs would be used"
            )


def _unmakeable(training_set: "TrainingSet", corpus: Corpus, language: str, config: "Config") -> str | None:
    """Return why a language that a corpus lacks cannot be translated; ``min_languages`` may allow it to be missing."""
    pair = (training_set.source, language)
    engine = training_set.engine_for(language)
    if engine == NO_ENGINE and training_set.min_languages is not None:
        return None
    if training_set.source not in corpus.files:
        return f"has no file in {training_set.source!r}, the language to translate from"
    if engine == NO_ENGINE:
        return f"has no file in {language!r}, and the engine is {NO_ENGINE!r}{_able(config, *pair)}"
    if not has_pair(config.engine_spec(engine), *pair):
        return f"has no file in {language!r}; {engine} does not translate {pair[0]} to {language}{_able(config, *pair)}"
    return None


def training_problems(config: "Config") -> Iterator[str]:
    """Yield what is wrong with the batches and the training, without a variant and in each, with its key.

    Strategies and terms of the loss are checked with the training sets that they meet.
    """
    for name in (None, *config.variants):
        yield from (in_variant(name, problem) for problem in _training_problems(config, name))
    seen: dict[tuple[str, Strategy], list[tuple[str | None, object]]] = {}
    for arm in arms(config):
        varied = config.varied(arm.variant)
        made = (varied.batches.model_dump(), varied.training.model_dump())
        others = seen.setdefault((arm.training_set, arm.strategy), [])
        for other in (other for other, same in others if same == made):
            what = f"has the same keys as the variant {other}" if other and arm.variant else "changes nothing"
            yield f"variants.{arm.variant or other}: it {what}; give it another value of a key, or remove it"
            return
        others.append((arm.variant, made))


def _training_problems(config: "Config", variant: str | None) -> Iterator[str]:
    """Yield what is wrong with the batches and the training of a variant, with its key."""
    varied = config.varied(variant)
    yield from bitext_problems(varied)
    for name, training_set in config.training_sets.items():
        met = [one.strategy for one in arms(config) if (one.training_set, one.variant) == (name, variant)]
        if met:
            for problem in batch_problems(training_set, varied.batches, met, varied.training.positives):
                yield f"training_sets.{name}: {problem}"
            for problem in regularizer_problems(training_set, varied.training.regularizers):
                yield f"training.regularizers.{problem} (training_sets.{name})"
    yield from _weight_problems(varied)
    for problem in negatives_problems(varied.batches.negatives, config):
        yield f"batches.negatives.{problem}"


def _weight_problems(config: "Config") -> Iterator[str]:
    """Yield each weight for a name that no training set has: it has no effect, and may be a typo."""
    sets = config.training_sets.values()
    for what, sampling, names in [
        ("languages", config.batches.languages, {tag for s in sets for tag in s.languages}),
        ("corpora", config.batches.corpora, {corpus for s in sets for corpus in s.corpora}),
    ]:
        for name in (sampling.weights or {}) if sampling is not None else {}:
            if name not in names:
                yield f"batches.{what}.weights: no training set has {name!r}; choose from {', '.join(sorted(names))}"


def batch_problems(
    training_set: "TrainingSet", batches: Batches, strategies: Sequence[Strategy], positives: int
) -> Iterator[str]:
    """Yield why strategies do not work with a training set, by its languages and corpora."""
    weights = batches.languages.weights if batches.languages else None
    drawn = [tag for tag in training_set.languages if weights is None or weights.get(tag)]
    if positives > max(len(drawn), 1):
        yield f"training.positives is {positives}, and only {len(drawn)} languages are sampled: lower it"
    if len(training_set.languages) == 1 and any(s.needs_two_languages for s in strategies):
        yield "cross-lingual batches need at least two languages, and there is only one"
    elif any(s.needs_two_languages for s in strategies):
        yield from _weights_of_one_language(training_set, batches)
    for strategy in strategies:
        needed = strategy.row.language or strategy.query_language
        if needed is not None and needed not in training_set.languages:
            yield f"the strategy {strategy.label} needs the language {needed!r}; add it to 'languages'"
    for what, sampling, names in [
        ("languages", batches.languages, training_set.languages),
        ("corpora", batches.corpora, training_set.corpora),
    ]:
        if sampling is not None and sampling.weights is not None and not any(map(sampling.weights.get, names)):
            yield f"batches.{what}: none of {', '.join(names)} has a weight above 0"


def regularizer_problems(training_set: "TrainingSet", regularizers: Regularizers) -> Iterator[str]:
    """Yield why a term of the loss does not work with a training set's languages, each with its key."""
    companions = regularizers.companions(training_set.source)
    if companions is None:
        return
    if companions.question and len(training_set.languages) < 2:
        yield "consistency: it needs each question in a second language: give the training set another language"
    if companions.pivot is not None and companions.pivot not in training_set.languages:
        known = ", ".join(training_set.languages)
        advice = "set 'language' to one of these, or add it to the training set"
        yield f"pivot: its language is {companions.pivot!r}, and the training set has {known}: {advice}"


def _weights_of_one_language(training_set: "TrainingSet", batches: Batches) -> Iterator[str]:
    """Yield that only one language has a weight above 0, where cross-lingual batches need two."""
    weights = batches.languages.weights if batches.languages else None
    drawn = [tag for tag in training_set.languages if weights is None or weights.get(tag)]
    if weights is not None and len(drawn) == 1:
        yield (
            f"cross-lingual batches need at least two languages, and in batches.languages.weights only {drawn[0]!r} "
            f"of {', '.join(training_set.languages)} has a weight above 0: give a second one a weight"
        )


def validation_problems(config: "Config") -> Iterator[str]:
    """Yield why validation does not work with the corpora and languages that are named."""
    for name in config.validation.corpora if config.validation else ():
        corpus = config.corpora.get(name)
        if corpus is None:
            yield f"corpora: unknown corpus {name!r}; 'corpora' has {', '.join(config.corpora)}"
            continue
        for training_set in (label for label, one in config.training_sets.items() if name in one.corpora):
            yield f"corpora: {name} is also in the training set {training_set}; choose a corpus that is not trained on"
        for language in config.validation.languages if config.validation else ():
            if language not in corpus.files:
                yield f"languages: {name} has no file for {language!r}; it has {', '.join(corpus.files)}"


def negatives_problems(asked: HardNegatives | None, config: "Config") -> Iterator[str]:
    """Yield why hard negatives cannot come from the sources that are named."""
    if asked is None:
        return
    known = [*MINERS, *config.encoders]
    for miner in asked.miners:
        if miner not in known:
            yield f"from: unknown source {miner!r}; choose from {COLUMN}, {', '.join(known)}"
    most = config.mining.keep * len(asked.miners)
    if asked.miners == asked.from_ and asked.count > most:
        yield f"count: {asked.count} is more than the {most} that are mined: raise 'mining.keep' ({config.mining.keep})"


def debias_problems(config: "Config") -> Iterator[str]:
    """Yield each unknown model or calibration corpus that debiasing, merging, fusion and translation name."""
    asked = config.evaluation
    strategies = [strategy.label for strategy in config.batches.strategies]
    varied = [f"{arm.strategy.label}__{arm.variant}" for arm in arms(config) if arm.variant]
    encoders = [*config.encoders, *dict.fromkeys([*strategies, *varied])]
    debiased = [*encoders, *(f"{name}+{entry.label}" for name in encoders for entry in asked.debias)]
    applied: tuple[tuple[str, Sequence[Debias | Merge | Fuse | Translate], list[str]], ...] = (
        ("debias", asked.debias, encoders),
        ("merge", asked.merge, [*asked.lexical, *debiased]),
        ("fuse", asked.fuse, debiased),
        ("translate", asked.translate, [*asked.lexical, *encoders]),
    )
    for key, entries, names in applied:
        for number, entry in enumerate(entries):
            for name in () if isinstance(entry.models, str) else entry.models:
                if name not in names:
                    hint = suggestion(name, names)
                    if key == "translate" and name in debiased:
                        hint = "query translation applies to models without debiasing only"
                    yield f"{key}.{number}.models: unknown model {name!r}; {hint}"
    for number, one in enumerate(asked.translate):
        if problem := unknown_engine(one.engine, config.engine_names()):
            yield f"translate.{number}: {problem}"
    fitted = [entry.label for entry in asked.debias if entry.is_fitted]
    texts = [*known_references(), *config.training_sets]
    corpus = asked.calibration_corpus
    if fitted and [text == corpus for text in texts].count(True) != 1:
        problem = (
            f"{corpus!r} is both a reference and a training set" if corpus in texts else f"unknown corpus {corpus!r}"
        )
        able = ", ".join(dict.fromkeys(texts))
        what = "this key is null" if corpus is None else problem
        yield f"calibration_corpus: {what}; {', '.join(fitted)} can be fitted on {able}"


def _able(config: "Config", source: str, target: str) -> str:
    able = [name for name in config.engine_names() if has_pair(config.engine_spec(name), source, target)]
    if able:
        return f"; engines that support this pair: {', '.join(able)}"
    return f"; no engine here supports this pair; you could add {able_kinds(source, target)} (docs/configuration.md)"

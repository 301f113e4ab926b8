"""What is wrong across the keys of a configuration, as far as names can tell, each with its key and what to do."""

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from equilingual.catalogues.mining import COLUMN, MINERS
from equilingual.config.batches import Batches, HardNegatives
from equilingual.config.corpora import Corpus
from equilingual.config.translation import NO_ENGINE
from equilingual.registry import known_references
from equilingual.translation.engines.catalogue import able_kinds, has_pair

if TYPE_CHECKING:
    from equilingual.config.models import Config, TrainingSet


def unknown_engine(engine: str, names: Sequence[str]) -> str | None:
    """Return that no engine has a name, with the nearest that one has."""
    if engine in names:
        return None
    near = difflib.get_close_matches(engine, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    return f"no engine is called {engine!r}; {hint}"


def engine_problems(training_set: "TrainingSet", config: "Config") -> Iterator[str]:
    """Yield what is wrong with a training set's engines, each with its key, as far as names can tell."""
    engine = training_set.engine
    by_key = {"engine": engine} if isinstance(engine, str) else {f"engine.{tag}": name for tag, name in engine.items()}
    for key, name in by_key.items():
        if problem := unknown_engine(name, [*config.engine_names(), NO_ENGINE]):
            yield f"{key}: {problem}"
    for language in {} if isinstance(engine, str) else engine:
        if language not in training_set.languages:
            yield f"engine: {language!r} is none of the languages {list(training_set.languages)}"


def training_set_problems(training_set: "TrainingSet", config: "Config") -> Iterator[str]:
    """Yield why the languages of a training set's corpora cannot be made."""
    for corpus_name in training_set.corpora:
        corpus = config.corpora.get(corpus_name)
        if corpus is None:
            yield f"no corpus is called {corpus_name!r}; 'corpora' has {', '.join(config.corpora)}"
            continue
        own = [language for language in training_set.languages if language in corpus.files]
        if not corpus.parallel and len(own) > 1 and training_set.min_languages != 1:
            yield f"{corpus_name} has other QA pairs in each of {own}: set min_languages to 1, or give it one language"
        for language in training_set.languages:
            if language not in corpus.files and (problem := _unmakeable(training_set, corpus, language, config)):
                yield f"{corpus_name} {problem}"
        there = [tag for tag in training_set.languages if tag in own or training_set.engine_for(tag) != NO_ENGINE]
        if len(there) < (training_set.min_languages or 0):
            yield (
                f"min_languages is {training_set.min_languages}, and {corpus_name} has only "
                f"{', '.join(there) or 'none'} of the languages: none of its pairs would be trained on"
            )


def _unmakeable(training_set: "TrainingSet", corpus: Corpus, language: str, config: "Config") -> str | None:
    """Return why a language that a corpus has no file for cannot be made; with ``min_languages`` it need not."""
    pair = (training_set.source, language)
    engine = training_set.engine_for(language)
    if engine == NO_ENGINE and training_set.min_languages is not None:
        return None
    if training_set.source not in corpus.files:
        return f"has no {training_set.source!r} to translate from"
    if engine == NO_ENGINE:
        return f"has no {language!r} and the engine is {NO_ENGINE!r}{_able(config, *pair)}"
    if not has_pair(config.engine_spec(engine), *pair):
        return f"wants {language!r}, but {engine} does not translate {pair[0]} to {language}{_able(config, *pair)}"
    return None


def batch_problems(training_set: "TrainingSet", batches: Batches) -> Iterator[str]:
    """Yield why the batches that are asked for cannot be made from a training set, as far as names can tell."""
    if len(training_set.languages) == 1 and any(s.needs_two_languages for s in batches.strategies):
        yield "cross-lingual batches need two languages, there is only one"
    elif any(s.needs_two_languages for s in batches.strategies):
        yield from _weights_of_one_language(training_set, batches)
    for strategy in batches.strategies:
        needed = strategy.row.language or strategy.query_language
        if needed is not None and needed not in training_set.languages:
            yield f"the strategy {strategy.label} needs {needed!r}, one of the languages it has not"
    for what, sampling, names in [
        ("languages", batches.languages, training_set.languages),
        ("corpora", batches.corpora, training_set.corpora),
    ]:
        if sampling is not None and sampling.weights is not None and not any(map(sampling.weights.get, names)):
            yield f"batches.{what}: none of {list(names)} has a weight above 0"


def _weights_of_one_language(training_set: "TrainingSet", batches: Batches) -> Iterator[str]:
    """Yield that the weights leave cross-lingual batches one language only; none at all is said with the weights."""
    weights = batches.languages.weights if batches.languages else None
    drawn = [tag for tag in training_set.languages if weights is None or weights.get(tag)]
    if weights is not None and len(drawn) == 1:
        yield (
            f"cross-lingual batches need two languages, and batches.languages.weights draw only {drawn[0]!r} "
            f"of {list(training_set.languages)}: give another of them a weight above 0"
        )


def validation_problems(config: "Config") -> Iterator[str]:
    """Yield why a training cannot be watched as asked, as far as names can tell."""
    for name in config.validation.corpora if config.validation else ():
        corpus = config.corpora.get(name)
        if corpus is None:
            yield f"corpora: no corpus is called {name!r}; 'corpora' has {', '.join(config.corpora)}"
            continue
        for training_set in (label for label, one in config.training_sets.items() if name in one.corpora):
            yield f"corpora: {name} is trained on, in {training_set}: choose another one"
        for language in config.validation.languages if config.validation else ():
            if language not in corpus.files:
                yield f"languages: {name} has no file for {language!r}; it has {', '.join(corpus.files)}"


def negatives_problems(asked: HardNegatives | None, config: "Config") -> Iterator[str]:
    """Yield why hard negatives cannot be had, as far as names can tell."""
    if asked is None:
        return
    known = [*MINERS, *config.encoders]
    for miner in asked.miners:
        if miner not in known:
            yield f"from: no {miner!r}; there are {COLUMN}, {', '.join(known)}"
    most = config.mining.keep * len(asked.miners)
    if asked.miners == asked.from_ and asked.count > most:
        yield f"count: {asked.count}, but 'mining.keep' is {config.mining.keep}: {most} can be had at most"


def debias_problems(config: "Config") -> Iterator[str]:
    """Yield what models and which fitting text debiasing, merging and fusion name that there are not."""
    asked = config.evaluation
    encoders = [*config.encoders, *(strategy.label for strategy in config.batches.strategies)]
    debiased = [*encoders, *(f"{name}+{entry.label}" for name in encoders for entry in asked.debias)]
    for key, entries, names in (
        ("debias", asked.debias, encoders),
        ("merge", asked.merge, [*asked.lexical, *debiased]),
        ("fuse", asked.fuse, debiased),
        ("translate", asked.translate, [*asked.lexical, *encoders]),
    ):
        for number, entry in enumerate(entries):
            for name in () if isinstance(entry.models, str) else entry.models:
                if name not in names:
                    near = difflib.get_close_matches(name, names, n=1)
                    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
                    if key == "translate" and name in debiased:
                        hint = "queries are translated for models as they are, not debiased"
                    yield f"{key}.{number}.models: no encoder or strategy is called {name!r}; {hint}"
    for number, one in enumerate(asked.translate):
        if problem := unknown_engine(one.engine, config.engine_names()):
            yield f"translate.{number}: {problem}"
    fitted = [entry.label for entry in asked.debias if entry.is_fitted]
    texts = [*known_references(), *config.training_sets]
    if fitted and texts.count(asked.fit) != 1:
        what = "names a reference and a training set, both" if asked.fit in texts else f"is {asked.fit!r}"
        yield f"fit: {what}, and {', '.join(fitted)} must be fitted on one of {', '.join(dict.fromkeys(texts))}"


def _able(config: "Config", source: str, target: str) -> str:
    able = [name for name in config.engine_names() if has_pair(config.engine_spec(name), source, target)]
    if able:
        return f"; engines that do: {', '.join(able)}"
    return f"; no engine that does is configured; there could be {able_kinds(source, target)} (docs/configuration.md)"

"""Functions of the rules: the pairs of corpora and training sets."""


def corpus_files(corpus, language):
    """Return the files of a language of a corpus, by role."""
    roles = CONFIG.corpora[corpus].files[language].by_role()
    return {role: [corpus_place(place) for place in places] for role, places in roles.items()}


def corpus_inputs(wildcards):
    """Return the language's own files by role, with those of the pivot where the corpus has one."""
    files = corpus_files(wildcards.corpus, wildcards.language)
    pivot = CONFIG.corpora[wildcards.corpus].pivot
    return files | ({"pivot": corpus_files(wildcards.corpus, pivot)["file"]} if pivot else {})


def corpus_options(wildcards):
    """Return how a language of a corpus is read, besides its format: columns, rows, ids, and what was downloaded."""
    corpus = CONFIG.corpora[wildcards.corpus]
    files = corpus.files[wildcards.language]
    remote = [place for places in files.by_role().values() for place in places if place.source]
    own = ("where", "negatives", "empty", "max_entry_mb", "parallel", "pivot", "licence")
    return {
        **{name: getattr(corpus, name) for name in own},
        "columns": corpus.columns_given(),
        "languages": list(corpus.files),
        "origin": files.origin,
        "published": files.published,
        "fetched": {
            placed(corpus_place(place)): {"source": public_url(place.source), "sha256": place.sha256}
            for place in remote
        },
    }


def pairs_of(corpus, language):
    """Return the canonical pairs of a corpus in a language: read from its source, translated, or none."""
    if not CONFIG.has_pairs(corpus, language):
        return "results/corpora/no-pairs.parquet"
    if language in CONFIG.corpora[corpus].files:
        return f"results/corpora/{corpus}/{language}.parquet"
    return f"results/translations/{corpus}/{language}/pairs.parquet"


def training_set_files(wildcards):
    """Return the pairs of a training set: the languages of one corpus together."""
    training_set = CONFIG.training_sets[wildcards.training_set]
    return [pairs_of(corpus, tag) for corpus in training_set.corpora for tag in training_set.languages]


def training_set_nearness(wildcards):
    """Return what counts as a near duplicate in a training set, or ``None``."""
    nearness = CONFIG.training_sets[wildcards.training_set].near_duplicates
    return nearness and nearness.model_dump()


def trained_files():
    """Return the pairs of all training sets in all their languages."""
    sets = CONFIG.training_sets.values()
    return sorted({pairs_of(corpus, tag) for one in sets for corpus in one.corpora for tag in one.languages})


def validation_files():
    """Return the pairs of the validation's corpora: the languages of one corpus together."""
    asked = CONFIG.validation
    return [pairs_of(corpus, tag) for corpus in asked.corpora for tag in asked.languages] if asked else []


VALIDATION = ["results/validation/pairs.parquet"] if CONFIG.validation else []

"""Functions of the rules: hard negatives and who finds them."""


def hard_negatives():
    """Return how many hard negatives a pair has and where they are from; ``None`` for none."""
    asked = CONFIG.batches.negatives
    return asked and asked.model_dump(by_alias=True)


def mined_files(wildcards):
    """Return the hard negatives of each miner that the batches ask for."""
    miners = CONFIG.batches.negatives.miners if CONFIG.batches.negatives else ()
    return [negatives_file(wildcards.training_set, miner) for miner in miners]


def negatives_file(training_set, miner):
    """Return the hard negatives that a miner, BM25 or an encoder, finds in a training set."""
    return f"results/negatives/{training_set}/{miner}.parquet"


def mined_counts():
    """Return what each miner that the batches ask for has counted in each training set."""
    miners = CONFIG.batches.negatives.miners if CONFIG.batches.negatives else ()
    return [f"results/negatives/{name}/{miner}.json" for name in CONFIG.training_sets for miner in miners]


def mining_language(wildcards):
    """Return the language that a training set is mined in."""
    training_set = CONFIG.training_sets[wildcards.training_set]
    return CONFIG.mining.language_for(training_set.source, training_set.languages)


def miner_folder(wildcards):
    """Return the directory of the encoder that mines; none for BM25."""
    return None if wildcards.miner == BM25 else placed(f"results/encoders/{wildcards.miner}")


def miner_encoder(wildcards):
    """Return the manifest of the encoder that mines; nothing for BM25."""
    return [] if wildcards.miner == BM25 else f"results/encoders/{wildcards.miner}/manifest.json"


def miner_encoding(wildcards):
    """Return how the encoder that mines encodes; nothing for BM25."""
    if wildcards.miner == BM25:
        return None
    encoder = CONFIG.encoders[wildcards.miner]
    lengths = {"query_length": encoder.query_length, "passage_length": encoder.passage_length}
    return CONFIG.encoding.model_dump() | lengths


def miner_gpus(wildcards):
    """Return the GPUs that a miner takes: one for an encoder, which does without where there is none."""
    return int(wildcards.miner != BM25)


MINED = mined_counts()

"""Reads: the pairs of a training set and encoders. Writes: results/negatives/{training_set}/{miner}."""


rule mine_negatives:
    """Hard-negative mining: find passages that BM25 or an encoder ranks high for a question they do not answer."""
    input:
        pairs=plan.corpora.training_set_pairs,
        duplicates="results/duplicates/{training_set}.parquet",
        encoder=plan.mining.manifest,
        model=ancient(folders_of(plan.mining.manifest)),
    output:
        negatives="results/negatives/{training_set}/{miner}.parquet",
        counts="results/negatives/{training_set}/{miner}.json",
    log:
        "<logs>/mine_negatives/{training_set}/{miner}.log",
    benchmark:
        "<benchmarks>/mine_negatives/{training_set}/{miner}.tsv"
    conda:
        "../../envs/mine.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000, per_mb=10),
        runtime=growing(240, per_mb=1),
        gpu=plan.mining.gpus,
    params:
        made_of=plan.corpora.made_of,
        selection=plan.corpora.selection,
        language=plan.mining.language,
        encoder=plan.mining.folder,
        encoding=plan.mining.encoding,
        settings=plan.mining.settings,
        # Not an output: a failed job's outputs are deleted, and a rerun is to go on from here.
        work=plan.places.kept("results/work/mine_negatives/{training_set}/{miner}"),
        code=code_digest("mine_negatives"),
    script:
        "../scripts/mine_negatives.py"

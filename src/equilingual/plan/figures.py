"""The figures of the report that have files of their own, for papers and for Snakemake's report."""

# Sections of the page by their ids, each as a page of its own, with the titles that Snakemake's report gives them.
FIGURES = {
    "strategies": "Strategies side by side",
    "bias": "Language bias",
    "loss": "Training loss",
}
# Figures of each benchmark, in each of these forms.
FOR_PAPERS = {
    "quality-bias": "Quality against language bias",
    "language-pairs": "Language pairs",
    "rank-distance": "Rank distance by query language",
    "first-ten": "Whose passages fill the first ten places",
}
FORMS = ("svg", "pdf", "csv")

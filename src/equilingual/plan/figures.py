"""The figures of the report that have files of their own, for papers and for Snakemake's report."""

# Sections of the page by their ids, each as a page of its own, with the titles that Snakemake's report gives them.
FIGURES = {
    "leaderboard": "Leaderboard",
    "bias": "Language bias",
}
# Figures of each benchmark, in each of these forms.
FOR_PAPERS = {
    "quality-bias": "Quality against language bias",
    "forest": "Paired tests between models",
    "language-pairs": "Language pairs",
    "rank-distance": "Rank distance by query language",
    "first-ten": "Languages of the first ten results",
}
# Figures of the whole run, in the same forms, where models are trained.
OF_TRAINING = {"training": "Training loss"}
FORMS = ("svg", "pdf", "csv")

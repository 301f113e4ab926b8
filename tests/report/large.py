"""A made-up run of the size of XQuAD-R: 13 models, 1,190 questions in 11 languages, and as many answers as it has."""

import random

from report.sample import MODELS, XQUAD, Run, change_scores, write_run

from equilingual.files import write_json

LETTERS = {
    **dict.fromkeys(("de", "en", "es", "tr", "vi"), "eeeeaaaiiooutnrslcdmpgbfhvkwyz"),
    **{"ar": "اااللليييومنتربدعفسهقحجكشصخطغزذضظث", "el": "αααοοοιιιεεττσσνρπκυλμηωδγχθφβξζψ", "hi": "ाािीेोंकरनतसमहपलदयबवगजचटभशथखधड"},
    **{"ru": "оооееаааииннттссрвлкмдпуяыьгзбчйхжшюцщ", "th": "านรนกเงอมยลวดทสตะปบคหแจพชขใไโผซ", "zh": "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"},
}  # fmt: skip
OTHERS = {
    **{("none", None, debias): MODELS["none", None, "center-pool"] for debias in ("center", "lir-pool", "lsar-pool")},
    **{("hybrid", alpha, "none"): MODELS["hybrid", 0.5, "none"] for alpha in (0.1, 0.25, 0.4, 0.75, 0.9)},
}
LARGE = {**MODELS, **OTHERS}
QUESTIONS, WORDS, SENTENCES = 1190, 9000, 1180  # in each language


def write_large(folder):
    """Write the run and return the fields of ``ReportInputs``."""
    run = Run(folder, models=LARGE, seeds=(1, 2, 3), benchmarks={"xquad-r": XQUAD}, steps=2000)
    arguments = write_run(run)
    models = [name for name, *_, seed, _, _ in run.names() if seed in (None, 1)]
    write_json(_examples(models), arguments["examples"][0])
    rng = random.Random(2)  # values as uneven as measured ones
    change_scores(
        arguments["scores"], lambda line: line | {"value": float(line["value"]) * (1 + rng.uniform(-0.02, 0.02))}
    )
    return arguments


def _examples(models):
    """Return a sample of 60 questions and three more for each model; a model's answers are its own."""
    rng = random.Random(1)
    words = {tag: ["".join(rng.choices(LETTERS[tag], k=_length(rng, tag))) for _ in range(WORDS)] for tag in XQUAD}
    often = [1 / rank for rank in range(1, WORDS + 1)]  # as words of a language are

    def sentence(tag, least, most):
        return ("" if tag in ("zh", "th") else " ").join(rng.choices(words[tag], often, k=rng.randint(least, most)))

    shown = 60 + 3 * (len(models) - 1)
    candidates = [(tag, number) for tag in XQUAD for number in range(SENTENCES)]
    near = [[_near(rng, tag) for tag in XQUAD] for _ in range(shown)]
    hits = {model: [[rng.sample(pool, 10) for pool in asked] for asked in near] for model in models}
    met = sorted({one for lists in hits.values() for asked in lists for found in asked for one in found})
    english = {XQUAD.index("en") * SENTENCES + one % SENTENCES for one in met}
    kept = {one: place for place, one in enumerate(sorted({*met, *english}))}
    return {
        "benchmark": "xquad-r", "seed": 1, "sampled": 60, "of": QUESTIONS, "depth": 10,
        "questions": [
            {"id": f"5725b{number:03x}89a1e219009abf{number:02x}", "texts": {tag: sentence(tag, 6, 14) for tag in XQUAD},
             "relevant": sorted(kept[one] for one in rng.sample(met, 11))}
            for number in range(shown)
        ],
        "candidates": {
            "id": [f"{candidates[one][0]}_p{candidates[one][1] // 5}_s{candidates[one][1] % 5}" for one in kept],
            "language": [candidates[one][0] for one in kept],
            "text": [sentence(candidates[one][0], 10, 34) for one in kept],
            "english": [None if candidates[one][0] == "en" else kept[XQUAD.index("en") * SENTENCES + one % SENTENCES]
                        for one in kept],
        },
        "models": {
            model: {"base": None if model == "e5-small" else "e5-small", "gain": 1, "loss": 2, "median": 3,
                    "wins": {other: rng.randint(50, QUESTIONS // 2) for other in models if other != model},
                    "hits": [[[kept[one] for one in found] for found in asked] for asked in lists]}
            for model, lists in hits.items()
        },
    }  # fmt: skip


def _length(rng, tag):
    return rng.randint(1, 2) if tag == "zh" else rng.randint(2, 11)


def _near(rng, tag):
    """Return what the models choose from: as many candidates of the query's own language as of all others."""
    own = XQUAD.index(tag) * SENTENCES
    pool = [own + rng.randrange(SENTENCES) for _ in range(8)] + [
        rng.randrange(len(XQUAD) * SENTENCES) for _ in range(8)
    ]
    return sorted(set(pool))

"""What well-known encoders were trained on: a score on such data, or on a benchmark made from them, is not zero-shot.

Only labelled data and bitext count, not the plain text of pre-training. Each row has its source.
"""

from collections.abc import Mapping

# arXiv:2402.05672 and the model cards: the mixture of the supervised fine-tuning.
_E5 = (
    "ms-marco", "nq", "triviaqa", "nli", "eli5", "nllb", "dureader", "fever", "hotpotqa", "squad", "quora", "mr-tydi",
    "miracl",
)  # fmt: skip
# The card of Shitao/bge-m3-data on the Hub, which has the data of the fine-tuning.
_BGE_M3 = (
    "ms-marco", "nq", "hotpotqa", "triviaqa", "squad", "coliee", "pubmedqa", "nli", "dureader", "mmarco", "t2ranking",
    "law-gpt", "cmedqa", "nli-zh", "lecard", "mr-tydi", "miracl", "mldr",
)  # fmt: skip

# By the name on the Hub, in small letters.
TRAINED_ON: Mapping[str, tuple[str, ...]] = {
    "intfloat/multilingual-e5-small": _E5,
    "intfloat/multilingual-e5-base": _E5,
    "intfloat/multilingual-e5-large": _E5,
    "baai/bge-m3": _BGE_M3,
    # arXiv:2007.01852: bitext mined from web pages. arXiv:1911.02116 and 1810.04805: plain text.
    "sentence-transformers/labse": ("mined bitext",),
    "facebookai/xlm-roberta-base": (),
    "facebookai/xlm-roberta-large": (),
    "xlm-roberta-base": (),
    "xlm-roberta-large": (),
    "google-bert/bert-base-multilingual-cased": (),
    "google-bert/bert-base-multilingual-uncased": (),
    "bert-base-multilingual-cased": (),
    "bert-base-multilingual-uncased": (),
}

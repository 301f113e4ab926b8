"""The formats of corpora: which files a language has, where the fields of a QA pair stand, what reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

Columns = Mapping[str, str | None]


@dataclass(frozen=True)
class Format:
    """A format of corpora.

    Attributes:
        module: of ``equilingual.corpora.formats``; its function ``read`` yields the QA pairs.
        about: what it stands for, in a few words; ``""`` where the name says it.
        needed: the roles of the files that a language must have.
        others: those that it may have.
        one_of: those of which it must have one.
        columns: where the fields of a QA pair stand, of a format with a row for each question; ``language`` chooses
            rows and is no field. ``None``: the configuration's ``columns`` and ``where`` do not go with the format.
        kind: the kind of file, as ``equilingual.corpora.records`` reads it; ``None``: the files' names say it.
        is_bitext: whether its rows are parallel sentences, and not QA pairs; ``read`` then yields sentences.
        by_language: of bitext: whether a language may have a file of its own, line n the same sentence in each.

    """

    module: str = "columns"
    about: str = ""
    needed: tuple[str, ...] = ("file",)
    others: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    columns: Columns | None = None
    kind: str | None = None
    is_bitext: bool = False
    by_language: bool = True

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles that a language's files may have."""
        return (*self.needed, *self.others, *self.one_of)


_PLAIN: Columns = {name: name for name in ("question", "passage", "pair_id", "passage_id", "negatives")}

FORMATS: Mapping[str, Format] = {
    "jsonl": Format(columns=_PLAIN, kind="jsonl"),
    "json": Format(about="one array", columns=_PLAIN, kind="json"),
    "csv": Format(columns=_PLAIN, kind="csv"),
    "tsv": Format(columns=_PLAIN, kind="tsv"),
    "parquet": Format(about="these five: columns pair_id, question, passage, …", columns=_PLAIN, kind="parquet"),
    "squad": Format("squad"),
    # https://github.com/FlagOpen/FlagEmbedding, examples/finetune/embedder
    "flagembedding": Format(columns={"question": "query", "passage": "pos", "negatives": "neg"}),
    # https://github.com/facebookresearch/DPR, "Retriever input data format"
    "dpr": Format(
        columns={"question": "question", "passage": "positive_ctxs", "negatives": "hard_negative_ctxs"},
    ),
    # https://github.com/google-research-datasets/SWIM-IR
    "swim-ir": Format(
        columns={"pair_id": "_id", "question": "query", "title": "title", "passage": "text", "language": "code"},
    ),
    # https://github.com/texttron/tevatron, its first format; Mr. TyDi's files, too
    "tevatron": Format(
        "tevatron",
        others=("corpus",),
        columns={
            "pair_id": "query_id",
            "question": "query",
            "passage": "positive_passages",
            "negatives": "negative_passages",
        },
    ),
    "beir": Format("beir", needed=("corpus", "queries", "qrels")),
    "mmarco": Format("mmarco", needed=("collection", "queries"), one_of=("qrels", "triples")),
    # Bitext. OPUS's downloads are Moses files (https://opus.nlpl.eu) and TMX 1.4b; WikiMatrix and NLLB are TSV files.
    "moses": Format("moses", about="bitext", is_bitext=True),
    "tmx": Format("tmx", about="bitext", is_bitext=True, by_language=False),
    "bitext-tsv": Format("bitext_tsv", is_bitext=True, by_language=False),
}

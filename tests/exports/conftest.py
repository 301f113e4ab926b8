import pyarrow as pa
import pytest
from tiny import prepare_configured, write_tiny_encoder

from equilingual.config.origin import Origin
from equilingual.config.training import Centring, Regularizers, TrainingSettings
from equilingual.encoders import load_encoder
from equilingual.encoders.directory import save_model
from equilingual.parquet import write_parquet
from equilingual.training.card import model_card

WORDS = {"en": "what is the number", "de": "was ist die Zahl", "zh": "数字是多少", "ar": "ما هو الرقم"}


SETTINGS = TrainingSettings(
    query_length=24,
    passage_length=40,
    precision="float32",
    regularizers=Regularizers(centring=Centring(weight=5.0)),
    wise_ft_base_weight=0.15,
)


@pytest.fixture(scope="session")
def about():
    """A model's manifest, as ``train_encoder`` writes it, as far as the card reads it."""
    return {
        "experiment": "tiny__t__hybrid-0.5__seed-1",
        "encoder": "tiny",
        "base": {"source": "folder", "path": "home/models/tiny-v1"},
        "training_set": "t",
        "strategy": "hybrid-0.5",
        "alpha": 0.5,
        "seed": 1,
        "languages": ["en", "de", "zh"],
        "pairs": 20,
        "negatives": None,
        "parameters": {"batch_size": 4, **SETTINGS.recorded},
        "steps": 12,
        "best": {"step": 8, "validation_loss": 1.5, "validation_map": 0.5},
        "hardware": "a processor",
    }


@pytest.fixture(scope="session")
def model_of(tmp_path_factory, about):
    """Return a function that makes a model directory, as ``train_encoder`` writes it, of modules or of a kind."""

    def make(kind="bert", pooling="mean", modules=None, **sizes):
        folder = tmp_path_factory.mktemp("model")
        source = write_tiny_encoder(folder / "source", kind=kind, **sizes)
        if modules is not None:
            from sentence_transformers import SentenceTransformer
            from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

            transformer = Transformer(str(source))
            first = [transformer, Pooling(transformer.get_embedding_dimension(), pooling_mode=pooling)]
            SentenceTransformer(modules=[*first, *modules]).save(str(folder / "whole"))
            source, pooling = folder / "whole", None
        prepare_configured(
            encoder="tiny",
            source="folder",
            path=str(source),
            pooling=pooling,
            query_prompt="q: ",
            passage_prompt="p: ",
            query_length=24,
            passage_length=40,
            folder=folder / "tiny",
        )
        card = model_card(about, Origin(base_model=None, base_licence="MIT", licences={"c": "CC0-1.0"}))
        save_model(load_encoder(folder / "tiny"), folder / "model", card=card, about=about)
        return folder / "model"

    return make


@pytest.fixture(scope="session")
def model(model_of):
    return model_of()


@pytest.fixture(scope="session")
def benchmark(tmp_path_factory):
    """A benchmark's two tables: 100 queries and 200 candidates of different lengths in four languages."""
    folder = tmp_path_factory.mktemp("benchmark")
    for name, count in (("queries", 100), ("candidates", 200)):
        languages = list(WORDS)
        texts = [f"{n * 7919} {WORDS[languages[n * 4 // count]]} " * (1 + n % 7) for n in range(count)]
        write_parquet(pa.table({"text": texts, "other": list(range(count))}), folder / f"{name}.parquet")
    return folder


@pytest.fixture
def export(tmp_path, benchmark, about):
    """Return a function that exports a model as a kind and returns the folder."""
    from equilingual.exports import export_encoder

    def run(model, kind):
        card = tmp_path / "card.md"
        card.write_text((model / "README.md").read_text(encoding="utf-8") + "\n## Scores\n", encoding="utf-8")
        export_encoder(
            experiment=about["experiment"],
            kind=kind,
            model=model,
            card=card,
            queries=benchmark / "queries.parquet",
            candidates=benchmark / "candidates.parquet",
            threads=1,
            folder=tmp_path / kind,
        )
        return tmp_path / kind

    return run

from functools import partial

import pyarrow as pa
import pytest
from tiny import prepare_tiny, write_tiny_encoder
from written_batches import write_batches

from equilingual.config.origin import Origin
from equilingual.config.training import TrainingSettings
from equilingual.corpora import PAIR_SCHEMA
from equilingual.parquet import write_parquet


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """A tiny encoder as ``prepare_encoder`` writes it."""
    folder = tmp_path_factory.mktemp("encoder")
    source = write_tiny_encoder(folder / "source")
    return prepare_tiny(source, folder / "tiny")


@pytest.fixture(scope="session")
def batches(tmp_path_factory):
    return write_batches(tmp_path_factory.mktemp("batches"))


@pytest.fixture(scope="session")
def hard_batches(tmp_path_factory):
    """The same, each pair with one hard negative."""
    return write_batches(tmp_path_factory.mktemp("hard"), {"count": 1, "from": ["column"]})


@pytest.fixture(scope="session")
def several_batches(tmp_path_factory):
    """The same with a hard negative in two languages, and with passages in two languages that answer each query."""
    negatives = {"count": 1, "from": ["column"], "language": "both"}
    return write_batches(tmp_path_factory.mktemp("several"), negatives, positives=2)


@pytest.fixture(scope="session")
def two_batches(tmp_path_factory):
    return write_batches(tmp_path_factory.mktemp("two"), batches=2)


@pytest.fixture(scope="session")
def settings():
    given = {
        "learning_rate": 1e-3,
        "warmup_ratio": 0.25,
        "weight_decay": 0.01,
        "temperature": 0.05,
        "max_grad_norm": 1.0,
        "word_embeddings": "frozen",
        "lr_scheduler_type": "linear",
        "learn_temperature": False,
        "symmetric_loss": False,
        "regularizers": {"distillation": None, "centring": None},
        "wise_ft_base_weight": 0.0,
        "lora": None,
        "torch_compile": False,
        "micro_batch_size": None,
        "early_stopping_patience": None,
        "keep_best": False,
        "eval_steps": 1,
        "dropout": True,
        "precision": "float32",
        "save_steps": 5,
        "query_length": 32,
        "passage_length": 32,
    }
    return TrainingSettings.model_validate(given)


def changed(settings, **changes):
    """Return settings with other values, checked as the configuration's are."""
    return TrainingSettings.model_validate({**settings.model_dump(), **changes})


@pytest.fixture(scope="session")
def change(settings):
    """Return a function that returns the settings with other values."""
    return partial(changed, settings)


@pytest.fixture
def pairs(tmp_path):
    """Return the file of seven held-out pairs in two languages."""
    rows = [
        (f"v{n}", f"d{n}", language, f"{word} {n * 31}?", f"{n * 31} {word}", "human")
        for language, word in (("en", "which"), ("de", "welche"))
        for n in range(7)
    ]
    path = tmp_path / "validation.parquet"
    write_parquet(pa.table([list(c) for c in zip(*rows, strict=True)], schema=PAIR_SCHEMA), path)
    return path


@pytest.fixture
def job_of(tmp_path, encoder, batches, change):
    """Return a function that returns the job of a training in a folder of its own; settings are given by name."""
    from equilingual.training import TrainingJob

    def job(name, batches=batches, validation=None, encoder_folder=encoder, threads=1, **changes):
        return TrainingJob(
            experiment="tiny__t__hybrid-0.5__seed-1",
            encoder="tiny",
            encoder_folder=encoder_folder,
            batches=batches,
            validation=validation,
            settings=change(**changes),
            origin=Origin(base_model=None, base_licence="MIT", licences={"c": "CC0-1.0"}),
            seed=1,
            threads=threads,
            checkpoints=tmp_path / name / "work",
            tensorboard=tmp_path / name / "tensorboard",
            model_out=tmp_path / name / "model",
            history_out=tmp_path / name / "history.jsonl",
        )

    return job


@pytest.fixture
def train(tmp_path, job_of):
    """Return a function that trains and returns (model folder, history file)."""
    from equilingual.training import train_encoder

    def run(name, **changes):
        train_encoder(job_of(name, **changes))
        return tmp_path / name / "model", tmp_path / name / "history.jsonl"

    return run

"""Training against its peer, as ratios in one run.

    python benchmarks/training.py [plain|cached] [float32|bfloat16] [FOLDER]

plain    our steps against sentence-transformers' trainer with MultipleNegativesRankingLoss (target on a CPU: 1.4)
cached   gradient caching in micro-batches of 16 against its CachedMultipleNegativesRankingLoss of the same size

Same encoder, same pairs in the same batches, same precision (bfloat16: of the matrix products), optimiser and clipping,
word embeddings frozen in both.
FOLDER holds an encoder (``results/encoders/e5-small`` of a run); without one a random encoder of the multilingual
E5-small's shape reads ids of words. Texts: the English questions and passages of SQuADShifts new Wikipedia, else of
the demo.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from equilingual.batching import BatchReader, build_batches  # noqa: E402 (the path comes first)
from equilingual.config.batch_settings import BatchSettings, StrategySettings  # noqa: E402
from equilingual.config.training import TrainingSettings  # noqa: E402
from equilingual.corpora import read_corpus  # noqa: E402
from equilingual.training.trainer import Trainer  # noqa: E402
from equilingual.training_sets import TrainingSetFiles  # noqa: E402

BATCH_SIZE, STEPS, ROUNDS = 32, 8, 3
WARM_UP = 2  # steps that are not timed
COMPARISONS = "plain", "cached"
PRECISIONS = "float32", "bfloat16"
# Of the configuration's defaults, whose precision a GPU would choose.
SETTINGS = TrainingSettings(precision="float32", query_length=96, passage_length=256, eval_steps=1, keep_best=False)


def main(arguments: list[str]) -> None:
    """Run the named comparison, both by default."""
    names = [name for name in arguments if name in COMPARISONS] or COMPARISONS
    precision = next((name for name in arguments if name in PRECISIONS), "float32")
    folders = [name for name in arguments if name not in {*COMPARISONS, *PRECISIONS}]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        encoder = Path(folders[0]) if folders else random_encoder(work / "encoder")
        reader = batches(work)
        for name in names:
            size = 16 if name == "cached" else None
            ours = []
            theirs = []
            for _ in range(ROUNDS):
                ours.append(our_speed(encoder, reader, size, precision))
                theirs.append(their_speed(encoder, reader, size, precision, work))
            found = {
                "benchmark": name,
                "precision": precision,
                "pairs_per_second": {"ours": _mid(ours), "theirs": _mid(theirs)},
            }
            found |= {"ratio": round(_mid(ours) / _mid(theirs), 2), "threads": torch.get_num_threads()}
            found |= {"batch_size": BATCH_SIZE, "steps": STEPS, "rounds": ROUNDS, "encoder": folders[:1] or "random"}
            print(json.dumps(found), flush=True)  # noqa: T201 (its output)


def _mid(speeds: list[float]) -> float:
    return round(statistics.median(speeds), 2)


def batches(work: Path) -> BatchReader:
    """Return monolingual English batches."""
    squad = ROOT.parent / "shared/data/squadshifts/new_wiki_v1.0.json"
    demo = ROOT / "resources/demo/train/en.jsonl"
    file, file_format = (squad, "squad") if squad.exists() else (demo, "jsonl")
    pairs = work / "en.parquet"
    read_corpus(
        corpus="c",
        file_format=file_format,
        files={"file": [file]},
        language="en",
        origin="human",
        licence="",
        languages=["en"],
        pairs_out=pairs,
        counts_out=work / "counts.json",
    )
    build_batches(
        training_set=TrainingSetFiles("t", ["en"], {"c": {"en": pairs}}),
        strategy=StrategySettings(name="mono"),
        settings=BatchSettings(batch_size=BATCH_SIZE, batches=STEPS + WARM_UP),
        seed=1,
        shards=[work / "part-0.parquet"],
        manifest=work / "manifest.json",
    )
    return BatchReader(work / "manifest.json")


def _load(encoder: Path):  # noqa: ANN202 (sentence-transformers' type is not imported here)
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder), device="cuda" if torch.cuda.is_available() else "cpu")
    model.max_seq_length = SETTINGS.passage_length
    return model


def our_speed(encoder: Path, reader: BatchReader, micro_batch_size: int | None, precision: str) -> float:
    """Return pairs per second of the steps after the first ones."""
    settings = SETTINGS.model_copy(update={"micro_batch_size": micro_batch_size, "precision": precision})
    trainer = Trainer(_load(encoder), settings, steps=len(reader), seed=1, languages=["en"])
    steps = trainer.run(reader)
    for _ in range(WARM_UP):
        next(steps)
    start = time.perf_counter()
    for _ in steps:
        pass
    return BATCH_SIZE * STEPS / (time.perf_counter() - start)


def their_speed(encoder: Path, reader: BatchReader, micro_batch_size: int | None, precision: str, work: Path) -> float:
    """Return the same of sentence-transformers' trainer, which is handed the batches in their order."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from sentence_transformers.sentence_transformer.losses import (
        CachedMultipleNegativesRankingLoss,
        MultipleNegativesRankingLoss,
    )
    from torch.utils.data import SequentialSampler
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        def on_step_begin(self, args, state, control, **kwargs) -> None:  # noqa: ANN001, ANN003
            if state.global_step == WARM_UP:
                self.start = time.perf_counter()

        def on_train_end(self, args, state, control, **kwargs) -> None:  # noqa: ANN001, ANN003
            self.seconds = time.perf_counter() - self.start

    def in_order(dataset, batch_size, drop_last, **options) -> DefaultBatchSampler:  # noqa: ANN001, ANN003
        return DefaultBatchSampler(SequentialSampler(dataset), batch_size=batch_size, drop_last=drop_last)

    model = _load(encoder)
    for name, weight in model.named_parameters():
        if name.endswith("word_embeddings.weight"):
            weight.requires_grad_(False)
    tables = [reader.read(number) for number in range(len(reader))]
    columns = {"anchor": "query", "positive": "passage"}
    data = {name: [t for table in tables for t in table[column].to_pylist()] for name, column in columns.items()}
    scale = 1 / SETTINGS.temperature
    loss = (
        MultipleNegativesRankingLoss(model, scale=scale)
        if micro_batch_size is None
        else CachedMultipleNegativesRankingLoss(model, scale=scale, mini_batch_size=micro_batch_size)
    )
    prompts = model.prompts
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(work / "trainer"),
        per_device_train_batch_size=BATCH_SIZE,
        num_train_epochs=1,
        learning_rate=SETTINGS.learning_rate,
        weight_decay=SETTINGS.weight_decay,
        max_grad_norm=SETTINGS.max_grad_norm,
        bf16=precision == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        batch_sampler=in_order,
        prompts={"anchor": prompts.get("query") or "", "positive": prompts.get("document") or ""},
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    clock = Clock()
    trainer = SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=Dataset.from_dict(data), loss=loss, callbacks=[clock]
    )
    trainer.train()
    return BATCH_SIZE * STEPS / clock.seconds


def random_encoder(folder: Path) -> Path:
    """Write an encoder of the multilingual E5-small's shape (12 layers, 384 wide) with random weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *map(str, range(10)), *"abcdefghijklmnopqrstuvwxyz"]
    vocabulary = {word: number for number, word in enumerate([*words, *(f"##{word}" for word in words[4:])])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=512,
    )
    torch.manual_seed(1)
    shape = {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 1536}
    plain = folder / "plain"
    BertModel(BertConfig(vocab_size=250_037, **shape)).save_pretrained(plain)
    fast.save_pretrained(plain)
    transformer = Transformer(str(plain))
    modules = [transformer, Pooling(transformer.get_embedding_dimension(), pooling_mode="mean"), Normalize()]
    SentenceTransformer(modules=modules).save_pretrained(str(folder / "whole"), create_model_card=False)
    return folder / "whole"


if __name__ == "__main__":
    main(sys.argv[1:])

"""The contrastive fine-tuning: the configuration's part, and all that one training is given of it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from equilingual.config.base import Bool, Float, Int, Model, Positive
from equilingual.config.batch_settings import CompanionSettings
from equilingual.config.encoding import Lengths
from equilingual.config.fields import Name, check_distinct
from equilingual.config.tags import LanguageTag

WordEmbeddings = Literal["frozen", "sparse", "trained"]
# What a term is given beside the vectors of a batch: the base encoder's of the same texts; the trained encoder's of the
# rows' questions in another language; the base encoder's of the rows' questions and passages in one language; the
# trained encoder's of texts without questions.
Needs = Literal["start", "companions", "pivots", "unlabelled"]


class Regularizer(Model):
    """What every term that is added to InfoNCE has."""

    needs: ClassVar[Needs | None] = None

    weight: Annotated[Float, Field(gt=0)] = Field(1.0, description="Weight of this term in the loss")


class Distillation(Regularizer):
    """Distillation: keep the base encoder's ranking of passages in the query's own language."""

    needs: ClassVar[Needs | None] = "start"

    temperature: Annotated[Float, Field(gt=0)] = Field(
        0.05, description="Temperature: divides the cosine similarities of both encoders"
    )


class Centring(Regularizer):
    """Penalise distances between the languages' mean embeddings."""

    needs: ClassVar[Needs | None] = "unlabelled"

    corpora: Annotated[tuple[Name, ...], AfterValidator(check_distinct)] = Field(
        (),
        description="Bitext in 'corpora' whose sentences are encoded, too: the means of all of its languages count, "
        "trained or not",
    )
    texts: Annotated[Int, Field(ge=8)] = Field(
        32, description="Number of these sentences per step, eight of each of some languages"
    )


class Consistency(Regularizer):
    """Rank the batch's passages the same for a question and its translation."""

    needs: ClassVar[Needs | None] = "companions"

    temperature: Annotated[Float, Field(gt=0)] = Field(
        0.05, description="Temperature: divides the cosine similarities of both questions"
    )


class Pivot(Regularizer):
    """Keep questions and passages near the base encoder's vectors of their translations into one language."""

    needs: ClassVar[Needs | None] = "pivots"

    language: LanguageTag | None = Field(
        None, description="The language whose vectors are kept; null: the training set's 'source'"
    )


class Regularizers(Model):
    """Terms that are added to InfoNCE."""

    distillation: Distillation | None = Field(
        None,
        description="Keep the base encoder's ranking of passages in the query's own language: {weight: 1}. The base "
        "encoder encodes every batch, too",
    )
    centring: Centring | None = Field(
        None,
        description="Penalise distances between the languages' mean embeddings: {weight: 1, corpora: [gettext], texts: "
        "32}, where 'corpora' adds unlabelled sentences in further languages",
    )
    consistency: Consistency | None = Field(
        None,
        description="Rank the batch's passages the same for a question and its translation: {weight: 1, temperature: "
        "0.05}. Each question is also encoded in a second language",
    )
    pivot: Pivot | None = Field(
        None,
        description="Keep questions and passages near the base encoder's vectors of their English translations: "
        "{weight: 1, language: en}. The base encoder encodes these, too",
    )

    @property
    def on(self) -> dict[str, Regularizer]:
        """Those that are configured, by name."""
        return {name: regularizer for name, regularizer in self if regularizer is not None}

    @property
    def unlabelled(self) -> tuple[str, ...]:
        """The corpora whose sentences the terms need besides the batches."""
        return self.centring.corpora if self.centring is not None else ()

    def companions(self, source: str) -> CompanionSettings | None:
        """Return the texts that the terms need beside each row of a batch; ``source`` is the training set's."""
        question = any(one.needs == "companions" for one in self.on.values())
        pivot = None if self.pivot is None else self.pivot.language or source
        return CompanionSettings(question=question, pivot=pivot) if question or pivot else None


class Lora(Model):
    """Train low-rank adapters (LoRA) instead of all weights."""

    rank: Positive = Field(16, description="Rank of the added matrices")
    alpha: Annotated[Float, Field(gt=0)] = Field(
        32.0, description="Scaling: the added matrices are multiplied by alpha / rank"
    )
    dropout: Annotated[Float, Field(ge=0, lt=1)] = Field(
        0.05, description="Dropout before the added matrices, if training.dropout is on"
    )
    target_modules: Literal["all-linear"] | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        "all-linear", description="all-linear, or a list of module names: [query, value]"
    )


def _is_one(count: int) -> bool:
    return count == 1


class Training(Model):
    """The contrastive fine-tuning."""

    learning_rate: Annotated[Float, Field(gt=0)] = Field(3e-5, description="Peak learning rate (the paper: 3e-5)")
    warmup_ratio: Annotated[Float, Field(ge=0, le=1)] = Field(
        0.1, description="Fraction of the steps in which the learning rate rises from 0; afterwards it falls to 0"
    )
    lr_scheduler_type: Literal["linear", "cosine"] = Field(
        "linear", description="How the learning rate falls: linear or cosine"
    )
    weight_decay: Annotated[Float, Field(ge=0)] = Field(
        0.01, description="Weight decay of AdamW; biases and layer norms have none"
    )
    temperature: Annotated[Float, Field(gt=0)] = Field(
        0.05, description="Temperature of InfoNCE: divides the cosine similarities"
    )
    learn_temperature: Bool = Field(False, description="Train the temperature, starting from the value above")
    symmetric_loss: Bool = Field(
        False, description="Symmetric InfoNCE: also classify the query given the passage; the paper does not"
    )
    positives: Positive = Field(
        1,
        description="Maximum number of languages in which a pair's passage counts as an answer to its query; each "
        "further one is a text more per pair. 1: the passage of the pair alone (the paper)",
        exclude_if=_is_one,
    )
    regularizers: Regularizers = Field(Regularizers(), description="Terms that are added to InfoNCE")
    max_grad_norm: Annotated[Float, Field(gt=0)] = Field(
        1.0, description="Maximum L2 norm of the gradient (gradient clipping)"
    )
    word_embeddings: WordEmbeddings = Field(
        "frozen",
        description="frozen, trained, or sparse: only the rows of a batch's tokens are updated (SparseAdam)",
    )
    lora: Lora | None = Field(
        None,
        description="Train low-rank adapters (LoRA) instead of all weights, with a higher learning rate: {rank: 16, "
        "alpha: 32, dropout: 0.05, target_modules: all-linear}, where each key is optional. They are "
        "merged into the saved model",
    )
    dropout: Bool = Field(True, description="Use the encoder's own dropout")
    wise_ft_base_weight: Annotated[Float, Field(ge=0, lt=1)] = Field(
        0.0,
        description="Weight of the base encoder in the average of weights that is saved (WiSE-FT): 0.15 saves 15% "
        "base and 85% trained; 0: no averaging",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Precision of matrix products: float32, bfloat16, or auto (bfloat16 if the GPU or CPU supports it)",
    )
    torch_compile: Bool = Field(False, description="Compile the encoder (torch.compile); needs a C++ compiler")
    micro_batch_size: Positive | None = Field(
        None,
        description="Number of queries, and of passages, whose activations are kept at once (gradient caching: any "
        "batch size in constant memory, up to a third slower); null: the whole batch. It is halved if a "
        "GPU runs out of memory",
    )
    processes: Positive = Field(
        1, description="Number of processes per training, one GPU each (torchrun); they share the batch"
    )
    save_steps: Positive = Field(
        50, description="Steps between two checkpoints; a killed run resumes from the last one"
    )


class Trainings(Training):
    """The contrastive fine-tuning, and what is made of several seeds."""

    average_seeds: Bool = Field(
        False,
        description="Also average the weights of all seeds (a model soup): one more model for each encoder, training "
        "set and strategy, scored beside them. Needs two seeds or more",
    )


class Monitoring(Model):
    """When a training is validated, and what follows from it."""

    eval_steps: Positive = Field(50, description="Steps between two validations")
    early_stopping_patience: Positive | None = Field(
        None, description="Stop after this many validations without a lower loss; null: never"
    )
    keep_best: Bool = Field(
        True, description="Save the weights with the lowest validation loss; false: the weights of the last step"
    )


# Of a training without held-out pairs.
NOT_VALIDATED = Monitoring(eval_steps=1, keep_best=False)


class TrainingSettings(Monitoring, Lengths, Training):
    """All settings of one training: the configuration's ``training``, its encoder's lengths, and its monitoring."""

    @classmethod
    def join(cls, training: Training, lengths: Lengths, monitoring: Monitoring | None) -> "TrainingSettings":
        """Return the settings of a training; ``monitoring`` is ``None`` where it has no held-out pairs."""
        parts = ((training, Training), (lengths, Lengths), (monitoring or NOT_VALIDATED, Monitoring))
        return cls.model_validate({name: getattr(part, name) for part, kind in parts for name in kind.model_fields})

    @classmethod
    def from_manifest(cls, about: Mapping[str, Any]) -> "TrainingSettings":
        """Return the settings that a model's manifest records; the number of processes is not among them."""
        return cls.model_validate({key: value for key, value in about["parameters"].items() if key in cls.model_fields})

    @property
    def recorded(self) -> dict[str, Any]:
        """What the model's manifest has under ``parameters``, besides the batch size."""
        return self.model_dump(exclude={"processes"})

"""The contrastive fine-tune."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from equilingual.config.fields import Bool, Float, Languages, Model, Name, Positive, check_distinct

Weight = Annotated[Float, Field(gt=0)]


class Distillation(Model):
    """Keep how the encoder as it came ranks passages in the query's own language."""

    weight: Weight = Field(1.0, description="Of the term in the loss")
    temperature: Annotated[Float, Field(gt=0)] = Field(0.05, description="Divides the cosines of both encoders")


class Centring(Model):
    """Draw the languages' mean vectors together."""

    weight: Weight = Field(1.0, description="Of the term in the loss")


class Regularizers(Model):
    """Terms that are added to InfoNCE."""

    distillation: Distillation | None = Field(
        None,
        description="Keep how the encoder as it came ranks passages in the query's own language: {weight: 1}; the "
        "encoder as it came reads every batch, too",
    )
    centring: Centring | None = Field(None, description="Draw the languages' mean vectors together: {weight: 1}")


class Lora(Model):
    """Train low-rank additions to some matrices in place of all weights."""

    rank: Positive = Field(16, description="Of the additions")
    alpha: Annotated[Float, Field(gt=0)] = Field(32.0, description="The additions count alpha / rank")
    dropout: Annotated[Float, Field(ge=0, lt=1)] = Field(
        0.05, description="Before the additions, where 'dropout' below is on"
    )
    targets: Literal["all-linear"] | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        "all-linear", description="all-linear, or the names of the modules: [query, value]"
    )


class Training(Model):
    """The contrastive fine-tune."""

    learning_rate: Annotated[Float, Field(gt=0)] = Field(3e-5, description="Highest learning rate (the paper: 3e-5)")
    warmup_share: Annotated[Float, Field(ge=0, le=1)] = Field(
        0.1, description="Share of the steps in which the rate rises from 0; then it falls to 0"
    )
    schedule: Literal["linear", "cosine"] = Field(
        "linear", description="How the rate falls: along a line or half a cosine wave"
    )
    weight_decay: Annotated[Float, Field(ge=0)] = Field(0.01, description="AdamW's, not on biases and layer norms")
    temperature: Annotated[Float, Field(gt=0)] = Field(0.05, description="Divides the cosines in InfoNCE")
    learn_temperature: Bool = Field(False, description="Learn the temperature, from the given one on")
    both_directions: Bool = Field(
        False, description="Also tell each pair's query from the batch's others by its passage; false is the paper's"
    )
    regularizers: Regularizers = Field(Regularizers(), description="Terms that are added to InfoNCE")
    gradient_clip: Annotated[Float, Field(gt=0)] = Field(1.0, description="Longest gradient, as an L2 norm")
    word_embeddings: Literal["frozen", "sparse", "trained"] = Field(
        "frozen",
        description="frozen as they came, trained, or sparse: trained in the rows of a batch's tokens (SparseAdam)",
    )
    lora: Lora | None = Field(
        None,
        description="Train low-rank additions (LoRA) in place of all weights, at a higher rate: {rank: 16, alpha: 32, "
        "dropout: 0.05, targets: all-linear}, each of which may be missing; they are merged into the saved model",
    )
    dropout: Bool = Field(True, description="Use the encoder's own dropout")
    start_share: Annotated[Float, Field(ge=0, lt=1)] = Field(
        0.0, description="Share of the encoder as it came in the average of weights that is saved (WiSE-FT); 0: none"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Of the matrix products: float32, bfloat16, or auto: bfloat16 where the GPU or processor has it",
    )
    compile: Bool = Field(False, description="Compile the encoder (torch.compile); needs a C++ compiler")
    micro_batch_size: Positive | None = Field(
        None,
        description="Queries, and as many passages, whose activations are held at once (gradient caching: any batch "
        "size in fixed memory, up to a third slower); null: all of the batch. Halved where a GPU's memory does not "
        "suffice",
    )
    processes: Positive = Field(
        1, description="Processes of one training, a GPU each (torchrun); the batch is shared among them"
    )
    checkpoint_steps: Positive = Field(50, description="Steps between checkpoints, which a killed run resumes from")


class Validation(Model):
    """Held-out QA pairs that every training is watched by; nothing of them is trained on."""

    corpora: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        description="Names from 'corpora', none of a training set (the paper: SQuADShifts)"
    )
    languages: Languages = Field(
        ("en",), description="The languages to validate in; the corpora have a file for each. The paper: English"
    )
    pairs: Positive = Field(200, description="QA pairs, each in all of these languages")
    steps: Positive = Field(50, description="Steps between two validations")
    patience: Positive | None = Field(
        None, description="Stop after so many validations without a lower loss; null: never before the last batch"
    )
    keep_best: Bool = Field(
        True, description="Save the weights where the validation loss was lowest; false: those of the last step"
    )

"""The contrastive fine-tune: the loss, the loop, the model card."""

from equilingual.training.loop import TrainingError, train_encoder
from equilingual.training.loss import info_nce

__all__ = ["TrainingError", "info_nce", "train_encoder"]

"""The contrastive fine-tune: the loss, the loop, the model card."""

from equilingual.training.averaging import average_seeds
from equilingual.training.job import TrainingJob
from equilingual.training.loop import train_encoder
from equilingual.training.loss import info_nce
from equilingual.training.trainer import TrainingError

__all__ = ["TrainingError", "TrainingJob", "average_seeds", "info_nce", "train_encoder"]

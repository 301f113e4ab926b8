"""The validation of a training on held-out QA pairs."""

from typing import Annotated

from pydantic import AfterValidator, Field

from equilingual.config.base import Model, Positive
from equilingual.config.fields import Name, check_distinct
from equilingual.config.tags import Languages
from equilingual.config.training import Monitoring


class HeldOut(Model):
    """QA pairs that are never trained on."""

    corpora: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        description="Names from 'corpora' that are in no training set (the paper: SQuADShifts)"
    )
    languages: Languages = Field(
        ("en",), description="The validation languages; each corpus needs a file for each. The paper: English"
    )
    pairs: Positive = Field(200, description="Number of QA pairs, each in all of these languages")


class Validation(Monitoring, HeldOut):
    """Validation on held-out QA pairs, which are never trained on."""

"""Near duplicates: what counts as one."""

from typing import Annotated

from pydantic import Field

from equilingual.config.base import Float, Int, Model


class NearDuplicates(Model):
    """How similar two pairs must be for one of them to be removed."""

    threshold: Annotated[Float, Field(gt=0, le=1)] = Field(
        0.8, description="Minimum Jaccard similarity of the two questions, and of the two passages"
    )
    permutations: Annotated[Int, Field(ge=16, le=1024)] = Field(
        128, description="Number of MinHash functions; more of them find more of the pairs near the threshold"
    )
    shingle: Annotated[Int, Field(ge=1, le=50)] = Field(
        5, description="Length in characters of the n-grams that are compared, in normalised texts"
    )

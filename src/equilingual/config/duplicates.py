"""What counts as a near duplicate."""

from typing import Annotated

from pydantic import Field

from equilingual.config.fields import Float, Int, Model


class NearDuplicates(Model):
    """How alike two pairs must be for one of them to be left out."""

    threshold: Annotated[Float, Field(gt=0, le=1)] = Field(
        0.8, description="Least Jaccard similarity of the two questions, and of the two passages"
    )
    permutations: Annotated[Int, Field(ge=16, le=1024)] = Field(
        128, description="MinHash functions: with more, more of the pairs near the threshold are found"
    )
    shingle: Annotated[Int, Field(ge=1, le=50)] = Field(
        5, description="What is compared: runs of so many characters of the normalised texts"
    )

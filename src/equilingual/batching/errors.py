"""What can be wrong with the batches that a configuration asks for."""


class BatchError(ValueError):
    """The batches that the configuration asks for cannot be made from this training set."""

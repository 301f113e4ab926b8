"""Where a trained model comes from, as its card says."""

from equilingual.config.base import Model


class Origin(Model):
    """What the card says of where a model comes from, besides the model's manifest.

    Attributes:
        base_model: the base encoder as ``owner/name`` on the Hub, if it is there.
        base_licence: of its weights.
        licences: of each corpus and translation engine, by name.
        datasets: of the corpora, those on the Hub, as ``owner/name``.

    """

    base_model: str | None
    base_licence: str
    licences: dict[str, str]
    datasets: tuple[str, ...] = ()

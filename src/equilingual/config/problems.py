"""The error of a wrong configuration."""

from equilingual.urls import without_secrets


class ConfigError(ValueError):
    """The configuration is wrong; the message has one line per problem: the key, the value, what is right.

    URLs in the message are shown without user, password and query.
    """

    def __init__(self, message: str) -> None:
        super().__init__(without_secrets(message))

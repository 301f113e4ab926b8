"""What a wrong configuration raises."""


class ConfigError(ValueError):
    """The configuration is wrong; the message has one line per problem: the key, the value, what is right."""

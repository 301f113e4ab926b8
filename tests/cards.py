"""Model cards as tests read them."""

import yaml


def split_header(card):
    """Return a card's header, read by YAML alone, and its Markdown."""
    lines = card.split("\n")
    end = lines.index("---", 1)
    return yaml.safe_load("\n".join(lines[1:end])), "\n".join(lines[end + 1 :])

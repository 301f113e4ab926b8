"""What the tests of the configuration share."""

import pytest
import yaml


@pytest.fixture(scope="session")
def default(root):
    """Return the embedded default, as it stands in its file."""
    return yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))

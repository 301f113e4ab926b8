"""Diagnostics: off by default, by name, and refused otherwise."""

import pytest
import yaml

from equilingual.catalogues.diagnostics import DIAGNOSTICS
from equilingual.config import ConfigError, load_config


@pytest.fixture
def configured(root):
    """Return a function from changes of ``evaluation`` to the default configuration with them."""
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    return lambda **changes: load_config(raw | {"evaluation": raw["evaluation"] | changes}).evaluation


def test_diagnostics_are_off_by_default_and_asked_for_by_name(configured):
    assert configured().diagnostics == ()
    assert configured(diagnostics=list(DIAGNOSTICS)).diagnostics == tuple(DIAGNOSTICS)


@pytest.mark.parametrize(
    ("names", "message"),
    [(["hubnes"], "did you mean 'hubness'"), (["hubness", "hubness"], "duplicate value 'hubness'")],
)
def test_other_diagnostics_are_refused(configured, names, message):
    with pytest.raises(ConfigError, match=message):
        configured(diagnostics=names)

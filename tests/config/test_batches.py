"""What the stages of batches take of the configuration."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from equilingual.config.batch_settings import BatchSettings, StrategySettings
from equilingual.config.batches import Batches


def test_a_stage_imports_its_settings_and_no_other_part_of_the_configuration(root):
    program = (
        "import sys, equilingual.batching.shards; print(*sorted(name for name in sys.modules if 'config' in name))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=root / "src", capture_output=True, text=True, check=True)
    own = [name.removeprefix("equilingual.config") for name in done.stdout.split() if name.startswith("equilingual")]
    assert own == ["", ".base", ".batch_settings", ".fields"]


def test_the_settings_of_a_stage_are_keys_of_the_configuration():
    keys = list(Batches.model_fields)
    assert keys[0] == "strategies"  # as in config.yaml
    assert set(keys) - set(BatchSettings.model_fields) == {"strategies", "shards"}


def test_languages_are_spelled_as_the_user_likes_and_given_as_tags():
    batches = Batches(
        strategies=[{"name": "round-robin", "query_language": "pt_Latn"}], languages={"weights": {"EN": 1}}
    )
    strategy = StrategySettings(**batches.strategies[0].model_dump(by_alias=True))
    assert (strategy.query_language, strategy.label) == ("pt", "round-robin-pt")
    assert batches.languages is not None
    assert batches.languages.weights == {"en": 1}


def test_what_is_not_asked_for_is_no_setting_of_a_stage():
    hybrid = StrategySettings(name="hybrid", alpha=0.5)
    assert hybrid.model_dump() == {"name": "hybrid", "alpha": 0.5, "query_language": None}
    assert StrategySettings(name="hybrid", alpha=0.5, mix="pair").model_dump()["mix"] == "pair"


def test_the_settings_of_a_stage_are_checked():
    with pytest.raises(ValidationError, match="hybrid needs 'alpha'"):
        StrategySettings(name="hybrid")
    with pytest.raises(ValidationError, match="batch_size"):
        BatchSettings(batch_size=1)

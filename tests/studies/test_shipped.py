"""The studies that are shipped: what two of them have in common is trained once, since they share results/."""

from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from equilingual.command.check import check_configuration
from equilingual.config.loading import load_config
from equilingual.plan import Places, Plan

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in ROOT.glob("configs/studies/*.yaml"))
STUDIES = (
    *("mixing-ratio", "model-scale", "low-resource", "intermediate-training", "language-diversity"),
    *("when-it-helps", "against-debiasing"),
)


@pytest.fixture(scope="module")
def configs():
    return {path.stem: load_config(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in FILES}


def test_each_is_named_as_its_file(configs):
    assert configs
    assert {name: config.study.name for name, config in configs.items()} == {name: name for name in configs}


@pytest.mark.parametrize("name", STUDIES)
def test_each_can_be_run_in_full(name):
    is_right, lines = check_configuration(ROOT / f"configs/studies/{name}-full.yaml", ROOT)
    assert is_right, lines


def test_what_has_one_name_is_one_training(configs):
    asked = defaultdict(dict)
    for study, config in configs.items():
        plan = Plan(config, Places(Path())).experiments
        for name, experiment in plan.by_name.items():
            wildcards = SimpleNamespace(
                experiment=name,
                training_set=experiment.training_set,
                strategy=Path(plan.batches(SimpleNamespace(experiment=name))[0]).parts[3],
                seed=str(experiment.seed),
            )
            asked[name][study] = {
                "training_set": config.training_sets[experiment.training_set],
                "corpora": [config.corpora[one] for one in config.training_sets[experiment.training_set].corpora],
                "encoder": config.encoders[experiment.encoder],
                "batches": plan.batch_settings(wildcards),
                "training": plan.settings(wildcards),
            }
    shared = {name: studies for name, studies in asked.items() if len(studies) > 1}
    assert len(shared) > 10
    for name, studies in shared.items():
        first, *others = studies.values()
        assert all(other == first for other in others), name


def test_primary_contrasts_have_five_seeds(configs):
    for config in configs.values():
        trained = list(Plan(config, Places(Path())).experiments.by_name.values())
        for group in (one for one in config.study.primary.models if "__" in one):
            assert sum(one.name.rpartition("__")[0] == group for one in trained) == 5

"""Old names of keys: understood with one warning, refused beside the new name, and known to did-you-mean."""

import pytest
from config.changes import changed

from equilingual.config import ConfigError, load_config
from equilingual.config.loading import _keys_at
from equilingual.config.renamed import RENAMED

OLD = {
    "training": {"gradient_clip": 2.0, "warmup_share": 0.2, "lora": {"targets": ["query"]}},
    "benchmarks": {"demo": {"folder": "d", "kind": "flores", "languages": ["en", "de"]}},
    "evaluation": {"fit_missing": "average", "index": {"kind": "ivf", "probes": 3}},
}
NEW = {
    "training": {"max_grad_norm": 2.0, "warmup_ratio": 0.2, "lora": {"target_modules": ["query"]}},
    "benchmarks": {"demo": {"folder": "d", "format": "flores", "languages": ["en", "de"]}},
    "evaluation": {"calibration_missing": "average", "index": {"kind": "ivf", "nprobe": 3}},
}


def test_old_names_mean_what_the_new_ones_do_and_one_warning_names_both(default, caplog):
    assert load_config(default | NEW).model_dump() == load_config(default | OLD).model_dump()
    (warning,) = caplog.messages
    for old, new in (
        ("training.gradient_clip", "training.max_grad_norm"),
        ("training.lora.targets", "training.lora.target_modules"),
        ("benchmarks.demo.kind", "benchmarks.demo.format"),
        ("evaluation.index.probes", "evaluation.index.nprobe"),
    ):
        assert f"{old} is now {new}" in warning


def test_the_caller_s_configuration_is_left_as_it_was(default):
    raw = changed(default, "training", {"gradient_clip": 2.0})
    load_config(raw)
    assert raw["training"] == {"gradient_clip": 2.0}


@pytest.mark.parametrize("keys", [("gradient_clip", "max_grad_norm"), ("max_grad_norm", "gradient_clip")])
def test_an_old_and_a_new_name_together_are_refused(default, keys):
    raw = changed(default, "training", dict.fromkeys(keys, 1.0))
    message = r"training\.gradient_clip is the old name of training\.max_grad_norm: keep only 'max_grad_norm'"
    with pytest.raises(ConfigError, match=message):
        load_config(raw)


def test_a_mistyped_old_name_is_answered_by_the_new_one(default):
    with pytest.raises(ConfigError, match=r"training\.gradient_clp: unknown key .* did you mean 'max_grad_norm'\?"):
        load_config(changed(default, "training.gradient_clp", 1.0))


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_every_new_name_is_a_key_and_no_old_one_is(old, new):
    *parents, name = old.split(".")
    keys = list(_keys_at(parents, []))
    assert new in keys
    assert name not in keys

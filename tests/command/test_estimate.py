"""``equilingual estimate``: hours by hand, and what is not in them."""

import copy

import pytest
import yaml
from plan.test_work import RAW

from equilingual.catalogues.rates import DEVICES, RATES
from equilingual.command import main
from equilingual.command.estimate import estimate, in_lines, in_markdown

LARGE = {"source": "hub", "path": "FacebookAI/xlm-roberta-large", "revision": "a" * 40, "licence": "MIT"}


@pytest.fixture
def estimated(tmp_path):
    """Return a function that estimates the configuration with changes."""

    def of(device="cpu", **changes):
        path = tmp_path / "my.yaml"
        path.write_text(yaml.safe_dump(copy.deepcopy(RAW) | changes), encoding="utf-8")
        return estimate(path, device)

    return of


def stage(found, name):
    return next(one for one in found.stages if one.name == name)


def test_hours_are_work_divided_by_rates(estimated):
    found = estimated(encoders={"e5": {"source": "packaged"}})
    # Two strategies, two seeds, 10 batches of 8 and of 16.
    training = stage(found, "train_encoder")
    assert (training.jobs, training.amount, training.unit) == (8, 4 * 80 + 4 * 160, "pairs")
    assert training.hours == pytest.approx(960 / 8.01 / 3600)
    assert (training.memory, training.lacking, training.notes) == (6600, (), ())
    assert stage(found, "translate_shard").hours == pytest.approx(2000 / 44 / 3600)
    assert stage(found, "encode_texts").hours == pytest.approx(9 * 4836 / 238.5 / 3600)
    assert found.hours == pytest.approx(sum(one.hours for one in found.stages))
    assert found.lacking == []


def test_other_encoders_take_longer_by_their_parameters(estimated):
    small, large = (
        stage(estimated(encoders={"e": encoder}), "train_encoder") for encoder in ({"source": "packaged"}, LARGE)
    )
    # Twice the layers, 1024 / 384 times as wide.
    assert large.hours == pytest.approx(small.hours * 2 * (1024 / 384) ** 2)
    assert large.memory is None
    assert large.notes == ("e: not measured, 14.2 times the hours of E5-small by its parameters",)
    cut = stage(estimated(encoders={"e": {"source": "packaged", "layers": [0, 4, 8]}}), "train_encoder")
    assert cut.hours == pytest.approx(small.hours / 4)
    own = stage(estimated(encoders={"e": {**LARGE, "path": "owner/own"}}), "train_encoder")
    assert own.hours == pytest.approx(small.hours)
    assert own.notes == ("e: its size is not known: counted as E5-small",)


def test_a_precision_without_a_rate_is_counted_as_float32(estimated):
    plain, other = (stage(estimated(training={"precision": name}), "train_encoder") for name in ("float32", "bfloat16"))
    assert other.hours == plain.hours
    assert "the rate of float32 for bfloat16" in other.notes
    automatic = stage(estimated(encoding={"precision": "auto"}), "encode_texts")
    assert automatic.hours == stage(estimated(encoding={"precision": "float32"}), "encode_texts").hours


def test_what_no_rate_was_measured_for_is_not_counted_and_said(estimated):
    engines = {"nllb": {"kind": "ctranslate2", "family": "nllb", "model": "owner/nllb", "revision": "a" * 40}}
    sets = {"t": {"corpora": ["c", "d"], "languages": ["en", "pt"], "engine": "nllb"}}
    found = estimated(translation={"engines": engines}, training_sets=sets)
    translated = stage(found, "translate_shard")
    assert (translated.amount, translated.hours) == (2000, 0)
    assert found.lacking == [
        "no rate was measured for nllb (translate_shard)",
        "inputs of unknown size (find_duplicates)",
    ]
    lines = in_lines(found)
    assert "  not counted: no rate was measured for nllb (translate_shard)" in lines
    assert any(line.split()[:5] == ["translate_shard", "1", "2,000", "texts", "unknown"] for line in lines)


def test_hours_on_a_gpu_are_a_cpus_where_none_was_measured(estimated):
    cpu, gpu = (estimated(device) for device in DEVICES)
    assert cpu.hours == gpu.hours
    assert "no rate was measured on a GPU: hours of a CPU" in stage(gpu, "train_encoder").notes
    assert "GPU" not in " ".join(in_lines(cpu))
    assert stage(gpu, "build_batches").notes == ()  # it needs none


def test_a_measured_gpu_is_preferred(estimated, monkeypatch):
    measured = [one for one in RATES if one.stage == "train_encoder"]
    faster = [type(one)(**{**vars(one), "device": "gpu", "per_second": 100 * one.per_second}) for one in measured]
    monkeypatch.setattr("equilingual.command.estimate.RATES", (*RATES, *faster))
    cpu, gpu = (stage(estimated(device), "train_encoder") for device in DEVICES)
    assert gpu.hours == pytest.approx(cpu.hours / 100)
    assert not any("GPU" in note for note in gpu.notes)


def test_the_command_prints_lines_or_one_table(tmp_path, capsys):
    paths = [tmp_path / f"{name}.yaml" for name in "ab"]
    for path in paths:
        path.write_text(yaml.safe_dump(RAW), encoding="utf-8")
    assert main(["estimate", *map(str, paths)]) == 0
    said = capsys.readouterr().out
    assert said.count("hours, one job after the other") == 2
    assert "train_encoder" in said
    assert main(["estimate", "--markdown", *map(str, paths)]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows == in_markdown(estimate(path) for path in paths)
    assert [row.count("|") for row in rows] == [10] * 4
    assert rows[2].startswith(f"| `{paths[0]}` | 16 | 1,920 | ")


def test_a_wrong_configuration_is_refused(tmp_path, capsys):
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump(RAW | {"sedes": [1]}), encoding="utf-8")
    assert main(["estimate", str(path)]) == 1
    assert "sedes" in capsys.readouterr().err

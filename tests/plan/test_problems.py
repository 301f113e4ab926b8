"""What would stop a run later."""

from equilingual.plan import run_problems


def test_every_kind_of_problem_is_said_at_once(plan, tmp_path):
    found = run_problems(plan.config, tmp_path, packages=False)
    for start in (
        "corpora.demo.files.en.file: demo/en.jsonl does not exist",
        "benchmarks.mine: benchmark/en/corpus.jsonl does not exist",
        "encoders.own.path: models/own does not exist",
        "data.mirror: mirror does not exist",
        "translation.engines.local.model: models/m2m does not exist",
    ):
        assert any(line.startswith(start) for line in found), start


def test_what_a_folder_declares_and_what_debiasing_cannot_be_fitted_on(changed, tmp_path):
    plan = changed(evaluation={"debias": ["center"], "fit": "small"})
    (tmp_path / "models/own").mkdir(parents=True)
    (tmp_path / "models/own/modules.json").write_text(
        '[{"name": "0", "type": "sentence_transformers.models.Router", "path": ""}]'
    )
    found = run_problems(plan.config, tmp_path, packages=False)
    assert any(line.startswith("encoders.own: ") for line in found)
    assert any(line.startswith("evaluation.debias: center must be fitted in every language") for line in found)


def test_a_path_that_snakemake_takes_for_a_pattern_is_found_with_what_is_put_before_it(plan, tmp_path):
    def patterns(**options):
        return [line for line in run_problems(plan.config, tmp_path, packages=False, **options) if "pattern" in line]

    assert patterns() == []
    assert patterns(base=tmp_path / "{folder}")

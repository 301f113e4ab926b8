"""What other configurations left in results/, asked for as a target."""

import yaml


def test_what_the_configuration_does_not_name_is_listed_and_removed_on_request(run_workflow, lexical, tmp_path):
    config = tmp_path / "lexical.yaml"
    config.write_text(yaml.safe_dump(lexical | {"encoders": {"e": {"source": "packaged"}}}), encoding="utf-8")
    stay = ["encoders/e/manifest.json", "encoders/e/1_Pooling/config.json", "scores/e/mine.parquet", "scores.csv"]
    stay += ["work/encode_texts/e/mine/queries-00000-a.npy"]
    stay += ["notes.txt", "cache/translations/x.parquet", "downloads/mine.jsonl"]
    gone = ["models/e__t__mono__seed-1/model.safetensors", "work/train_encoder/e__t__mono__seed-1/step-9/weights.pt"]
    gone += ["work/encode_texts/old/mine/queries-00000-a.npy", "work/encode_translations/e/mine/nllb/nllb-00000-a.npy"]
    gone += ["work/encode_shard/e/mine/0/queries-00000-a.npy"]
    gone += ["tensorboard/e__t__mono__seed-1/events", "indexes/old/mine/all.faiss", "scores/old/mine.parquet"]
    gone += [
        "corpora/c/en.parquet",
        "batches/t/mono/seed-1/part-00000.parquet",
        "logs/train_encoder/e__t__mono__seed-1.log",
        "logs/lint_batches/t/mono/seed-1.log",
    ]
    for name in [*stay, *gone]:
        (tmp_path / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "results" / name).write_bytes(b"x" * (1_500_000 if "models/" in name else 10))
    listed = run_workflow(tmp_path, "list_leftovers", config=config)
    assert "    1.5 MB  results/models/e__t__mono__seed-1/\n" in listed
    assert "1.5 MB in 12 files; the target remove_leftovers removes them.\n" in listed
    assert all((tmp_path / "results" / name).exists() for name in [*stay, *gone])
    run_workflow(tmp_path, "remove_leftovers", "--dry-run", config=config)
    assert all((tmp_path / "results" / name).exists() for name in [*stay, *gone])
    assert "Removed 1.5 MB in 12 files.\n" in run_workflow(tmp_path, "remove_leftovers", config=config)
    assert all((tmp_path / "results" / name).exists() for name in stay)
    assert not [name for name in gone if (tmp_path / "results" / name).exists()]

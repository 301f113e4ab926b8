"""Files, seeds, languages, texts, logs and digests: what every stage rests on."""

import logging
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from equilingual import provenance
from equilingual.corpora import CorpusError
from equilingual.files import replacing, sha256_of
from equilingual.logs import log_to
from equilingual.parquet import write_parquet
from equilingual.provenance import code_digest
from equilingual.seeding import derive_seed, generator
from equilingual.texts import normalize_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with replacing(path) as temporary:
        temporary.write_text("old")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_the_same_table_gives_the_same_bytes_and_its_metadata(tmp_path):
    table = pa.table({"a": [1, 2, 3]})
    for name in ("one", "two"):
        write_parquet(table, tmp_path / name, metadata={"licence": "x"}, row_group_size=2)
    assert sha256_of(tmp_path / "one") == sha256_of(tmp_path / "two")
    file = pa.parquet.ParquetFile(tmp_path / "one")
    assert file.num_row_groups == 2
    assert file.schema_arrow.metadata[b"licence"] == b"x"


def test_seeds_differ_by_purpose_and_are_the_same_everywhere():
    # coreutils is the independent implementation: the first 8 bytes of the hash, shifted by one bit
    digest = subprocess.run(["sha256sum"], input=b"1/a/b", capture_output=True, check=True).stdout[:16]
    assert derive_seed(1, "a", "b") == int(digest, 16) >> 1
    assert derive_seed(1, "a") != derive_seed(2, "a") != derive_seed(2, "b")
    assert np.array_equal(generator(1, "x").random(3), generator(1, "x").random(3))


def test_normalised_texts():
    assert normalize_text("  The “Moon”, IS…far! ") == "the moon is far"
    assert normalize_text("ﬁve Straße") == "five strasse"
    assert normalize_text("?!") == "?!"
    assert normalize_text("ไม่") != normalize_text("ไม้")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package that can be edited, with a script that imports a part of it."""
    copy = tmp_path / "equilingual"
    shutil.copytree(provenance.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "PACKAGE", copy)
    monkeypatch.setattr(provenance, "_DIGESTS", tmp_path / "kept/digests.json")
    script = tmp_path / "stage.py"
    script.write_text("from equilingual.corpora import read_corpus\n")
    return copy, script


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_digest_sees_code_and_not_comments(package):
    folder, script = package
    before = code_digest(script)
    edit(folder / "corpora/formats/squad.py", "import Counter", "import Counter  # a comment")
    edit(folder / "corpora/formats/squad.py", '"""QA pairs from', '"""Pairs from')
    assert code_digest(script) == before
    edit(folder / "training/micro_batches.py", "PADDED_TOGETHER = 16", "PADDED_TOGETHER = 17")
    assert code_digest(script) == before, "training is not imported"
    edit(folder / "corpora/sentences.py", "[。！？]", "[。！]")
    assert code_digest(script) != before, "an import of an import"


def test_the_digest_sees_a_field_and_not_its_description(package):
    folder, script = package
    script.write_text("from equilingual.config.training import Training\n")
    before = code_digest(script)
    edit(folder / "config/training.py", 'description="Peak learning rate', 'description="Highest learning rate')
    edit(folder / "config/training.py", '"Use the encoder\'s own dropout"', '"Dropout," " its own"')
    assert code_digest(script) == before
    edit(folder / "config/training.py", "Field(3e-5,", "Field(4e-5,")
    after = code_digest(script)
    assert after != before, "a default"
    edit(folder / "config/training.py", "Field(gt=0)] = Field(4e-5", "Field(ge=0)] = Field(4e-5")
    assert code_digest(script) != after, "a bound"


@pytest.mark.parametrize(
    ("old", "new", "is_code"),
    [
        ("a: int = Field(1, description='x')", "a: int = Field(1, description='y')", False),
        ("a: Annotated[int, Field(gt=0, description='x')]", "a: Annotated[int, Field(gt=0, description='y')]", False),
        ("a: int = Field(1, description='x')", "a: int = Field(1)", False),
        ("a: int = Field(1, alias='x')", "a: int = Field(1, alias='y')", True),
        ("a: int = Row(1, description='x')", "a: int = Row(1, description='y')", True),
        ("a = Field(1, description='x')", "a = Field(1, description='y')", True),
    ],
)
def test_only_the_description_of_a_models_field_is_no_code(tmp_path, old, new, is_code):
    (tmp_path / "stage.py").write_text(f"class A:\n    {old}\n")
    before = code_digest(tmp_path / "stage.py")
    (tmp_path / "stage.py").write_text(f"class A:\n    {new}\n")
    assert (code_digest(tmp_path / "stage.py") != before) == is_code


def test_hashes_of_sources_are_kept_for_later_processes(package, monkeypatch):
    folder, script = package
    kept = provenance._DIGESTS
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    def in_another_process():
        for function in (provenance._known, provenance._parsed):
            function.cache_clear()
        return code_digest(script)

    before = in_another_process()
    with monkeypatch.context() as patch:
        patch.delattr(provenance.ast, "parse")
        assert in_another_process() == before
        patch.setattr(provenance, "_own_hash", lambda: "of another version of this module")
        with pytest.raises(AttributeError):
            in_another_process()
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    edit(folder / "corpora/sentences.py", "[。！？]", "[。！]")
    after = in_another_process()
    assert after != before
    for damaged in ("", "[]", '["a", 1]', "{"):
        kept.write_text(damaged)
        assert in_another_process() == after
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    kept.unlink()
    assert in_another_process() == after
    assert not kept.exists()
    provenance._known.cache_clear()


def test_the_digest_leaves_out_what_a_package_hands_on_besides(package):
    folder, script = package
    script.write_text("from equilingual.batching.pairs import load_pairs\nfrom equilingual.training import loop\n")
    before = code_digest(script)
    edit(folder / "batching/chances.py", "LEAST_P = 1e-6", "LEAST_P = 1e-7")
    edit(folder / "batching/strategies/english.py", '"mono"', '"cross"')
    edit(folder / "training/__init__.py", '"info_nce", ', "")
    assert code_digest(script) == before
    edit(folder / "batching/reader.py", "// self", "/ self")
    after = code_digest(script)
    assert after != before, "the loop's own import"
    edit(folder / "batching/keys.py", "_FIRST_BITS = 4", "_FIRST_BITS = 5")
    assert code_digest(script) != after, "an import of an import"
    script.write_text("from equilingual.batching import load_pairs\n")
    before = code_digest(script)
    edit(folder / "batching/chances.py", "LEAST_P = 1e-7", "LEAST_P = 1e-6")
    assert code_digest(script) != before, "a name of the package may be from anywhere in it"


def test_the_digest_sees_modules_that_are_imported_by_a_name_of_a_table(package):
    folder, script = package
    script.write_text("from equilingual.catalogues.strategies import STRATEGIES\n")
    table = code_digest(script)
    script.write_text("from equilingual.batching.strategies import open_strategy\n")
    before = code_digest(script)
    edit(folder / "batching/strategies/english.py", '"mono"', '"cross"')
    after = code_digest(script)
    assert after != before, "any row of the table may be asked for"
    edit(folder / "batching/chances.py", "LEAST_P = 1e-6", "LEAST_P = 1e-7")
    assert code_digest(script) == after, "it is in another folder"
    script.write_text("from equilingual.catalogues.strategies import STRATEGIES\n")
    assert code_digest(script) == table, "whoever reads the table alone depends on none of the modules"


@pytest.mark.parametrize(
    "place",
    [
        "class A:\n    def f(self):\n        import",
        "for _ in ():\n    pass\nelse:\n    import",
        "try:\n    pass\nexcept ValueError:\n    import",
        "try:\n    pass\nfinally:\n    import",
        "match 1:\n    case 1:\n        import",
        "with open(__file__):\n    import",
        "async def f():\n    import",
    ],
)
def test_the_digest_sees_an_import_wherever_it_stands(package, place):
    folder, script = package
    script.write_text(f"{place} equilingual.batching.keys\n")
    before = code_digest(script)
    edit(folder / "batching/keys.py", "_FIRST_BITS = 4", "_FIRST_BITS = 5")
    assert code_digest(script) != before


def test_the_digest_sees_every_module_of_an_import_of_several(package):
    folder, script = package
    script.write_text("from equilingual.training import loss, micro_batches\n")  # the first imports nothing
    before = code_digest(script)
    edit(folder / "training/micro_batches.py", "PADDED_TOGETHER = 16", "PADDED_TOGETHER = 17")
    assert code_digest(script) != before


def test_the_digest_sees_data_files_that_a_module_names(package):
    folder, script = package
    before = code_digest(script)
    edit(folder / "registry.toml", "DRCD dev", "DRCD")
    assert code_digest(script) == before
    script.write_text("from equilingual.registry import known_corpora\n")
    before = code_digest(script)
    edit(folder / "registry.toml", "DRCD (", "DRCD dev (")
    assert code_digest(script) != before


def run_logged(tmp_path, code):
    program = f"from equilingual.logs import log_to\nwith log_to({str(tmp_path / 'log.txt')!r}):\n    {code}\n"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_an_error_of_ours_is_one_line_and_others_have_their_traceback(tmp_path):
    done = run_logged(
        tmp_path, "from equilingual.corpora import CorpusError; raise CorpusError('f.csv', 'line 3', 'bad')"
    )
    assert done.returncode == 1
    assert done.stderr == "error: f.csv, line 3: bad\n"
    assert "Traceback" not in (tmp_path / "log.txt").read_text()
    done = run_logged(tmp_path, "1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in (tmp_path / "log.txt").read_text()


def test_an_interrupted_stage_says_so_and_no_more(tmp_path):
    done = run_logged(tmp_path, "raise KeyboardInterrupt")
    assert done.returncode == 130
    assert done.stderr == "interrupted; run the same command again to resume\n"


def test_records_reach_the_log(tmp_path):
    with log_to(tmp_path / "log.txt"):
        logging.getLogger("equilingual.x").info("twelve texts")
    assert "twelve texts" in (tmp_path / "log.txt").read_text()
    with pytest.raises(SystemExit), log_to(tmp_path / "log.txt"):
        raise CorpusError("f", "", "bad")

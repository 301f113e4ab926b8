"""What ``.ci/audit.py`` makes of pip-audit's answers: a finding fails, a database that is not reached does not."""

import importlib.util
import json

import pytest


@pytest.fixture
def judge(root):
    spec = importlib.util.spec_from_file_location("audit", root / ".ci/audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.judge


def answer(*packages):
    return json.dumps({"dependencies": list(packages), "fixes": []})


SOUND = {"name": "a", "version": "1.0", "vulns": []}
FOUND = {"name": "b", "version": "2.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (1.0)"}


@pytest.mark.parametrize(
    ("code", "stdout", "stderr", "expected", "said"),
    [
        (
            0,
            answer(SOUND, UNKNOWN),
            "No known vulnerabilities found",
            0,
            "1 packages without .*, 1 not in the database",
        ),
        (
            1,
            answer(SOUND, FOUND),
            "Found 1 known vulnerability",
            1,
            r"b 2\.0: PYSEC-2026-1 \(fixed in: 2\.1\)\n.*failed",
        ),
        (0, answer(UNKNOWN), "", 0, "skipped: the database that is reached knows none of the 1 packages"),
        (
            1,
            "",
            "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org')",
            0,
            "skipped: .* not reached",
        ),
        (1, "", "json.decoder.JSONDecodeError: Expecting value", 0, "skipped: .* not reached"),
        (
            1,
            "",
            "ERROR:pip_audit._cli:requirement file constraints.txt contains invalid specifiers",
            1,
            "failed: .*invalid",
        ),
        (2, "", "", 1, "failed: no output"),
    ],
)
def test_what_pip_audit_says_decides(judge, capsys, code, stdout, stderr, expected, said):
    import re

    assert judge(code, stdout, stderr) == expected
    assert re.search(said, capsys.readouterr().out)

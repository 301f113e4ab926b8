"""Look up known vulnerabilities of the pinned packages (``constraints.txt``) with pip-audit: ``make check`` runs it.

A finding fails. A machine that does not reach the database, or an index without one, is told so and passes: what is
known of a package does not depend on the change that is checked.
"""

import json
import subprocess
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"
_AUDIT = ("-m", "pip_audit", "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
_SECONDS = 15  # without an answer
_ALL = 240  # seconds
# What pip-audit and requests say where nobody answers, or something that is not the database does.
_UNREACHED = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError", "JSONDecodeError", "SSLError")


def main() -> int:
    """Return 1 where a package has a known vulnerability or pip-audit cannot read the file, else 0."""
    command = [sys.executable, *_AUDIT, "--timeout", str(_SECONDS), "--requirement", str(CONSTRAINTS)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_ALL)
    except subprocess.TimeoutExpired:
        return say(f"skipped: the database has not answered within {_ALL} seconds")
    return judge(done.returncode, done.stdout, done.stderr)


def judge(code: int, stdout: str, stderr: str) -> int:
    """Return the exit code for what pip-audit gave, and print what it means."""
    try:
        packages = json.loads(stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (stderr.strip().splitlines() or ["no message"])[-1]
        if code and any(word in stderr for word in _UNREACHED):
            return say(f"skipped: the database of vulnerabilities is not reached ({last[:200]})")
        return say(f"failed: {stderr[-2000:] or 'no output'}", code=1)
    audited = [package for package in packages if "skip_reason" not in package]
    found = [(package, one) for package in audited for one in package["vulns"]]
    for package, one in found:
        fixed = ", ".join(one.get("fix_versions") or ["none"])
        say(f"{package['name']} {package['version']}: {one['id']} (fixed in: {fixed})")
    if found:
        return say("failed: pin versions without these in constraints.txt", code=1)
    if not audited:
        return say(f"skipped: the database that is reached knows none of the {len(packages)} packages")
    unknown = len(packages) - len(audited)
    return say(f"{len(audited)} packages without a known vulnerability, {unknown} not in the database")


def say(text: str, code: int = 0) -> int:
    """Print a line, and return the exit code that goes with it."""
    sys.stdout.write(f"pip-audit: {text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Where the code of this package is published: the address of its repository."""

import re
import subprocess

from equilingual.provenance import PACKAGE, commit_of_the_code

_HOST = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+)"
_PATH = r"(?P<path>[\w.~+/-]+?)(?:\.git)?/?"
_FORMS = (
    rf"https://(?:[^/@]*@)?{_HOST}(?P<port>:\d+)?/{_PATH}",
    rf"ssh://(?:[^/@]*@)?{_HOST}/{_PATH}",
    rf"[\w.-]+@{_HOST}:{_PATH}",
)


def repository_of_the_code() -> str | None:
    """Return the https address of the repository that this package's commit is from.

    None where there is no commit, or where its remote ``origin`` is no server: a folder of the machine.
    """
    if commit_of_the_code()[0] is None:
        return None
    command = ["git", "-C", str(PACKAGE.parents[1]), "config", "remote.origin.url"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return web_address(found.stdout)


def web_address(remote: str) -> str | None:
    """Return the https address of a remote, without user, password and ``.git``; None for a folder or another server.

    ``git@host:owner/name.git`` and ``ssh://git@host/owner/name`` are taken to be ``https://host/owner/name``.
    """
    for form in _FORMS:
        if found := re.fullmatch(form, remote.strip(), re.ASCII):
            parts = found.groupdict()
            return f"https://{parts['host']}{parts.get('port') or ''}/{parts['path'].lstrip('/')}"
    return None

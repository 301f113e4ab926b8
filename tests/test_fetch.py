"""Downloads from a folder and from a server, and what is said when they are not what they should be."""

import contextlib
import functools
import hashlib
import http.server
import subprocess
import threading
import traceback
import zipfile
from typing import ClassVar

import pytest

from equilingual.fetch import FetchError, fetch_file, fetch_wheel, unpack_member
from equilingual.registry import known_files

CONTENT = "füße\n".encode()
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mirror" / "a").mkdir(parents=True)
    (tmp_path / "mirror" / "a" / "b.json").write_bytes(CONTENT)
    return tmp_path / "mirror"


@pytest.fixture
def server(folder):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fetch(tmp_path, url="http://127.0.0.1:9/none", mirror=None, sha256=SHA):
    fetch_file(path="a/b.json", url=url, sha256=sha256, mirror=mirror, out=tmp_path / "out.json")
    return (tmp_path / "out.json").read_bytes()


def test_from_home_from_a_mirror_folder_and_from_a_mirror_url(tmp_path, folder, server):
    assert fetch(tmp_path, url=f"{server}/a/b.json") == CONTENT
    assert fetch(tmp_path, mirror=str(folder)) == CONTENT
    assert fetch(tmp_path, mirror=f"{server}/") == CONTENT


def test_a_wrong_hash_names_both_and_leaves_nothing(tmp_path, folder):
    with pytest.raises(FetchError, match=f"sha256 {SHA}, expected {'0' * 64}"):
        fetch(tmp_path, mirror=str(folder), sha256="0" * 64)
    assert not (tmp_path / "out.json").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"mirror"}


def test_a_missing_file_says_where_and_what_to_do(tmp_path, folder, server):
    with pytest.raises(FetchError, match=r"/a/c\.json cannot be fetched .*; without network access, set data\.mirror"):
        fetch(tmp_path, url=f"{server}/a/c.json")
    with pytest.raises(FetchError, match="cannot be fetched"):
        fetch(tmp_path)
    (folder / "a" / "b.json").unlink()
    with pytest.raises(FetchError, match="the mirror has no"):
        fetch(tmp_path, mirror=str(folder))


def test_a_hash_that_nobody_gave_is_said_and_trusted(tmp_path, server, caplog):
    assert fetch(tmp_path, url=f"{server}/a/b.json", sha256=None) == CONTENT
    assert f"/a/b.json: sha256 {SHA}, not checked" in caplog.text
    caplog.clear()
    fetch(tmp_path, url=f"{server}/a/b.json")
    assert not caplog.records


class Hub(http.server.BaseHTTPRequestHandler):
    """Sends the Hub's files on to another name of this machine, as the Hub does; records who was shown a token."""

    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self):
        self.seen.append((self.path, self.headers.get("Authorization")))
        if self.path.startswith("/datasets/") and not self.path.endswith("gated"):
            self.send_response(302)
            moved = self.path.startswith("/datasets/moved/")
            home = f"http://127.0.0.1:{self.server.server_port}"
            away = f"http://localhost:{self.server.server_port}"
            self.send_header("Location", f"{home}/datasets/new/{self.path[16:]}" if moved else f"{away}/elsewhere")
            self.end_headers()
            return
        if self.path in ("/gated", "/datasets/gated"):
            self.send_error(401)
            return
        if self.path.startswith("/away/"):
            self.send_response(302)
            host = {"home": "127.0.0.1", "out": "localhost"}[self.path.split("/")[2]]
            self.send_header("Location", f"http://{host}:{self.server.server_port}/a?sig=5ecret")
            self.end_headers()
            return
        self.send_response(200)
        length = self.path.partition("?length=")[2] or str(len(CONTENT) + 9 * self.path.endswith("broken"))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hub(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Hub.seen.clear()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HF_ENDPOINT", f"{endpoint}/")
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        yield endpoint
        server.shutdown()


def test_the_hub_is_asked_at_its_endpoint_and_alone_sees_the_token(tmp_path, hub):
    path = "datasets/o/n/resolve/main/a.json"
    assert fetch(tmp_path, url=f"https://huggingface.co/{path}") == CONTENT
    assert Hub.seen == [(f"/{path}", "Bearer hf_secret"), ("/elsewhere", None)]
    fetch(tmp_path, url=f"{hub}/other")
    assert Hub.seen[-1] == ("/other", None)


def test_the_token_is_shown_again_where_the_hub_sends_on_to_itself(tmp_path, hub):
    assert fetch(tmp_path, url="https://huggingface.co/datasets/moved/a.json") == CONTENT
    shown = "Bearer hf_secret"
    assert Hub.seen == [("/datasets/moved/a.json", shown), ("/datasets/new/a.json", shown), ("/elsewhere", None)]


def test_what_is_said_fits_the_file_and_the_fault(tmp_path, hub):
    corpus = {"path": "url/0/a.json", "mirror": None, "out": tmp_path / "out.json"}
    with pytest.raises(FetchError, match=r"\(HTTP 401 Unauthorized\); .* HF_TOKEN .* give the corpus a copy as 'file'"):
        fetch_file(url="https://huggingface.co/datasets/gated", sha256=None, **corpus)
    with pytest.raises(
        FetchError, match=r"\(HTTP 401 Unauthorized\); .* ~/\.netrc, .* give the corpus a copy as 'file'"
    ):
        fetch_file(url=f"{hub}/gated", sha256=None, **corpus)
    with pytest.raises(FetchError, match="; the file has changed, or 'sha256' is wrong"):
        fetch_file(url=f"{hub}/a", sha256="0" * 64, **corpus)


def test_a_url_that_is_not_ascii_is_asked_for_as_utf_8(tmp_path, hub):
    assert fetch(tmp_path, url=f"{hub}/ü%20a?b=é&c") == CONTENT
    assert Hub.seen == [("/%C3%BC%20a?b=%C3%A9&c", None)]


def test_a_connection_that_breaks_off_is_an_error_without_a_hash_too(tmp_path, hub):
    with pytest.raises(
        FetchError,
        match=rf"broken cannot be fetched \(the download ended after {len(CONTENT)} of {len(CONTENT) + 9} bytes\)",
    ):
        fetch(tmp_path, url=f"{hub}/broken", sha256=None)
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("length", ["abc", "-9", "+9", "9.0", "0x7", "٩", "9" * 5000])
def test_a_length_that_is_no_number_is_an_error(tmp_path, hub, length):
    with pytest.raises(FetchError, match=r"/a cannot be fetched .*Content-Length: '.+', which is not a number"):
        fetch(tmp_path, url=f"{hub}/a?length={length}", sha256=None)
    assert not (tmp_path / "out.json").exists()


def test_a_body_that_is_longer_than_its_length_is_cut_and_its_hash_says_so(tmp_path, hub):
    with pytest.raises(FetchError, match=f"sha256 {hashlib.sha256(CONTENT[:3]).hexdigest()}, expected {SHA}"):
        fetch(tmp_path, url=f"{hub}/a?length=3")


@pytest.mark.parametrize(
    "path", ["gated?sig=5ecret", "a?sig=5ecret", "broken?sig=5ecret&x=/broken", "away/out/a?sig=5ecret#5ecret"]
)
def test_no_message_has_the_query_of_a_url(tmp_path, hub, caplog, path):
    with pytest.raises(FetchError) as error:
        fetch(tmp_path, url=f"{hub}/{path}", sha256="0" * 64)
    with contextlib.suppress(FetchError):
        fetch(tmp_path, url=f"{hub}/{path}", sha256=None)
    with contextlib.suppress(FetchError):
        fetch(tmp_path, url=f"http://127.0.0.1:9/{path}", sha256=None)
    said = [str(error.value), "".join(traceback.format_exception(error.value)), caplog.text]
    assert f"{hub}/{path.partition('?')[0]}" in said[0]
    assert not [text for text in said if "5ecret" in text or "hf_secret" in text]


@pytest.mark.parametrize("host", ["a..b", ".a", "a" * 64 + ".example", "[abc", "127.0.0.1:abc", "127.0.0.1:99999"])
def test_a_host_that_cannot_be_asked_is_one_error(tmp_path, host):
    with pytest.raises(FetchError, match="cannot be fetched") as error:
        fetch(tmp_path, url=f"http://{host}/x?sig=5ecret")
    assert "5ecret" not in str(error.value)
    assert error.value.__suppress_context__


def test_an_index_with_a_password_is_not_repeated(tmp_path, monkeypatch):
    said = "Could not fetch URL https://me:5ecret@index.example/simple/: no route"
    failed = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: failed)
    with pytest.raises(FetchError, match=r"pip cannot download a==1: .* https://index\.example/simple/") as error:
        fetch_wheel(requirement="a==1", member=("a", "b"), wheels=None, out=tmp_path / "a.whl")
    assert "5ecret" not in str(error.value)


@pytest.fixture
def netrc(tmp_path, monkeypatch):
    path = tmp_path / "netrc"
    path.write_text(
        "machine 127.0.0.1 login me password 5ecret\nmachine other login a password b\ndefault login c password d\n"
    )
    monkeypatch.setenv("NETRC", str(path))
    return path


def test_the_user_of_netrc_is_shown_to_its_host_alone(tmp_path, hub, netrc):
    shown = "Basic bWU6NWVjcmV0"  # printf me:5ecret | base64
    fetch(tmp_path, url=f"{hub}/a")
    fetch(tmp_path, mirror=hub)
    fetch(tmp_path, url=f"{hub}/away/home/a")
    assert Hub.seen == [("/a", shown), ("/a/b.json", shown), ("/away/home/a", shown), ("/a?sig=5ecret", shown)]
    Hub.seen.clear()
    # Another host: the server's redirect, and one that only the default of the file would fit.
    fetch(tmp_path, url=f"{hub}/away/out/a")
    fetch(tmp_path, url=f"{hub.replace('127.0.0.1', 'localhost')}/a")
    assert Hub.seen == [("/away/out/a", shown), ("/a?sig=5ecret", None), ("/a", None)]


def test_a_netrc_that_cannot_be_read_is_said_without_its_content(tmp_path, hub, netrc):
    netrc.write_text("machine 127.0.0.1 login me\npasswort 5ecret\n")
    with pytest.raises(FetchError, match=r"netrc cannot be read: line \d is wrong") as error:
        fetch(tmp_path, url=f"{hub}/a")
    assert "5ecret" not in "".join(traceback.format_exception(error.value))


def test_an_endpoint_with_a_password_is_refused(tmp_path, hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://me:5ecret@hub.example")
    with pytest.raises(FetchError, match="HF_ENDPOINT must not hold a user or a password: set HF_TOKEN"):
        fetch(tmp_path, url="https://huggingface.co/datasets/o/n/resolve/main/a.json")


def test_the_mirror_has_the_known_files(mirror):
    for path, known in known_files().items():
        data = (mirror / path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (known.bytes, known.sha256), path


def test_a_wheel_is_taken_from_the_folder_and_one_file_unpacked(tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "some_package-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("pkg/data.bin", CONTENT)
    what = {"requirement": "some-package==1.0", "wheels": str(wheels), "out": tmp_path / "w.whl"}
    with pytest.raises(FetchError, match=f"sha256 {SHA}, expected 11; replace it with the right file, or delete it"):
        fetch_wheel(member=("pkg/data.bin", "11"), **what)
    assert not (tmp_path / "w.whl").exists()
    fetch_wheel(member=("pkg/data.bin", SHA), **what)
    assert unpack_member(tmp_path / "w.whl", "pkg/data.bin", SHA, tmp_path).read_bytes() == CONTENT
    with pytest.raises(FetchError, match="no pkg/other in it"):
        unpack_member(tmp_path / "w.whl", "pkg/other", SHA, tmp_path)
    with pytest.raises(FetchError, match=f"sha256 {SHA}, expected 11"):
        unpack_member(tmp_path / "w.whl", "pkg/data.bin", "11", tmp_path)

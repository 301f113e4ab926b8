"""Servers and wheels that mean harm: where a redirect may lead, who sees a token, what comes out of an archive."""

import hashlib
import http.server
import stat
import threading
import zipfile
from contextlib import suppress

import pytest

from equilingual.fetch import FetchError, fetch_file, fetch_wheel, unpack_member

CONTENT = b"good\n"
SHA = hashlib.sha256(CONTENT).hexdigest()


class Redirecting(http.server.BaseHTTPRequestHandler):
    """Sends on to what the server's ``to`` says; records who was shown a token."""

    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        if self.path.startswith("/end"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT)
            return
        self.send_response(302)
        self.send_header("Location", self.server.to)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.seen = []
        server.home = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HF_ENDPOINT", server.home)
        monkeypatch.setenv("HF_TOKEN", "hf_5ecret")
        yield server
        server.shutdown()


def fetch(tmp_path, url, sha256=None):
    fetch_file(path="a", url=url, sha256=sha256, mirror=None, out=tmp_path / "out")
    return (tmp_path / "out").read_bytes()


HUB = "https://huggingface.co/datasets/o/n/resolve/main/a"


@pytest.mark.parametrize("scheme", ["file", "ftp", "data", "javascript"])
def test_a_redirect_leads_to_no_file_and_to_no_other_protocol(tmp_path, server, scheme):
    (tmp_path / "private").write_text("5ecret")
    places = {"file": (tmp_path / "private").as_uri(), "ftp": f"ftp://127.0.0.1:{server.server_port}/a"}
    server.to = places.get(scheme, f"{scheme}:text/plain,x")
    with pytest.raises(FetchError, match="cannot be fetched") as error:
        fetch(tmp_path, f"{server.home}/start")
    assert "5ecret" not in str(error.value)
    assert not (tmp_path / "out").exists()
    assert [path for path, _ in server.seen] == ["/start"]


def test_a_redirect_between_http_and_http_is_followed(tmp_path, server):
    server.to = f"{server.home}/end"
    assert fetch(tmp_path, f"{server.home}/start", SHA) == CONTENT


def test_a_redirect_from_https_to_http_is_refused():
    """Where it would be followed, whoever sits between the two could give another file."""
    import urllib.error
    import urllib.request
    from email.message import Message

    from equilingual.fetch import _Redirects

    request = urllib.request.Request("https://host/a?sig=5ecret")
    with pytest.raises(urllib.error.HTTPError, match="redirects from https to http, which is not followed"):
        _Redirects().redirect_request(request, None, 302, "Found", Message(), "http://host/a")
    assert (
        _Redirects().redirect_request(request, None, 302, "Found", Message(), "https://host/b").full_url.endswith("/b")
    )


def test_the_token_of_the_hub_goes_to_no_other_host_or_port(tmp_path, server):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        other.seen = []
        server.to = f"http://127.0.0.1:{other.server_port}/end"
        assert fetch(tmp_path, HUB, SHA) == CONTENT
        other.shutdown()
    assert server.seen == [("/datasets/o/n/resolve/main/a", "Bearer hf_5ecret")]
    assert other.seen == [("/end", None)]


def test_a_server_that_redirects_for_ever_is_one_error(tmp_path, server):
    server.to = f"{server.home}/again"
    with pytest.raises(FetchError, match=r"cannot be fetched \(HTTP 302"):
        fetch(tmp_path, f"{server.home}/start")
    assert len(server.seen) < 15


def wheel(folder, name="some_package-1.0-py3-none-any.whl", members=(("pkg/data.bin", CONTENT),)):
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return folder / name


@pytest.mark.parametrize("member", ["../../outside", "/outside", "a/../../outside"])
def test_a_name_with_path_parts_in_a_wheel_stays_in_the_folder(tmp_path, member):
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True)
    path = unpack_member(wheel(tmp_path / "wheels", members=[(member, CONTENT)]), member, SHA, inside)
    assert path == inside / "outside"
    assert sorted(path.name for path in tmp_path.rglob("outside")) == ["outside"]


def test_a_link_in_a_wheel_is_a_file_with_the_links_text(tmp_path):
    (tmp_path / "private").write_bytes(CONTENT)
    link = zipfile.ZipInfo("pkg/data.bin")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    target = str(tmp_path / "private").encode()
    path = unpack_member(
        wheel(tmp_path / "wheels", members=[(link, target)]),
        "pkg/data.bin",
        hashlib.sha256(target).hexdigest(),
        tmp_path,
    )
    assert not path.is_symlink()
    assert path.read_bytes() == target


def test_a_file_of_a_wheel_that_would_fill_the_disk_is_not_unpacked(tmp_path, monkeypatch):
    bomb = wheel(tmp_path / "wheels", members=[("pkg/data.bin", b"\0" * 5_000_000)])
    assert bomb.stat().st_size < 10_000
    monkeypatch.setattr("equilingual.fetch._LARGEST_MEMBER", 1_000_000)
    with pytest.raises(FetchError, match=r"data\.bin would be 5000000 bytes, more than 1000000"):
        fetch_wheel(
            requirement="some-package==1.0",
            member=("pkg/data.bin", SHA),
            wheels=str(tmp_path / "wheels"),
            out=tmp_path / "w.whl",
        )
    assert not (tmp_path / "w.whl").exists()


def test_a_wheel_that_lies_about_a_size_gives_no_more_than_it_says(tmp_path):
    """The directory says 5 bytes of a file of a million: five are read, and the checksum is wrong."""
    path = wheel(tmp_path / "wheels", members=[("pkg/data.bin", b"\0" * 1_000_000)])
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (5).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(FetchError, match=r"no pkg/data\.bin in it \(Bad CRC"):
        unpack_member(path, "pkg/data.bin", SHA, tmp_path)


@pytest.mark.parametrize("place", range(0, 60))
def test_a_wheel_with_a_wrong_byte_is_whole_or_refused(tmp_path, place):
    path = wheel(tmp_path / "wheels")
    data = bytearray(path.read_bytes())
    data[place * len(data) // 60] ^= 0xFF
    path.write_bytes(data)
    with suppress(FetchError):
        assert unpack_member(path, "pkg/data.bin", SHA, tmp_path).read_bytes() == CONTENT

"""Downloads from a folder and from a server, and what is said when they are not what they should be."""

import functools
import hashlib
import http.server
import threading
import zipfile

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
    with pytest.raises(
        FetchError, match=r"/a/c\.json cannot be fetched .*; where the network is closed, set data\.mirror"
    ):
        fetch(tmp_path, url=f"{server}/a/c.json")
    with pytest.raises(FetchError, match="cannot be fetched"):
        fetch(tmp_path)
    (folder / "a" / "b.json").unlink()
    with pytest.raises(FetchError, match="the mirror has no"):
        fetch(tmp_path, mirror=str(folder))


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
    with pytest.raises(FetchError, match=f"sha256 {SHA}, expected 11; put the right one there, or take it away"):
        fetch_wheel(member=("pkg/data.bin", "11"), **what)
    assert not (tmp_path / "w.whl").exists()
    fetch_wheel(member=("pkg/data.bin", SHA), **what)
    assert unpack_member(tmp_path / "w.whl", "pkg/data.bin", SHA, tmp_path).read_bytes() == CONTENT
    with pytest.raises(FetchError, match="no pkg/other in it"):
        unpack_member(tmp_path / "w.whl", "pkg/other", SHA, tmp_path)
    with pytest.raises(FetchError, match=f"sha256 {SHA}, expected 11"):
        unpack_member(tmp_path / "w.whl", "pkg/data.bin", "11", tmp_path)

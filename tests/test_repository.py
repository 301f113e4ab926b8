"""The address of the package's repository."""

import subprocess

import pytest

from equilingual import provenance, repository
from equilingual.repository import repository_of_the_code, web_address


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A repository with a package as this one is, and a function that calls git in it."""
    package = tmp_path / "src/equilingual"
    package.mkdir(parents=True)
    (package / "x.py").write_text("")
    for module in (provenance, repository):
        monkeypatch.setattr(module, "PACKAGE", package)

    def git(*command):
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        return subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    return git


def test_the_repository_is_the_remote_of_the_commit(clone, tmp_path):
    clone("init", "--quiet")
    clone("remote", "add", "origin", "https://me:5ecret@host.example/us/it.git")
    assert repository_of_the_code() is None  # no commit yet
    clone("add", ".")
    clone("commit", "--quiet", "--message", "x")
    assert repository_of_the_code() == "https://host.example/us/it"
    clone("remote", "set-url", "origin", str(tmp_path))
    assert repository_of_the_code() is None
    clone("remote", "remove", "origin")
    assert repository_of_the_code() is None


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://host.example/us/it.git", "https://host.example/us/it"),
        ("https://t0ken@host.example:8443/us/it/", "https://host.example:8443/us/it"),
        ("git@host.example:us/it.git", "https://host.example/us/it"),
        ("ssh://git@host.example/us/it.git", "https://host.example/us/it"),
        ("https://a:b@c@host.example/us/it", None),
        ("https://host.example/us/it?token=x", None),
        ("ssh://git@host.example:2222/us/it", None),
        ("http://host.example/us/it", None),
        ("/srv/git/it.git", None),
        ("../it", None),
        ("file:///srv/it", None),
        ("https://localhost/us/it", None),
        ("javascript:alert(1)//host.example/x", None),
        ("", None),
    ],
)
def test_the_address_of_a_remote_has_no_user_and_no_token(remote, address):
    assert web_address(remote) == address

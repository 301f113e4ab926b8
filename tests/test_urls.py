"""What of a URL is shown, and what is refused in one."""

import pickle

import pytest

from equilingual.urls import (
    PrivateUrl,
    check_no_user,
    has_user,
    has_valid_host,
    public_url,
    without_secrets,
)

# Written by hand from RFC 3986: userinfo ends at the last @ of the authority, which ends at the first /, ? or #.
PUBLIC = {
    "https://host/a/b.json": "https://host/a/b.json",
    "https://host:8080/a": "https://host:8080/a",
    "https://[::1]:80/a": "https://[::1]:80/a",
    "https://host/a?X-Amz-Signature=5ecret": "https://host/a",
    "https://host/a#5ecret": "https://host/a",
    "https://host?5ecret": "https://host",
    "https://host/@scope/a@1": "https://host/@scope/a@1",
    "https://user:5ecret@host/a": "https://host/a",
    "https://5ecret@host/a?5ecret#5ecret": "https://host/a",
    "https://user:5ec@ret@host/a": "https://host/a",
    # Not URLs by the standard, and what users write: / ? and # in a password.
    "https://user:5ec/ret@host/a": "https://host/a",
    "https://user:5ec?ret@host/a": "https://host/a",
    "https://user:5ec#ret@host/a": "https://host/a",
    "s3+x://user:5ecret@host/a": "s3+x://host/a",
    # A quoted value of YAML keeps its blanks.
    " https://user:5ecret@host/a": "https://host/a",
    "\nhttps://host/a?5ecret": "https://host/a",
    "data/a?b@c#d.jsonl": "data/a?b@c#d.jsonl",
    "": "",
}
WITH_USER = [url for url in PUBLIC if "5ec" in url and "@" in url]


@pytest.mark.parametrize("url", PUBLIC)
def test_a_url_is_shown_without_its_secrets(url):
    assert public_url(url) == PUBLIC[url]
    assert public_url(public_url(url)) == PUBLIC[url]
    assert has_user(url) == (url in WITH_USER)


@pytest.mark.parametrize("url", WITH_USER)
def test_a_user_or_a_password_is_refused_and_not_repeated(url):
    with pytest.raises(
        ValueError, match=r"must not hold a user or a password: write '.*', and put them in ~/\.netrc"
    ) as e:
        check_no_user(url)
    assert "5ec" not in str(e.value)
    assert "ret@" not in str(e.value)


def test_the_urls_of_a_message_lose_their_secrets():
    text = "Redirection to url 'https://host/a?sig=5ecret' is not allowed, nor <ftp://u:5ecret@host/b>"
    assert without_secrets(text) == "Redirection to url 'https://host/a' is not allowed, nor <ftp://host/b>"


def test_a_long_word_is_searched_once():
    """With a search from each of its characters, this test would not end."""
    word = "x" * 2_000_000
    assert without_secrets(word) == word
    assert without_secrets(f"{word}://me:5ecret@host/a") == f"{word}://host/a"


@pytest.mark.parametrize(
    ("url", "valid"),
    [
        ("https://host/a", True),
        ("https://bücher.example:8080/a", True),
        ("http://[::1]:80/a", True),
        ("https://10.0.0.1/a", True),
        ("https://a..b/a", False),
        ("https://.b/a", False),
        (f"https://{'a' * 64}.example/a", False),  # RFC 1035: 63 at most
        ("https://[abc/a", False),
        ("https://host:abc/a", False),
        ("https://host:70000/a", False),
    ],
)
def test_a_host_is_one_that_can_be_asked(url, valid):
    assert has_valid_host(url) is valid


def test_a_private_url_is_printed_as_it_may_be_shown_and_pickled_whole():
    url = PrivateUrl("https://host/a?sig=5ecret")
    assert f"{url} {url!r} {[url]}" == "https://host/a https://host/a [https://host/a]"
    assert pickle.loads(pickle.dumps(url)).value == "https://host/a?sig=5ecret"

"""A secret in a URL of the configuration is refused or hidden: no message repeats it."""

import copy

import pytest

from equilingual.config import ConfigError, load_config
from equilingual.config.places import missing_places

SIGNED = "https://a.example/x.jsonl?X-Amz-Signature=5ecret"
USER = "https://me:5ecret@a.example/x.jsonl"


def with_corpus(default, files, **others):
    raw = copy.deepcopy(default)
    raw["corpora"]["x"] = {"files": files}
    return raw | others


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"data": {"mirror": "https://me:5ecret@a.example/m/"}},
            r"data\.mirror: .* write 'https://a\.example/m/', and .* ~/\.netrc",
        ),
        (
            {"data": {"mirror": " https://me:5ecret@a.example/m"}},
            r"data\.mirror: a URL must not hold .* write 'https://a\.example/m'",
        ),
        ({"data": {"mirror": "https://5ecret@a.example"}}, r"data\.mirror: a URL must not hold a user or a password"),
        (
            {"data": {"mirror": "https://a.example/m?sig=5ecret"}},
            r"data\.mirror: .* cannot have a query: 'https://a\.example/m'",
        ),
        (
            {"data": {"mirorr": SIGNED}},
            r"data\.mirorr: unknown key \(value 'https://a\.example/x\.jsonl'\); did you mean 'mirror'",
        ),
        (
            {"data": {"places": [USER, {"a": SIGNED}]}},
            r"data\.places: unknown key \(value \['https://a\.example/x\.jsonl', {'a': ",
        ),
        ({"data": SIGNED}, r"data: must be a mapping .* \(value 'https://a\.example/x\.jsonl'\)"),
    ],
)
def test_a_secret_in_a_value_is_not_repeated(default, change, message):
    with pytest.raises(ConfigError, match=message) as error:
        load_config(default | change)
    assert "5ecret" not in str(error.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"en": USER}, r"corpora\.x\.files\.en\.url: a URL must not hold .* write 'https://a\.example/x\.jsonl'"),
        ({"en": {"url": USER}}, "a URL must not hold a user or a password"),
        ({"en": {"parts": [SIGNED, USER]}}, "a URL must not hold a user or a password"),
        ({"en": {"url": "https://a..example/x?5ecret"}}, r"'https://a\.\.example/x' is not the URL of a file"),
        ({"en": {"url": "https://[a/x?5ecret"}}, r"'https://\[a/x' is not the URL of a file"),
        ({"en": {"url": "ftp://a.example/x?5ecret"}}, "'ftp://a.example/x' is not the URL of a file"),
        (
            {"en": {"parts": [{"url": SIGNED, "sha256": "0" * 64}, {"url": SIGNED, "sha256": "1" * 64}]}},
            r"https://a\.example/x\.jsonl has two different 'sha256'",
        ),
    ],
)
def test_a_secret_in_the_url_of_a_corpus_is_not_repeated(default, files, message):
    with pytest.raises(ConfigError, match=message) as error:
        load_config(with_corpus(default, files))
    assert "5ecret" not in str(error.value)


def test_a_url_in_the_place_of_a_path_is_shown_without_its_secrets(default, root):
    asked = with_corpus(default, {"en": {"file": USER}})
    asked["training_sets"]["demo-en-pt"].update(corpora=["x"], languages=["en"])
    asked["batches"]["strategies"] = [{"name": "mono"}]
    asked["encoders"]["y"] = {"source": "folder", "path": USER}
    lines = missing_places(load_config(asked), root)
    assert [line.split(": ", 1)[0] for line in lines] == ["corpora.x.files.en.file", "encoders.y.path"]
    assert all("https://a.example/x.jsonl does not exist" in line for line in lines)


def places(value, at=()):
    """Yield the place of every key and every value of a configuration that is no list or mapping."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield (*at, "value")
    for key, item in items or ():
        if isinstance(value, dict):
            yield (*at, key, "key")
        yield from places(item, (*at, key))


def test_a_secret_in_the_place_of_any_key_or_value_is_not_repeated(default, root):
    """An authenticated clone URL as 'hub', a link as 'known', a secret as a key: no message of any place quotes it."""
    said = 0
    for *at, name, what in places(default):
        raw = copy.deepcopy(default)
        holder = raw
        for key in at:
            holder = holder[key]
        if what == "key":
            holder[USER] = holder.pop(name)
        else:
            holder[name] = USER
        try:
            message = "\n".join(missing_places(load_config(raw), root))
        except ConfigError as error:
            message = str(error)
        assert "5ecret" not in message, (at, name, what)
        said += "https://a.example/x.jsonl" in message
    assert said > 250  # it is not that nothing is said


def test_blanks_around_a_url_are_no_part_of_it(default):
    config = load_config(with_corpus(default, {"en": f" {SIGNED} "}) | {"data": {"mirror": " https://a.example/m "}})
    assert config.corpora["x"].files["en"].url == SIGNED
    assert config.data.mirror == "https://a.example/m"


def test_a_signed_url_is_read_and_names_no_folder(default):
    place = load_config(with_corpus(default, {"en": SIGNED})).corpora["x"].files["en"]
    assert place.url == SIGNED
    assert place.download.startswith("url/")
    assert place.download.endswith("/x.jsonl")
    assert "5ecret" not in place.download

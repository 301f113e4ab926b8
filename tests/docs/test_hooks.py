"""The site's own hooks: links of the repository become links of the site, and no page loads anything from elsewhere."""

import importlib.util

import pytest


@pytest.fixture(scope="module")
def hooks(root):
    spec = importlib.util.spec_from_file_location("hooks", root / "docs/hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("folder", "text", "expected"),
    [
        ("", "[a](docs/methods.md#batches)", "[a](methods.md#batches)"),
        ("", "![a](docs/images/x.svg)", "![a](images/x.svg)"),
        ("", "see [the change log](CHANGELOG.md) and [b](#x)", "see [the change log](changelog.md) and [b](#x)"),
        ("", "[NOTICE](NOTICE), [data](resources/demo/README.md)", "NOTICE, data"),
        ("", "[p](https://arxiv.org/abs/2408.10536)", "[p](https://arxiv.org/abs/2408.10536)"),
        ("docs", "[a](methods.md#batches)", "[a](methods.md#batches)"),
        ("docs", "[a](../CONTRIBUTING.md) [b](../config.yaml) [c](#d)", "[a](contributing.md) b [c](#d)"),
        ("docs", "`x[0](1)`", "`x[0](1)`"),
    ],
)
def test_links_of_the_repository_become_those_of_the_site(hooks, folder, text, expected):
    assert hooks.page_text(text, folder) == expected


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="https://example.org/x">x</a><img src="images/a.svg">', []),
        ('<img src="https://example.org/a.png">', ["https://example.org/a.png"]),
        ('<script src="//example.org/a.js"></script>', ["//example.org/a.js"]),
        ('<link rel="stylesheet" href="https://fonts.example.org/a.css">', ["https://fonts.example.org/a.css"]),
        ('<link rel="canonical" href="https://example.org/">', []),
        ('<link rel="preconnect" href="https://example.org">', ["https://example.org"]),
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_found(hooks, html, found):
    assert hooks.external_loads(html) == found


def test_example_reports_are_listed_where_there_are_some(hooks):
    found = hooks.examples_page(["examples/demo.html", "examples/mine.html"])
    assert "](examples/demo.html)" in found
    assert "- [mine](examples/mine.html)" in found
    assert "make examples docs" in hooks.examples_page([])

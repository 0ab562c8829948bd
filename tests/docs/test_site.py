"""The documentation site, built as `make docs` builds it."""

from __future__ import annotations

import doctest
import html
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import FunctionType

import pytest
import reference_docs

import cdk_streaming_api
from streaming_api_tools.explain.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
#: What makes a browser load something: tag -> attribute.
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src"}
#: Kinds of links that load something.
LOADED = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch"}


class Loaded(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element."""
        given = dict(attrs)
        if tag == "link" and LOADED & set((given.get("rel") or "").split()):
            self.urls.append(given.get("href") or "")
        elif tag in LOADS and given.get(LOADS[tag]):
            self.urls.append(given[LOADS[tag]] or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    # what it would say about the future of the theme, as in the Makefile
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def text_of(page: Path) -> str:
    """Return the text of a page, without markup."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text("utf-8")))


def test_docs_site_has_every_page(site: Path) -> None:
    pages = {page.stem for page in DOCS.glob("*.md")}
    assert pages <= {page.stem for page in site.glob("*.html")}


def test_docs_site_loads_nothing_from_elsewhere(site: Path) -> None:
    foreign = set()
    for page in site.glob("*.html"):
        parser = Loaded()
        parser.feed(page.read_text("utf-8"))
        assert parser.urls
        foreign |= {url for url in parser.urls if re.match(r"(https?:)?//", url)}
    assert foreign == set()


def test_docs_site_reference_has_every_construct_with_its_parameters(site: Path) -> None:
    text = text_of(site / "reference.html")
    for name in cdk_streaming_api.__all__:
        assert f"{name}\N{PILCROW SIGN}" in text
    for argument in ("throttling_burst_limit", "destination_regions", "http_method", "reserved_concurrent"):
        assert argument in text
    assert not re.search(r"::$", text, re.MULTILINE), "a literal block is not shown as code"


def members(name: str) -> set[str]:
    """Return the public methods and properties that a construct has from this package."""
    return {
        member
        for owner in getattr(cdk_streaming_api, name).__mro__
        if owner.__module__.startswith("cdk_streaming_api")
        for member, value in vars(owner).items()
        if not member.startswith("_") and isinstance(value, FunctionType | property | classmethod)
    }


def test_docs_site_reference_has_every_method_including_inherited(site: Path) -> None:
    text = text_of(site / "reference.html")
    expected = {f"{name}.{member}" for name in cdk_streaming_api.__all__ for member in members(name)}
    assert "StreamingApi.add_stream" in expected
    assert {each for each in expected if f"{each}\N{PILCROW SIGN}" not in text} == set()


def test_reference_docs_docstring_examples_give_their_output() -> None:
    result = doctest.testmod(reference_docs)
    assert result.attempted > 0
    assert result.failed == 0


def test_docs_site_lambda_reference_has_every_public_name(site: Path) -> None:
    text = text_of(site / "reference-lambda.html")
    for name in ("asgi", "stream", "HTTPError", "Response", "Event", "ResponseWriter"):
        assert f"{name}\N{PILCROW SIGN}" in text


def test_docs_site_troubleshooting_has_every_entry_of_explain(site: Path) -> None:
    text = (site / "troubleshooting.html").read_text("utf-8")
    shown = " ".join(text_of(site / "troubleshooting.html").split())
    for issue in catalogue().issues:
        for part in (issue.title, issue.cause, issue.fix, *issue.texts):
            assert " ".join(part.replace("`", "").split()) in shown.replace("`", "")
        assert all(html.escape(source) in text for source in issue.sources)


def test_docs_site_broken_link_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[gone](gone.md)", "utf-8")
    config = (ROOT / "mkdocs.yml").read_text("utf-8").partition("nav:\n")[0]
    config = config.replace("hooks: [scripts/docs_hooks.py]\n", "").replace("site_dir: .cache/docs", "")
    (tmp_path / "mkdocs.yml").write_text(config, "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "gone.md" in done.stderr

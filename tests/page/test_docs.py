"""The reader that docs/how-to-browser.md shows, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.page.api import Api
from tests.page.conftest import Visit
from tests.page.opened import Opened
from tests.support.templates import ROOT

pytestmark = pytest.mark.timeout(600)
PAGE = (ROOT / "docs" / "how-to-browser.md").read_text("utf-8")
(CODE,) = re.findall(r"```javascript\n(.*?)```", PAGE, re.DOTALL)


def ask(page: Page, url: str, prompt: str) -> None:
    """Ask with the code of the page; what it shows is collected in the window."""
    page.evaluate(
        f"""([url, prompt]) => {{
          {CODE}
          window.shown = [];
          window.outcome = ask(url, prompt, (text) => shown.push(text)).then(
            (done) => `done: ${{done.stopReason}}`, (error) => `error: ${{error.message}}`);
        }}""",
        [url, prompt],
    )


def test_page_docs_reader_shows_each_token_as_it_comes(visit: Visit, anonymous: Opened, target: Api) -> None:
    page = visit(anonymous.link)
    ask(page, f"{target.url}open/chat", "hi")
    for count in range(1, 4):
        target.model.let_go()
        page.wait_for_function("count => shown.length === count", arg=count)
    target.model.let_all_go()
    assert page.evaluate("outcome") == "done: end_turn"
    assert page.evaluate("shown.join('')").startswith("This answer comes ")


def test_page_docs_reader_throws_errors_of_the_api(visit: Visit, anonymous: Opened, target: Api) -> None:
    page = visit(anonymous.link)
    ask(page, f"{target.url}open/chat", " ")
    assert page.evaluate("outcome") == "error: prompt must not be empty"

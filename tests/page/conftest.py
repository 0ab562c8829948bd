"""One API, one server and one browser for the suite; a page of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.api import Api, api
from tests.page.opened import CREDENTIALS, Opened, opened
from tests.support.browsers import browser, launch

__all__ = ["browser", "launch"]

# A busy machine is slow, which is no finding.
expect.set_options(timeout=60_000)

#: Opens the page in a new tab with no state: ``visit(link)``.
Visit = Callable[[str], Page]
RECORD = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API."""
    with api(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def target(served: Api) -> Iterator[Api]:
    """The API, with no token of the model let go."""
    served.model.hold()
    yield served
    served.model.let_all_go()


@pytest.fixture(scope="session")
def signing(served: Api) -> Iterator[Opened]:
    """The page's server with credentials."""
    with opened(served.url, **CREDENTIALS) as running:
        yield running


@pytest.fixture(scope="session")
def unsigned(served: Api) -> Iterator[Opened]:
    """The page's server without credentials."""
    with opened(served.url) as running:
        yield running


@pytest.fixture(scope="session")
def anonymous(served: Api) -> Iterator[Opened]:
    """The same, for the route that pages of any origin may use."""
    with opened(f"{served.url}open/chat") as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Return what opens the page; no page of a test may break its own policy or raise an error."""
    context = browser.new_context()
    context.add_init_script(RECORD)
    context.set_default_timeout(60_000)
    pages: list[Page] = []
    errors: list[str] = []

    def open_link(link: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        page.goto(link)
        # until then the page may still write into its fields
        ready = page.get_by_role("button", name="Send", disabled=False).or_(page.get_by_role("alert"))
        expect(ready.first).to_be_visible()
        return page

    yield open_link
    violations = [each for page in pages for each in page.evaluate("violations")]
    context.close()
    assert errors == []
    assert violations == []

"""`useChat({ resume: true })` of three majors in Chromium: after a reload, and after a cut on one page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.all_clients.clients import Environment
from tests.all_clients.resuming.pages import page_of
from tests.support.bedrock.shipped import Held
from tests.support.cutting_proxy import CuttingProxy

SAY = "[[say=One two three four.]]"
WHOLE = "One two three four."
#: Who shows the text twice that a page had before the cut. ai 5 does not reset a message whose id it has;
#: @ai-sdk/react 3.0.328 hides from ai 6 that its transport replays, unless the page makes the `Chat` itself.
DOUBLED = {("use-chat-5", ""), ("use-chat-5", "own"), ("use-chat-6", "")}
READ = "async (url) => { await (await fetch(`${url}/streams/${streamId}`)).body.getReader().read(); }"
READY = "chat.status === 'ready'"


@pytest.fixture(scope="module", params=["use-chat-5", "use-chat-6", "use-chat-7"])
def site(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Name and URL of the page of a major."""
    with page_of(Environment(request.param), "use_chat.jsx") as url:
        yield request.param, url


@pytest.fixture(name="page")
def _page(
    browser: Browser, site: tuple[str, str], proxy: CuttingProxy, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """Open the page of a chat that nobody else has."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        with page.expect_response(lambda response: response.url.endswith("/stream")) as asked:
            given = {"url": proxy.url, "chat": request.node.name}
            own = getattr(request, "param", "")
            page.goto(f"{site[1]}/?{urlencode(given)}&{own}")
        assert asked.value.status == 204
        page.wait_for_function(READY)
        yield page


def begin(page: Page, tokens: Held, proxy: CuttingProxy) -> None:
    """Send a message, of whose answer two tokens come, until the table has the first of them."""
    tokens.allow(2)
    page.evaluate("(text) => { chat.sendMessage({ text }); }", SAY)
    shown(page, "One two ")
    # it is behind the client by a tenth of a second, and notes the stream of the chat before its first batch
    page.evaluate(READ, proxy.url)


def shown(page: Page, text: str) -> None:
    """Wait until the page shows a text as its last message."""
    page.wait_for_function("(text) => said().at(-1)?.[1] === text", arg=text)


def state(page: Page) -> Any:  # noqa: ANN401 - any JSON
    """Return what the page shows."""
    return page.evaluate("({ status: chat.status, error: chat.error?.message, said: said() })")


def ready(said: str) -> dict[str, object]:
    """Return what a page shows that has one question and one answer."""
    return {"status": "ready", "error": None, "said": [["user", SAY], ["assistant", said]]}


def reload(page: Page) -> int:
    """Reload the page, and return the status of what it asks for then."""
    with page.expect_response(lambda response: response.url.endswith("/stream")) as asked:
        page.reload()
    return asked.value.status


def test_use_chat_reloaded_in_the_middle_has_the_answer_once(
    page: Page, tokens: Held, proxy: CuttingProxy
) -> None:
    begin(page, tokens, proxy)
    message_id = page.evaluate("chat.messages.at(-1).id")
    assert reload(page) == 200
    shown(page, "One two ")
    tokens.allow(9)
    page.wait_for_function(READY)
    assert state(page) == ready(WHOLE)
    assert page.evaluate("chat.messages.at(-1).id") == message_id
    # the message is finished
    assert reload(page) == 204
    page.wait_for_function(READY)
    assert state(page) == ready(WHOLE)


@pytest.mark.parametrize("page", ["", "own"], indirect=True)
def test_use_chat_cut_on_the_same_page_resumes_when_it_is_seen_again(
    page: Page, tokens: Held, proxy: CuttingProxy, site: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    proxy.cut("/ui/chat", b'"delta":"thr').set()
    begin(page, tokens, proxy)
    tokens.allow(3)
    page.wait_for_function("chat.status === 'error'")
    assert page.evaluate("ended.at(-1)") == {"isAbort": False, "isDisconnect": True, "isError": True}
    with page.expect_response(lambda response: response.url.endswith("/stream")) as asked:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange')) && undefined")
    assert asked.value.status == 200
    tokens.allow(9)
    page.wait_for_function(READY)
    doubled = (site[0], request.node.callspec.params["page"]) in DOUBLED
    assert state(page) == ready(f"One two |{WHOLE}" if doubled else WHOLE)


def test_use_chat_cancelled_by_the_route_keeps_what_came_and_the_chat_goes_on(
    page: Page, tokens: Held, proxy: CuttingProxy
) -> None:
    begin(page, tokens, proxy)
    cancel = "async (url) => (await fetch(`${url}/streams/${streamId}/cancel`, { method: 'POST' })).status"
    assert page.evaluate(cancel, proxy.url) == 204
    page.wait_for_function(READY)
    assert state(page) == ready("One two ")
    assert page.evaluate("ended.at(-1)") == {"isAbort": False, "isDisconnect": False, "isError": False}
    assert reload(page) == 204
    page.wait_for_function(READY)
    assert state(page) == ready("One two ")
    tokens.allow(9)
    page.evaluate("(text) => { chat.sendMessage({ text }); }", SAY)
    shown(page, WHOLE)
    page.wait_for_function(READY)
    assert len(page.evaluate("said()")) == 4

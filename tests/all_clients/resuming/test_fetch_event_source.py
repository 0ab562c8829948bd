"""@microsoft/fetch-event-source in Chromium: it repeats the POST, and no handler and no model runs again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.all_clients.clients import Environment
from tests.all_clients.resuming.pages import page_of
from tests.support.bedrock.shipped import Held
from tests.support.cutting_proxy import CuttingProxy
from tests.support.functions.kept import EVENTS
from tests.support.gateway import Gate, Serving
from tests.support.kept_api import NOVA

BEGIN = "([url, body]) => begin(url, body)"
HIDE = """
(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
ENDED = "outcome !== undefined"
SAY = "[[say=One two three four.]]"
#: path -> body, what the answer is cut after, and what ends it
FORMATS: dict[str, tuple[dict[str, object], bytes, str]] = {
    "/chat": ({"prompt": SAY}, b'"text":"thr', '"stopReason"'),
    "/v1/chat/completions": (
        {
            "model": NOVA,
            "messages": [{"role": "user", "content": SAY}],
            "stream": True,
        },
        b'"content":"thr',
        "[DONE]",
    ),
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """URL of the page."""
    with page_of(Environment("fetch-event-source"), "fetch_event_source.jsx") as url:
        yield url


@pytest.fixture(name="page")
def _page(browser: Browser, site: str) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site)
        yield page


def ran(kept: Serving) -> int:
    """Return how often the handler has run."""
    return sum("the handler runs" in line for line in kept.log)


def test_fetch_event_source_repeats_its_post_and_the_handler_runs_once(
    page: Page, proxy: CuttingProxy, kept: Serving, gate: Gate
) -> None:
    runs = ran(kept)
    end = proxy.cut("/counts", '"n":2,"text":"é'.encode()[:-1])
    page.evaluate(BEGIN, [f"{proxy.url}/counts", {"a": 1}])
    function = gate.accept()
    page.wait_for_function("seen.length === 2")
    end.set()
    first, again = proxy.wait_for(2, "/counts")
    page.wait_for_function("seen.length === 4")
    function.let_go()
    page.wait_for_function(ENDED)
    seen = page.evaluate("seen")
    assert page.evaluate("outcome") == "ended"
    assert [data.partition(",")[0] for _, _, data in seen] == [f'{{"n":{number}' for number in range(EVENTS)]
    assert (again.method, again.body) == (first.method, first.body)
    assert again.headers["last-event-id"] == seen[1][0]
    assert ran(kept) == runs + 1


def test_fetch_event_source_that_is_cut_behind_the_last_event_ends(
    page: Page, proxy: CuttingProxy, kept: Serving, gate: Gate
) -> None:
    runs = ran(kept)
    # without the last bytes of the chunked body, which say that it is whole
    proxy.cut("/counts", b"\n\n\r\n0\r\n").set()
    page.evaluate(BEGIN, [f"{proxy.url}/counts", {"a": 1}])
    gate.accept().let_go()
    page.wait_for_function(ENDED)
    assert page.evaluate("outcome") == "ended"
    assert len(page.evaluate("seen")) == EVENTS
    first, again = proxy.wait_for(2, "/counts")
    assert again.body == first.body
    assert ran(kept) == runs + 1


def test_fetch_event_source_of_a_page_that_was_hidden_comes_back_and_the_handler_runs_once(
    page: Page, proxy: CuttingProxy, kept: Serving, gate: Gate
) -> None:
    runs = ran(kept)
    page.evaluate(BEGIN, [f"{proxy.url}/counts", {"a": 1}])
    function = gate.accept()
    page.wait_for_function("seen.length === 4")
    for hidden in (True, False):
        page.evaluate(HIDE, hidden)
    again = proxy.wait_for(2, "/counts")[1]
    function.let_go()
    page.wait_for_function(ENDED)
    seen = page.evaluate("seen")
    assert again.headers["last-event-id"] == seen[3][0]
    assert [data.partition(",")[0] for _, _, data in seen] == [f'{{"n":{number}' for number in range(EVENTS)]
    assert ran(kept) == runs + 1


@pytest.mark.parametrize("path", FORMATS)
def test_fetch_event_source_repeats_its_post_and_the_model_is_asked_once(
    page: Page, proxy: CuttingProxy, tokens: Held, path: str
) -> None:
    body, after, end = FORMATS[path]
    tokens.asked = 0
    tokens.allow(2)
    proxy.cut(path, after).set()
    page.evaluate(BEGIN, [f"{proxy.url}{path}", body])
    page.wait_for_function("seen.some(([, , data]) => data.includes('two '))")
    tokens.allow(3)
    assert "last-event-id" in proxy.wait_for(2, path)[1].headers
    tokens.allow(99)
    page.wait_for_function(ENDED)
    assert page.evaluate("outcome") == "ended"
    seen = page.evaluate("seen")
    for word in ("One ", "two ", "three ", "four."):
        assert sum(word in data for _, _, data in seen) == 1, seen
    assert any(end in data for _, _, data in seen)
    assert tokens.asked == 1

"""Chromium's own EventSource, cut in the middle of an event: it comes back, and has each event once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from playwright.sync_api import Browser, Page

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from tests.store.streams import get, send
from tests.support.browsers import launching
from tests.support.cutting_proxy import CuttingProxy
from tests.support.functions.kept import EVENTS
from tests.support.gateway import Client, Gate, Serving
from tests.support.kept_api import kept_api
from tests.support.servers import ScriptedServer
from tests.support.servers import whole as answer
from tests.support.templates import ROOT

#: In the middle of the second event, in the text of a character of two bytes.
MIDDLE = '"n":2,"text":"é'.encode()[:-1]
CHARACTER = "in a character"
#: Where the answer is cut -> what is seen of it last, and the number of the event that is whole by then.
CUTS: dict[str, tuple[bytes | re.Pattern[bytes], int]] = {
    CHARACTER: (MIDDLE, 1),
    "after the first event": (re.compile(rb'"n":0,"text":""}\nid: \S+\n\n'), 0),
    "before the id": ('"n":2,"text":"éé"}\n'.encode(), 1),
    "before the blank line": (re.compile(rb'"n":2,.*\nid: \S+\n(?=\n)'), 1),
    "between events": (re.compile(rb'"n":2,.*\nid: \S+\n\n'), 2),
}
OTHERS = [each for each in CUTS if each != CHARACTER]
PAGE = (ROOT / "docs" / "how-to-resume.md").read_text("utf-8")
BYTES = """
async (url) => {
  window.position = 0;
  const pieces = [];
  for await (const piece of bytesOf(url, "counts", { method: "POST" })) {
    pieces.push(...piece);
    window.position = pieces.length;
  }
  return new TextDecoder().decode(new Uint8Array(pieces));
}
"""
BEGIN = """
async (url) => {
  const response = await fetch(url, { method: "POST" });
  response.body.cancel();
  return response.headers.get("x-stream-id");
}
"""
LISTEN = """
(url) => {
  window.seen = [];
  window.source = new EventSource(url);
  source.onmessage = (event) => seen.push([event.lastEventId, JSON.parse(event.data).n]);
}
"""
FAILS = """
(path) => {
  window.codes = [];
  window.source = new EventSource(path);
  // an event of that name comes to the same listener as a connection that breaks
  source.onerror = (event) => { if (event.data) codes.push(JSON.parse(event.data).error.code); };
}
"""
CLOSED = "source.readyState === EventSource.CLOSED"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for this module: others have event loops of their own."""
    with launching() as launch:
        yield launch()


@pytest.fixture(name="page")
def _page(browser: Browser) -> Iterator[Page]:
    """Open a page of an origin that is not the API's."""
    with (
        ScriptedServer(answer(200, b"<p>", content_type="text/html")) as site,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.goto(site.url)
        yield page


@pytest.fixture(scope="module")
def api(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Serve an API with a store."""
    with kept_api(tmp_path_factory.mktemp("api"), {"GATE": gate.address}) as serving:
        yield serving


@pytest.fixture(name="proxy")
def _proxy(api: Serving) -> Iterator[CuttingProxy]:
    with CuttingProxy(f"{api.url}/prod") as proxy:
        yield proxy


def ran(api: Serving) -> int:
    """Return how often the handler has run."""
    return sum("the handler runs" in line for line in api.log)


@pytest.mark.parametrize(
    "where", [CHARACTER, *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS)]
)
def test_event_source_that_is_cut_has_every_event_once_and_is_stopped_by_204(
    page: Page, proxy: CuttingProxy, api: Serving, gate: Gate, where: str
) -> None:
    runs = ran(api)
    after, last = CUTS[where]
    end = proxy.cut("/counts", after)
    page.evaluate(LISTEN, f"{proxy.url}/counts")
    function = gate.accept()
    page.wait_for_function("(events) => seen.length === events", arg=last + 1)
    end.set()
    # it has come back before the handler goes on
    proxy.wait_for(2, "/counts")
    page.wait_for_function("seen.length === 4")
    function.let_go()
    page.wait_for_function(CLOSED)
    seen = page.evaluate("seen")
    assert [number for _, number in seen] == list(range(EVENTS))
    # the browser names the last event that it has whole, and asks once more behind the end
    asked = [request.headers.get("last-event-id") for request in proxy.wait_for(3, "/counts")]
    assert asked == [None, seen[last][0], seen[-1][0]]
    assert ran(api) == runs + 1


def test_resume_docs_page_has_every_byte_once(page: Page, proxy: CuttingProxy, gate: Gate) -> None:
    (code,) = re.findall(r"```javascript\n(.*?)```", PAGE, re.DOTALL)
    page.add_script_tag(content=f"{code}\nwindow.bytesOf = bytesOf;")
    proxy.cut("/counts", MIDDLE).set()
    page.evaluate(f"(url) => {{ window.whole = ({BYTES})(url); }}", proxy.url)
    function = gate.accept()
    again = proxy.wait_for(1, "/streams/")[0]
    position = int(again.target.rpartition("=")[2])
    page.wait_for_function("(position) => window.position > position", arg=position)
    function.let_go()
    whole = page.evaluate("whole").encode()
    path = again.target.partition("?")[0]
    with Client(proxy.url) as client:
        assert client.send("GET", path).read() == whole


def test_event_source_follows_a_stream_that_another_request_began(
    page: Page, proxy: CuttingProxy, gate: Gate
) -> None:
    stream_id = page.evaluate(BEGIN, f"{proxy.url}/counts")
    function = gate.accept()
    path = f"/streams/{stream_id}"
    end = proxy.cut(path, MIDDLE)
    page.evaluate(LISTEN, f"{proxy.url}{path}")
    page.wait_for_function("seen.length === 2")
    end.set()
    proxy.wait_for(2, path)
    page.wait_for_function("seen.length === 4")
    function.let_go()
    page.wait_for_function(CLOSED)
    seen = page.evaluate("seen")
    assert [number for _, number in seen] == list(range(EVENTS))
    asked = [request.headers.get("last-event-id") for request in proxy.wait_for(3, path)]
    assert asked == [None, seen[1][0], seen[-1][0]]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("breaks", "internal_error"),
        pytest.param("blocked", "stream_cancelled", marks=pytest.mark.slow),
        pytest.param("dies", "producer_lost", marks=pytest.mark.slow),
    ],
)
def test_event_source_of_a_stream_that_failed_gets_its_error_once_and_is_closed(
    browser: Browser, gateway: Serving, gate: Gate, name: str, code: str
) -> None:
    first = get(gateway, f"/{name}", 5)
    path = f"/streams/{first.stream_id}"
    if name != "breaks":
        function = gate.accept()
        # what is in the table then
        get(gateway, path, 5)
        if name == "dies":
            function.let_go()
        else:
            assert send(gateway, "POST", f"{path}/cancel") == 204
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{gateway.url}/prod/streams/none")
        page.evaluate(FAILS, f"/prod{path}")
        page.wait_for_function(CLOSED)
        assert page.evaluate("codes") == [code]


@pytest.mark.slow
def test_event_source_of_a_signed_url_comes_back_as_the_same_owner(
    page: Page, gate: Gate, tmp_path: Path
) -> None:
    access = Access(keys=Keys("AKIDEXAMPLE", "secret"))
    with (
        kept_api(tmp_path, {"GATE": gate.address}, access) as api,
        CuttingProxy(f"{api.url}/prod") as proxy,
    ):
        proxy.cut("/counts", MIDDLE).set()
        request = AWSRequest("GET", f"{proxy.url}/counts")
        SigV4QueryAuth(Credentials("AKIDEXAMPLE", "secret"), "execute-api", "us-east-1").add_auth(request)
        page.evaluate(LISTEN, request.url)
        function = gate.accept()
        proxy.wait_for(2, "/counts")
        page.wait_for_function("seen.length === 4")
        function.let_go()
        page.wait_for_function(CLOSED)
        assert [number for _, number in page.evaluate("seen")] == list(range(EVENTS))
        page.evaluate(LISTEN, f"{proxy.url}/counts")
        page.wait_for_function(CLOSED)
        assert page.evaluate("seen") == []
        assert ran(api) == 1

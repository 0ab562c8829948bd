"""The page with an API that keeps its streams, and its verdict on a probe."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.api import PREFLIGHT, Model
from tests.page.conftest import Visit
from tests.page.opened import Opened, opened
from tests.page.test_accessibility import PHONE
from tests.page.test_page import TOKENS, expect_state, expect_text, figure, send, text_of
from tests.support.axe import violations
from tests.support.bedrock.shipped import standin
from tests.support.gateway import Serving
from tests.support.ministack import Ministack
from tests.support.stretched import STRETCHED, until_proved
from tests.support.templates import ROOT, application, template

pytestmark = pytest.mark.timeout(120)

CODE = str(ROOT / "lambda_src")
STREAMS = {
    "GET /streams/{id}": "reader",
    "POST /streams/{id}/cancel": "cancel",
    "DELETE /streams/{id}": "erase",
}
WHOLE = (
    "This answer comes from the local stand-in for Amazon Bedrock, not from a model. You asked: hi It arrives"
    " word by word, so that you see each token at the moment it is sent, as you would with a model."
)
LEFT = "Stopped; the answer goes on, and is kept for a while"


@pytest.fixture(scope="module")
def model() -> Model:
    """The model."""
    return Model()


@pytest.fixture(scope="module")
def kept(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The page of an API with a store."""
    with ExitStack() as running:
        ministack = running.enter_context(Ministack())
        table = ministack.table()
        pages = {"CORS_ALLOW_ORIGIN": "*"}
        writes = {**pages, "STREAM_STORE_TABLE": table, "BEDROCK_MODEL_ID": "amazon.nova-lite-v1:0"}
        handlers = {
            f"POST /{path}": "chat.handler.handler" for path in ("chat", "v1/chat/completions", "ui/chat")
        }
        routes: dict[str, dict[str, object]] = {
            path: {"handler": handler, "code": CODE, "environment": writes}
            for path, handler in {**handlers, "POST /probe": "probe.handler.handler"}.items()
        }
        routes |= {
            path: {
                "handler": f"streams.{name}.handler",
                "code": CODE,
                "environment": {**pages, "STREAM_TABLE": table},
            }
            for path, name in STREAMS.items()
        }
        routes |= {f"OPTIONS /{path}": {"integration": PREFLIGHT} for path in ("chat", "probe")}
        environment = {
            **ministack.environment,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": running.enter_context(standin(model)),
        }
        content = application(template(routes), tmp_path_factory.mktemp("kept"))
        api = running.enter_context(Serving(content, environment=environment))
        yield running.enter_context(opened(f"{api.url}/prod/"))


@pytest.fixture
def page(kept: Opened, model: Model, visit: Visit) -> Iterator[Page]:
    """Yield the page, with no token of the model let go."""
    model.hold()
    yield visit(kept.link)
    model.let_all_go()


def click(page: Page, name: str) -> None:
    """Click a button."""
    page.get_by_role("button", name=name).click()


def leave(page: Page, model: Model, tokens: int = 2) -> None:
    """Send a prompt, and stop after so many tokens."""
    send(page)
    model.let_go(tokens)
    expect_text(page, "".join(TOKENS[:tokens]))
    click(page, "Stop")
    expect_state(page, LEFT)


@pytest.mark.parametrize("name", ["sse", "ndjson", "text", "openai", "ui"])
def test_page_reconnect_goes_on_where_the_first_connection_was_left(
    page: Page, model: Model, name: str
) -> None:
    page.get_by_label("Format").select_option(name)
    leave(page, model)
    expect(page.locator("#picture line.seam")).to_have_count(0)
    click(page, "Reconnect")
    model.let_all_go()
    expect_state(page, "The answer is complete")
    assert text_of(page) == WHOLE
    expect(page.locator("#picture line.seam")).to_have_count(1)
    expect(page.get_by_role("img", name="another connection goes on here")).to_have_count(1)
    # what was there before the seam, and what came behind it
    before = page.evaluate("document.querySelector('#answer .seam').previousSibling.textContent")
    assert before == "".join(TOKENS[:2])
    assert figure(page, "Connections") == "2"
    assert "over 2 connections" in (page.locator("#picture").get_attribute("aria-label") or "")
    for button in ("Reconnect", "Cancel"):
        expect(page.get_by_role("button", name=button)).to_be_disabled()


def test_page_reconnect_follows_while_the_model_still_writes(page: Page, model: Model) -> None:
    leave(page, model, 1)
    click(page, "Reconnect")
    for count in (2, 3):
        model.let_go()
        expect_text(page, "".join(TOKENS[:count]))
    click(page, "Stop")
    expect_state(page, LEFT)
    click(page, "Reconnect")
    model.let_all_go()
    expect_state(page, "The answer is complete")
    assert text_of(page) == WHOLE
    assert figure(page, "Connections") == "3"


@pytest.mark.parametrize("name", ["sse", "text", "openai", "ui"])
def test_page_cancel_stops_the_function_while_the_answer_arrives(page: Page, model: Model, name: str) -> None:
    page.get_by_label("Format").select_option(name)
    send(page)
    model.let_go(2)
    expect_text(page, "".join(TOKENS[:2]))
    click(page, "Cancel")
    expect_state(page, "Cancelled")
    model.let_all_go()
    assert text_of(page) == "".join(TOKENS[:2])
    assert page.get_by_role("alert").is_hidden()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    expect(page.get_by_role("button", name="Reconnect")).to_be_disabled()


def test_page_reconnects_and_cancels_straight_at_the_api(page: Page, model: Model) -> None:
    page.get_by_label("Through").select_option("direct")
    leave(page, model)
    click(page, "Reconnect")
    model.let_go()
    expect_text(page, "".join(TOKENS[:3]))
    click(page, "Cancel")
    expect_state(page, "Cancelled")
    page.get_by_label("Format").select_option("probe")
    click(page, "Send")
    # the picture may still be that of the answer before
    expect(page.locator("#answer")).to_contain_text(" was written after ")
    click(page, "Stop")
    expect_state(page, LEFT)


def test_page_cancel_of_an_answer_that_was_left_ends_it(page: Page, model: Model) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.rpartition('/')[2]}"))
    leave(page, model)
    click(page, "Cancel")
    expect_state(page, "Cancelled")
    assert asked[-1] == "POST cancel"
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()


def test_page_stream_that_is_gone_is_told_plainly(page: Page, model: Model) -> None:
    leave(page, model)
    error = {
        "type": "error",
        "error": {"message": "the rest of the stream was not kept", "code": "stream_not_kept"},
    }
    page.route("**/relay/streams/*", lambda route: route.fulfill(status=410, json=error))
    click(page, "Reconnect")
    expect_state(page, "Failed")
    expect(page.get_by_role("alert")).to_have_text(
        "status 410: the rest of the stream was not kept (stream_not_kept)"
    )
    expect(page.get_by_role("button", name="Reconnect")).to_be_disabled()
    assert text_of(page) == "".join(TOKENS[:2])


def test_page_without_a_store_offers_neither(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    expect_state(page, "Ready")
    for button in ("Reconnect", "Cancel"):
        expect(page.get_by_role("button", name=button)).to_be_hidden()


def probe(page: Page, expected: str) -> str:
    """Ask the probe and return the verdict, with longer gaps until it is the one that is expected."""
    page.get_by_label("Format").select_option("probe")
    expect(page.get_by_label("Prompt")).to_be_disabled()

    def once(times: int) -> str:
        def stretch(route: Route) -> None:
            drawn = route.fetch().json()
            route.fulfill(json={**drawn, "gaps_ms": [times * gap for gap in drawn["gaps_ms"]]})

        page.route("**/challenge", stretch)
        with page.expect_response("**/verdict", timeout=60_000):
            click(page, "Send")
        page.unroute("**/challenge", stretch)
        page.locator("#verdict").wait_for()
        return page.locator("#word").inner_text()

    return until_proved(once, lambda word: word == expected, STRETCHED[:4])


def test_page_verdict_on_a_probe_that_streams(page: Page) -> None:
    assert probe(page, "streamed") == "streamed", page.locator("#evidence").inner_text()
    expect(page.get_by_role("status")).to_have_text("The answer is complete")
    assert re.match("STREAMING: each of 17 events arrived within", page.locator("#evidence").inner_text())
    assert text_of(page).count(" was written after ") == 17


def test_page_verdict_on_a_probe_that_is_held_back(page: Page) -> None:
    # fetch() of the test's browser collects the answer, as a proxy that buffers does
    page.route("**/relay/probe", lambda route: route.fulfill(response=route.fetch()))
    assert probe(page, "held back") == "held back"
    assert page.locator("#evidence").inner_text().startswith("BUFFERED: ")


def test_page_verdict_on_a_probe_that_is_cut(page: Page) -> None:
    def truncated(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        route.continue_(post_data=json.dumps({**body, "truncate": 4}))

    page.route("**/relay/probe", truncated)
    assert probe(page, "cut") == "cut"
    assert "4 of 17 events, without a terminal event" in page.locator("#evidence").inner_text()


def test_page_has_no_verdict_on_what_was_stopped_or_resumed(page: Page, model: Model) -> None:
    page.get_by_label("Format").select_option("probe")
    click(page, "Send")
    # the picture may still be that of the answer before
    expect(page.locator("#answer")).to_contain_text(" was written after ")
    click(page, "Stop")
    expect_state(page, LEFT)
    assert page.locator("#verdict").is_hidden()
    click(page, "Reconnect")
    expect(page.get_by_role("status")).to_have_text("The answer is complete", timeout=30_000)
    assert text_of(page).count(" was written after ") == 17
    assert page.locator("#verdict").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_with_a_seam_and_a_verdict_has_nothing_that_axe_core_finds(
    page: Page, model: Model, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    leave(page, model)
    assert violations(page) == []
    click(page, "Reconnect")
    model.let_all_go()
    expect_state(page, "The answer is complete")
    assert violations(page) == []
    page.route("**/relay/probe", lambda route: route.fulfill(response=route.fetch()))
    probe(page, "held back")
    assert violations(page) == []


def test_page_with_every_button_fits_a_phone(page: Page, model: Model) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    leave(page, model)
    for button in ("Send", "Reconnect", "Cancel"):
        expect(page.get_by_role("button", name=button)).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page_focus_leaves_a_button_that_is_turned_off(page: Page, model: Model) -> None:
    leave(page, model)
    page.get_by_role("button", name="Reconnect").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    page.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Enter")
    expect_state(page, "Cancelled")
    expect(page.get_by_role("button", name="Send")).to_be_focused()

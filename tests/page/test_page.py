"""The page in a real browser, with the chat function behind the local gateway and a model that waits."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.api import Api
from tests.page.conftest import Visit
from tests.page.opened import CREDENTIALS, Opened, opened

# what a page never answers would be waited for without end
pytestmark = pytest.mark.timeout(600)

#: In the place of a figure that there is not.
NOTHING = "\N{EN DASH}"
#: What the stand-in for the model begins its answer with, a token each.
TOKENS = ("This ", "answer ", "comes ", "from ")


def send(page: Page, prompt: str = "hi") -> None:
    """Send a prompt."""
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_role("button", name="Send").click()


def text_of(page: Page) -> str:
    """Return what has arrived of the answer."""
    return page.locator("#answer").text_content() or ""


def expect_text(page: Page, text: str) -> None:
    """Wait until this is what has arrived."""
    expect(page.locator("#answer")).to_have_text(re.compile(f"^{re.escape(text)}$"))


def expect_state(page: Page, state: str) -> None:
    """Wait until the page says so."""
    expect(page.get_by_role("status")).to_have_text(state)


def figure(page: Page, name: str) -> str:
    """Return one of the figures."""
    return page.locator("#figures div", has=page.locator("dt", has_text=name)).locator("dd").inner_text()


@pytest.mark.parametrize("name", ["sse", "ndjson", "text", "openai", "anthropic", "ui"])
def test_page_token_is_shown_before_the_model_sends_the_next(
    visit: Visit, signing: Opened, target: Api, name: str
) -> None:
    page = visit(signing.link)
    page.get_by_label("Format").select_option(name)
    send(page)
    for count in range(1, len(TOKENS) + 1):
        target.model.let_go()
        expect_text(page, "".join(TOKENS[:count]))
        expect_state(page, "The answer is arriving")
        expect(page.locator("#picture line.text")).to_have_count(count)
    target.model.let_all_go()
    expect_state(page, "The answer is complete")
    assert text_of(page).endswith(
        "You asked: hi It arrives word by word, so that you see each token at the "
        "moment it is sent, as you would with a model."
    )
    assert re.fullmatch(r"\d+ ms", figure(page, "First byte"))
    assert re.fullmatch(r"\d+ ms", figure(page, "First token"))
    if name == "text":
        # without events, a piece is what one read brings
        assert 4 < int(figure(page, "Pieces of text")) <= 40
        assert figure(page, "Tokens") == NOTHING
    else:
        assert figure(page, "Pieces of text") == figure(page, "Tokens") == "40"
    assert page.get_by_role("alert").is_hidden()


@pytest.mark.parametrize("name", ["sse", "ndjson", "openai", "anthropic", "ui"])
def test_page_error_in_stream_is_shown_beside_the_text_before_it(
    visit: Visit, signing: Opened, target: Api, name: str
) -> None:
    page = visit(signing.link)
    page.get_by_label("Format").select_option(name)
    send(page, "[[modelStreamErrorException@2]]")
    target.model.let_go(2)
    expect_state(page, "Failed")
    expect(page.get_by_role("alert")).to_contain_text("the answer ended in an error: ")
    assert text_of(page) == "".join(TOKENS[:2])


def test_page_error_status_is_shown_with_retry_after(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    send(page, "[[ThrottlingException]]")
    expect_state(page, "Failed")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"status 429: .+; try again after \d+ s"))
    assert figure(page, "Status") == "429"


def use_raw(page: Page, body: str, content_type: str = "text/event-stream") -> None:
    """Have the next request answered with these bytes."""
    described = {"headers": {"content-type": content_type}, "hex": body.encode().hex()}
    page.get_by_label("Route").fill("raw")
    page.route("**/relay/raw", lambda route: route.continue_(post_data=json.dumps(described)))
    send(page)


def test_page_stream_without_terminal_event_is_not_complete(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    use_raw(page, 'event: delta\ndata: {"text": "half"}\n\n')
    expect_state(page, "The answer is not whole")
    expect(page.get_by_role("alert")).to_have_text("the answer ended without its terminal event")
    assert text_of(page) == "half"


def test_page_stream_with_terminal_event_is_complete(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    use_raw(page, 'event: delta\ndata: {"text": "whole"}\n\nevent: done\ndata: {}\n\n')
    expect_state(page, "The answer is complete")
    assert text_of(page) == "whole"


def test_page_broken_connection_keeps_the_text_received(visit: Visit, signing: Opened, target: Api) -> None:
    page = visit(signing.link)
    page.get_by_label("Format").select_option("text")
    page.get_by_label("Route").fill("cut")
    send(page)
    function = target.gate.accept()
    expect_text(page, "first\n")
    function.let_go()
    expect_state(page, "The answer is not whole")
    expect(page.get_by_role("alert")).to_contain_text("the connection broke before the answer was whole")
    assert text_of(page) == "first\n"


def test_page_response_of_other_media_type_is_not_shown_as_a_stream(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    use_raw(page, "<script>throw 1</script>", "text/html")
    expect_state(page, "Failed")
    expect(page.get_by_role("alert")).to_have_text("the answer is text/html, not text/event-stream")


def test_page_unsigned_request_to_iam_route_is_a_403(visit: Visit, target: Api, unsigned: Opened) -> None:
    page = visit(unsigned.link)
    send(page)
    expect_state(page, "Failed")
    expect(page.get_by_role("alert")).to_have_text("status 403: Missing Authentication Token")
    assert figure(page, "Status") == "403"


def test_page_stop_ends_the_request_and_keeps_the_text(visit: Visit, signing: Opened, target: Api) -> None:
    page = visit(signing.link)
    send(page)
    target.model.let_go(2)
    expect_text(page, "This answer ")
    page.get_by_role("button", name="Stop").click()
    expect_state(page, "Stopped")
    assert text_of(page) == "This answer "
    assert page.get_by_role("alert").is_hidden()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()


def test_page_direct_request_reads_what_cors_allows(visit: Visit, anonymous: Opened, target: Api) -> None:
    page = visit(anonymous.link)
    page.get_by_label("Through").select_option("direct")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    send(page)
    target.model.let_go()
    expect_text(page, "This ")
    target.model.let_all_go()
    expect_state(page, "The answer is complete")
    assert asked == [f"POST {target.url}open/chat"]


def test_page_direct_request_without_cors_is_not_read(visit: Visit, anonymous: Opened, target: Api) -> None:
    target.model.let_go(100)
    page = visit(anonymous.link)
    page.get_by_label("Through").select_option("direct")
    page.get_by_label("Route").fill("../closed/chat")
    send(page)
    expect_state(page, "Failed")
    expect(page.get_by_role("alert")).to_contain_text("does not allow this origin by CORS")
    assert text_of(page) == ""


def test_page_bearer_token_is_asked_for_only_in_direct_requests(
    visit: Visit, anonymous: Opened, target: Api
) -> None:
    page = visit(anonymous.link)
    bearer = page.get_by_label("Bearer token")
    expect(bearer).to_be_hidden()
    page.get_by_label("Through").select_option("direct")
    bearer.fill("secret")
    assert bearer.get_attribute("type") == "password"
    with page.expect_request(lambda request: request.method == "POST") as sent:
        send(page)
    assert sent.value.headers["authorization"] == "Bearer secret"
    target.model.let_all_go()
    expect_state(page, "The answer is complete")


DECODED = """async ([chunks]) => {
  const { EventDecoder } = await import("/decoders.js");
  const decoder = new EventDecoder();
  return chunks.flatMap((chunk) => decoder.feed(chunk)).map(({ type, data }) => [type, data]);
}"""
STREAM = (
    ": hello\r\nevent: delta\r\ndata: a\rdata:b\n\ndata\n\nid: 1\n\nevent: x\n\ndata: last\r\n\r\ndata: lost"
)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_page_sse_decoder_accepts_a_cut_anywhere(visit: Visit, signing: Opened, size: int) -> None:
    page = visit(signing.link)
    chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert page.evaluate(DECODED, [chunks]) == [["delta", "a\nb"], ["message", ""], ["message", "last"]]


@pytest.mark.parametrize("name", ["sse", "ndjson", "openai", "anthropic", "ui"])
def test_page_shows_tokens_rate_and_cost_of_an_answer(visit: Visit, target: Api, name: str) -> None:
    with opened(target.url, "--prices", "1000,2000", **CREDENTIALS) as running:
        page = visit(running.link)
        page.get_by_label("Format").select_option(name)
        send(page, "one two three")
        target.model.let_go()
        expect_text(page, TOKENS[0])
        target.model.let_all_go()
        expect_state(page, "The answer is complete")
        request, answer = int(figure(page, "Of the request")), int(figure(page, "Tokens"))
        assert request == 3
        assert answer > 40
        assert figure(page, "Cost") == f"${(request * 1000 + answer * 2000) / 1_000_000:.6f}"
        assert re.fullmatch(r"\d+\.\d a second", figure(page, "Rate"))


def test_page_without_prices_shows_no_cost(visit: Visit, signing: Opened, target: Api) -> None:
    page = visit(signing.link)
    send(page)
    target.model.let_all_go()
    expect_state(page, "The answer is complete")
    assert figure(page, "Cost") == NOTHING

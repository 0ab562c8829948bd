"""What a page does besides the scenarios: it stops an answer in the middle, and shows sources."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.all_clients.clients import CLIENTS, Client
from tests.all_clients.model import CITATIONS
from tests.all_clients.pages import run_page
from tests.all_clients.results import Outcome

Running = dict[str, Future[dict[str, Outcome]]]
#: Seconds for the build, the browser and a few answers.
PATIENCE = 120
PAGES = [client for client in CLIENTS if client.is_page]


@pytest.fixture(scope="module", params=PAGES, ids=lambda client: client.id)
def told(request: pytest.FixtureRequest, stage: str, running: Running) -> dict[str, Outcome]:
    """What a page tells of both."""
    client: Client = request.param
    # the pages of a client are built in one folder
    if client.id in running:
        running[client.id].result()
    return run_page(client, f"{stage}/{client.function}", ["stop", "sources"], PATIENCE)


def test_use_chat_stopped_answer_keeps_what_came_and_the_chat_goes_on(told: dict[str, Outcome]) -> None:
    assert told["stop"] == {"text": "One two ", "isAbort": True, "isError": False, "next": "Hello there."}


def test_use_chat_citations_are_sources(told: dict[str, Outcome]) -> None:
    page, file = told["sources"]["sources"]
    assert (page["type"], page["url"], page["title"]) == ("source-url", "https://example.com/a", "A page")
    assert (file["type"], file["mediaType"], file["title"]) == (
        "source-document",
        "application/pdf",
        "A file",
    )
    found = [each["providerMetadata"]["bedrock"]["citation"] for each in (page, file)]
    assert found == CITATIONS

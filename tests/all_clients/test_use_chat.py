"""Stop an answer in the middle, as the button of a page does."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.all_clients.clients import CLIENTS, Client
from tests.all_clients.pages import run_page
from tests.all_clients.results import Outcome

Running = dict[str, Future[dict[str, Outcome]]]
#: Seconds for the build, the browser and two answers.
PATIENCE = 120


@pytest.mark.parametrize("client", [each for each in CLIENTS if each.is_page], ids=lambda client: client.id)
def test_use_chat_stopped_answer_keeps_what_came_and_the_chat_goes_on(
    client: Client, stage: str, running: Running
) -> None:
    # its page is built in the same folder
    running[client.id].result()
    told = run_page(client, f"{stage}/{client.function}", ["stop"], PATIENCE)
    assert told == {"stop": {"text": "One two ", "isAbort": True, "isError": False, "next": "Hello there."}}

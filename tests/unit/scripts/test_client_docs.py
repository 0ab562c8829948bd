"""Hold the results of the clients, from which docs/clients.md is written, to the drivers and the pins."""

from __future__ import annotations

import json

import bump_pins
import client_docs
import pytest

from tests.all_clients.clients import CLIENTS, SCENARIOS, Client

ROWS = json.loads(client_docs.RESULTS.read_text("utf-8"))


def test_client_docs_have_a_row_for_each_client_and_no_other() -> None:
    assert list(ROWS) == [client.id for client in CLIENTS]
    assert list(client_docs.COLUMNS) == list(SCENARIOS)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_client_docs_row_is_of_the_pinned_version_and_has_every_reason(client: Client) -> None:
    row = ROWS[client.id]
    # a command that the machine brings has the version of the run
    version = row["version"] if client.environment.is_command else client.version
    assert (row["title"], row["version"]) == (client.title, version)
    assert list(row["cells"]) == list(SCENARIOS)
    for kind in ("without", "fails"):
        told = {name for name, cell in row["cells"].items() if cell.startswith(f"{kind}: ")}
        assert told == getattr(client, kind).keys()


def test_client_docs_cell_numbers_the_reason_of_a_way_that_a_client_lacks() -> None:
    notes = client_docs.Notes()
    assert notes.cell("fails: it cannot") == "no (1)"
    told = "ToolOutput, PromptedOutput; without NativeOutput: it has none"
    assert notes.cell(told) == "ToolOutput, PromptedOutput, no NativeOutput (2)"
    assert notes.reasons == ["it cannot", "it has none"]


def test_bump_pins_takes_the_newest_within_the_bound() -> None:
    text = '# openai>=3,<4\nopenai==3.1.0\nhaystack-ai[x]==1.2 ; python_version >= "3.11"\n'
    assert bump_pins.loosened(text) == 'openai>=3,<4\nhaystack-ai[x] ; python_version >= "3.11"\n'
    resolved = "haystack-ai==2.0 ; python_version >= '3.11' \\\n    --hash=sha256:0\nopenai==3.9.1 \\\n"
    assert bump_pins.fixed(text, resolved) == text.replace("3.1.0", "3.9.1").replace("1.2 ", "2.0 ")

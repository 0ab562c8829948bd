"""The servers behind one gateway, each of them begun: a client gives a server 10 seconds to be discovered."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.mcp.install import PYTHON
from tests.support.gateway import Client, Gate, Serving
from tests.support.mcp.deployment import SERVERS, deployment
from tests.support.mcp.environments import JAVASCRIPT, is_installed

WARM = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """Yield the gate at which tools wait."""
    gate = Gate()
    yield gate
    gate.close()


@pytest.fixture(scope="session")
def serving(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Yield the gateway."""
    if not all(map(is_installed, (*PYTHON, JAVASCRIPT))):
        pytest.skip("python -m tests.mcp.install installs the servers and the clients")
    application = deployment(tmp_path_factory.mktemp("mcp"))
    # as long as a busy machine takes to import an SDK
    with Serving(application, environment={"GATE": gate.address}, allow_origins=("*",)) as running:
        for path in SERVERS:
            with Client(running.url) as client:
                assert client.send("POST", f"/prod/{path}", json.dumps(WARM), HEADERS).status == 200
        yield running

"""The official SDK's own client before its own server; `make test-mcp` has ten others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.serving import Client as Http
from tests.local.serving import Serving
from tests.support.mcp.deployment import deployment
from tests.support.mcp.run import Client

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The example server, begun: the client gives it 10 seconds to be discovered."""
    with Serving(deployment(tmp_path_factory.mktemp("mcp"), "mcp")) as running:
        headers = {"Accept": "*/*", "Content-Type": "application/json"}
        body = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}'
        with Http(running.url) as client:
            assert client.send("POST", "/prod/mcp", body, headers).status == 200
        yield running


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_mcp_client_of_each_era_lists_calls_and_reads_progress(
    mode: str, version: str, serving: Serving, tmp_path: Path
) -> None:
    told = Client("official.py", "mcp", mode).told(f"{serving.url}/prod/mcp", tmp_path)
    assert told == {"version": version, "tools": ["count"], "progress": [1, 2, 3], "text": "counted to 3"}

"""An MCP server of the official SDK behind the gateway, as ``add_mcp_server`` defines it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.local.serving import Client, Gate, GatedFunction, Serving
from tests.support.mcp.deployment import PAGE, deployment
from tests.support.mcp.wire import NEW, OLD, ask, message, only

ERAS = (OLD, NEW)
PATH = "/prod/gated"


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    """The gate at which the tools wait."""
    gate = Gate()
    yield gate
    gate.close()


@pytest.fixture(scope="module")
def serving(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The server; the gateway lets every page and host through, so that the function decides."""
    application = deployment(tmp_path_factory.mktemp("mcp"), "gated", binary_media_types=("*/*",))
    hosts = {"allow_hosts": ("elsewhere.example",), "allow_origins": ("*",)}
    with Serving(application, environment={"GATE": gate.address}, **hosts) as running:  # type: ignore[arg-type]
        yield running


@pytest.fixture
def client(serving: Serving) -> Iterator[Client]:
    with Client(serving.url) as client:
        yield client


@pytest.mark.parametrize("verb", ["GET", "DELETE"])
def test_mcp_server_refuses_other_methods_without_the_function(client: Client, verb: str) -> None:
    # without a body, every media type is binary here
    response = client.send(verb, PATH, headers={"Accept": "text/event-stream", "Origin": PAGE})
    assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert json.loads(response.read())["error"]["message"] == "Method not allowed"


def test_mcp_server_preflight_of_a_page_is_answered(client: Client) -> None:
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "mcp-param-region"}
    response = client.send("OPTIONS", PATH, headers={"Origin": PAGE, **wanted})
    assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (204, PAGE)
    response.read()


@pytest.mark.parametrize("era", ERAS)
def test_mcp_server_reports_each_step_before_the_next_one(client: Client, gate: Gate, era: str) -> None:
    call = {"name": "steps", "arguments": {"to": 3}, "_meta": {"progressToken": 7}}
    response = ask(client, PATH, "tools/call", call, era)
    assert response.status == 200
    tool: GatedFunction = gate.accept()
    for step in (1, 2, 3):
        # the tool waits at the gate: what is read here is on its way before the next step
        assert message(response)["params"] == {"progressToken": 7, "progress": step, "total": 3}
        tool.let_go()
    assert only(response)["result"]["content"] == [{"type": "text", "text": "took 3 steps"}]


def test_mcp_server_has_one_lifespan_for_the_life_of_its_environment(
    serving: Serving, client: Client
) -> None:
    found = []
    for era in (OLD, NEW, OLD):
        serving.wait_for_reports(len([line for line in serving.log if "START RequestId" in line]))
        result = only(ask(client, PATH, "tools/call", {"name": "process", "arguments": {}}, era))["result"]
        found.append(result["structuredContent"])
    assert found[0] == found[1] == found[2]
    assert not [line for line in serving.log if "Traceback" in line]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": PAGE}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": f"{PAGE}.evil.example"}, 403),
        ({"Host": "elsewhere.example"}, 421),
    ],
)
def test_mcp_server_validates_origin_and_host_itself(
    client: Client, headers: dict[str, str], status: int
) -> None:
    response = ask(client, PATH, "tools/list", {}, **headers)
    assert response.status == status
    allowed = response.headers["Access-Control-Allow-Origin"]
    assert allowed == (PAGE if headers.get("Origin") == PAGE else None)
    response.read()


def test_mcp_server_of_the_old_era_asks_no_client(client: Client) -> None:
    client_info = {"name": "test", "version": "1"}
    able: dict[str, object] = {"elicitation": {}, "sampling": {}}
    hello = {"protocolVersion": OLD, "capabilities": able, "clientInfo": client_info}
    begun = only(ask(client, PATH, "initialize", hello))["result"]
    assert {"elicitation", "sampling", "roots"} & set(begun["capabilities"]) == set()
    # the answer to a question would reach any environment: the SDK says so at once
    refused = only(ask(client, PATH, "tools/call", {"name": "ask", "arguments": {}}))["error"]
    assert "no back-channel" in refused["message"], refused

"""The whole way: a construct with a store, synthesized, served with its table, and streams that survive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import BedrockFormat, BedrockModel, StreamingApi, StreamingFunction, StreamStore
from streaming_api_tools.local.functions.environment_variables import LOCAL_CREDENTIALS
from streaming_api_tools.local.services import dynamodb
from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.store.streams import CODE, get, send
from tests.support.gateway import Serving
from tests.support.ministack import EXECUTABLE, ROOT
from tests.support.stored_responses import ask


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Serve an API with a store, as ``streaming-api local`` does."""
    folder = tmp_path_factory.mktemp("api")
    app = cdk.App(outdir=str(folder / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Kept")
    store = StreamStore(stack, "Streams", max_bytes=100_000)
    code = lambda_.Code.from_asset(str(CODE))
    events = StreamingFunction(stack, "Events", code=code, handler="handlers.events", store=store)
    text = StreamingFunction(stack, "Text", code=code, handler="handlers.text")
    kept = StreamingApi(stack, "Api", handler=events, store=store)
    kept.add_stream("events", http_method="GET")
    kept.add_stream("text", http_method="GET", handler=text)
    app.synth()
    application = load_assembly(folder / "cdk.out", "Kept", "us-east-1", folder)
    with Serving(application, environment=LOCAL_CREDENTIALS, ministack=EXECUTABLE) as serving:
        yield serving


@pytest.mark.parametrize("form", ["events", "text"])
def test_stream_of_a_synthesized_api_is_resumed_and_erased(api: Serving, form: str) -> None:
    expected = get(api, f"/{form}?seed=7")
    first = get(api, f"/{form}?seed=7", 100)
    path = f"/streams/{first.stream_id}"
    rest = get(api, f"{path}?after=100")
    assert first.comparable + rest.body.replace(first.stream_id.encode(), b"0" * 32) == expected.comparable
    assert rest.status == 200
    assert send(api, "POST", f"{path}/cancel") == 204
    assert send(api, "DELETE", path) == 204
    assert get(api, path).status == 404


def test_id_of_a_stream_is_in_no_log_line(api: Serving) -> None:
    first = get(api, "/events?seed=7")
    path = f"/streams/{first.stream_id}"
    last = first.body.rpartition(b"id: ")[2].split()[0].decode()
    logged = len(api.access_log)
    assert get(api, "/events?seed=7", Last_Event_ID=last).status == 200
    assert get(api, path, Last_Event_ID=last).status == 204
    assert [get(api, path).status, get(api, f"{path}?after=99999").status] == [200, 416]
    assert [send(api, "POST", f"{path}/cancel"), send(api, "DELETE", path)] == [204, 204]
    assert get(api, path).status == 404
    api.wait_for_access(logged + 7)
    assert "/streams/{id}" in api.access_logged()
    assert not [line for line in [*api.log, *api.access_log] if first.stream_id in line]


def test_stored_responses_of_a_synthesized_api_are_read_continued_cancelled_and_deleted(
    tmp_path: Path,
) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Kept")
    model = BedrockModel("amazon.nova-lite-v1:0")
    api = StreamingApi(stack, "Api", model=model, store=StreamStore(stack, "Streams"))
    api.add_bedrock_routes(formats=[BedrockFormat.OPENAI])
    app.synth()
    application = load_assembly(tmp_path / "cdk.out", "Kept", "us-east-1", tmp_path)
    with Serving(
        application, environment=LOCAL_CREDENTIALS, ministack=EXECUTABLE, token_delay=0.05
    ) as serving:
        asked = {"model": "amazon.nova-lite-v1:0", "input": "Tell me a story"}
        status, first = ask(serving, "POST", body=asked)
        assert (status, ask(serving, "GET", f"/{first['id']}")) == (200, (200, first))
        status, second = ask(serving, "POST", body={**asked, "previous_response_id": first["id"]})
        items = ask(serving, "GET", f"/{second['id']}/input_items")[1]["data"]
        assert [item["role"] for item in items] == ["user", "assistant", "user"]
        status, running = ask(serving, "POST", body={**asked, "background": True})
        assert ask(serving, "POST", f"/{running['id']}/cancel")[1]["status"] == "cancelled"
        assert ask(serving, "DELETE", f"/{first['id']}")[1]["deleted"] is True
        assert ask(serving, "GET", f"/{first['id']}")[0] == 404


def test_local_runs_the_ministack_of_the_tests() -> None:
    wanted = (ROOT / "requirements-demo.in").read_text("utf-8")
    assert re.findall("^ministack==.*", wanted, re.MULTILINE) == [dynamodb.MINISTACK]


def test_application_without_a_store_has_no_tables(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Plain")
    theirs = StreamingFunction(
        stack, "Events", code=lambda_.Code.from_asset(str(CODE)), handler="handlers.events"
    )
    StreamingApi(stack, "Api", handler=theirs).add_stream("events", http_method="GET")
    StreamStore(stack, "Streams")
    app.synth()
    assert load_assembly(tmp_path / "cdk.out", "Plain", "us-east-1", tmp_path).tables == ()

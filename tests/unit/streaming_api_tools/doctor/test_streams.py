"""Compare what a stage lets in with what the account runs at a time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from streaming_api_tools.doctor.findings import CheckWarning, Skipped
from streaming_api_tools.doctor.streams import Expected, Streaming, compare, methods, predict

ROOT = Path(__file__).parents[4]


def stage(
    rate: float | None = 20,
    timeout_ms: int | None = 900_000,
    function_s: int = 30,
    reserved: int | None = None,
) -> dict[str, object]:
    """Return the resources of an API with ``POST /v1/chat``, which an alias of a function answers."""
    settings = {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": rate}
    uri = {
        "Fn::Join": ["", ["arn:aws:apigateway:x:lambda:path/2021-11-15/functions/", {"Ref": "Live"}, "/r"]]
    }
    integration = {"ResponseTransferMode": "STREAM", "Uri": uri, "TimeoutInMillis": timeout_ms}
    function = {"Timeout": function_s, "ReservedConcurrentExecutions": reserved}
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    properties = {
        "Api": ("RestApi", {}),
        "V1": ("Resource", {"PathPart": "v1", "ParentId": root}),
        "ChatResource": ("Resource", {"PathPart": "chat", "ParentId": {"Ref": "V1"}}),
        "Stage": ("Stage", {"RestApiId": {"Ref": "Api"}, "MethodSettings": [settings]}),
        "Post": (
            "Method",
            {
                "RestApiId": {"Ref": "Api"},
                "HttpMethod": "POST",
                "ResourceId": {"Ref": "ChatResource"},
                "Integration": {name: each for name, each in integration.items() if each is not None},
            },
        ),
    }
    resources: dict[str, object] = {
        name: {"Type": f"AWS::ApiGateway::{kind}", "Properties": members}
        for name, (kind, members) in properties.items()
    }
    resources["Live"] = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Chat"}}}
    resources["Chat"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {name: each for name, each in function.items() if each is not None},
    }
    return resources


def compared(folder: Path, resources: dict[str, object], free: int = 1000) -> str:
    (folder / "Api.template.json").write_text(json.dumps({"Resources": resources}))
    return compare(free, folder, "cdk")


def test_doctor_streams_within_concurrency_are_counted(tmp_path: Path) -> None:
    told = "20 requests a second of 30 s would be {} streams at once; the throttle would refuse 0.0% and"
    found = compared(tmp_path, stage())
    assert found == f"600 at most, of 1000 concurrent executions; {told.format(600)} Lambda 0.0%"
    # as many as the mean are too few: Erlang's B of 600 on 600
    found = compared(tmp_path, stage(), free=600)
    assert found == f"600 at most, of 600 concurrent executions; {told.format(581)} Lambda 3.2%"


def test_doctor_streams_beyond_concurrency_are_a_warning_with_the_moment(tmp_path: Path) -> None:
    with pytest.raises(CheckWarning) as warning:
        compared(tmp_path, stage(function_s=840))
    assert str(warning.value).startswith(
        "20 requests a second of POST /v1/chat, of up to 840 s each, hold all 1000 concurrent executions"
        " after 50 s"
    )
    assert str(warning.value).endswith(
        "20 requests a second of 840 s would be 1000 streams at once;"
        " the throttle would refuse 0.0% and Lambda 94.0%"
    )
    assert warning.value.fix.endswith("--quota-code L-B99A9384 --desired-value 16800")


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (
            Expected(5, 10),
            "5 requests a second of 10 s would be 45 {}; the throttle {} 0.0% and Lambda 10.5%",
        ),
        (
            Expected(40, 2),
            "40 requests a second of 2 s would be 39 {}; the throttle {} 50.0% and Lambda 0.9%",
        ),
        # no stream is longer than it can be
        (Expected(1, 99), "1 requests a second of 30 s would be 30 {}; the throttle {} 0.0% and Lambda 0.0%"),
    ],
)
def test_doctor_streams_share_of_refused_is_predicted_for_the_expected_traffic(
    expected: Expected, told: str
) -> None:
    (method,) = methods(stage())
    assert predict(method, 50, expected) == told.format("streams at once", "would refuse")
    reserved = Streaming("POST /chat", 20, 30, reserved=50)
    assert predict(reserved, 1000, expected) == predict(method, 50, expected)


def test_doctor_streams_function_that_reserves_none_is_refused_by_lambda() -> None:
    assert predict(Streaming("POST /chat", 20, 30, reserved=0), 1000).endswith("Lambda 100.0%")


@pytest.mark.parametrize(
    ("changes", "needed"),
    [({"timeout_ms": 10_000}, 200), ({"timeout_ms": None}, 580), ({"rate": 0.5}, 15), ({"rate": 1}, 30)],
)
def test_doctor_streams_last_as_long_as_the_shorter_timeout(
    tmp_path: Path, changes: dict[str, float], needed: int
) -> None:
    assert compared(tmp_path, stage(**changes)).startswith(f"{needed} at most")  # type: ignore[arg-type]


def test_doctor_streams_of_functions_with_reservations_are_ok(tmp_path: Path) -> None:
    found = compared(tmp_path, stage(function_s=900, reserved=50))
    assert found.startswith("every streaming function has a reservation; POST /v1/chat has 50: ")
    assert found.endswith("50 streams at once; the throttle would refuse 0.0% and Lambda 99.7%")


@pytest.mark.parametrize("resources", [{}, stage(rate=None), {"Stage": stage()["Stage"]}])
def test_doctor_streams_assembly_without_throttled_stream_is_skipped(
    tmp_path: Path, resources: dict[str, object]
) -> None:
    with pytest.raises(Skipped, match="run: cdk synth"):
        compared(tmp_path, resources)


def test_doctor_streams_of_another_api_or_buffered_are_left_out() -> None:
    resources = json.loads(json.dumps(stage()))
    resources["Post"]["Properties"]["RestApiId"] = {"Ref": "Other"}
    assert list(methods(resources)) == []
    resources = json.loads(json.dumps(stage()))
    resources["Post"]["Properties"]["Integration"]["ResponseTransferMode"] = "BUFFERED"
    assert list(methods(resources)) == []


def test_doctor_docs_predicted_line_is_that_of_the_code() -> None:
    page = " ".join((ROOT / "docs" / "doctor.md").read_text("utf-8").split())
    assert f"`{predict(Streaming('POST /chat', 20, 30), 1000, Expected(5, 20))}`" in page


def test_doctor_docs_recommended_reservation_follows_from_its_figures() -> None:
    page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    found = re.search(r"(\d+) requests a second x (\d+) s = (\d+)", page)
    assert found
    rate, seconds, reserved = map(int, found.groups())
    assert rate * seconds == reserved

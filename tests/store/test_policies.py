"""What each function may do with the table: its own requests and no others, as ministack evaluates IAM."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template
from lambda_streaming_store import rows

from cdk_streaming_api import BedrockModel, StreamingApi, StreamingFunction, StreamStore
from tests.support.ministack import EXECUTABLE, REGION, ROOT

TABLE = f"arn:aws:dynamodb:{REGION}:000000000000:table/streams"
_WORD = re.compile(r"(?<![:\w])[a-z][a-z_]+")
_FUNCTIONS = {"attribute_exists", "attribute_not_exists"}
#: name -> operation, and the request as the code makes it
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "answer": ("PutItem", rows.put_answer("p", "t", 9, {})),
    "begin": ("PutItem", rows.put_head("p", "t", 1, 9)),
    "batch": ("PutItem", rows.put_batch("p", "t", 0, b"x", 9)),
    "note the chat": ("PutItem", rows.put_active("c", "s", 9)),
    "renew": ("UpdateItem", rows.renew("p", "t", 1, 1)),
    "finish": ("UpdateItem", rows.finish("p", "t", rows.ENDED, 1, 9)),
    "flag": ("UpdateItem", rows.flag("p", rows.CANCEL)),
    "clear the chat": ("UpdateItem", rows.clear_active("c", "s")),
    "get": ("GetItem", rows.get("p")),
    "read": ("Query", rows.query_from("p", "t", 0)),
    "find a batch": ("Query", rows.query_before("p", "t", 5)),
    "list": ("Query", rows.query_all("p")),
    "delete": ("DeleteItem", {"Key": rows.key_of("p")}),
    "scan": ("Scan", {}),
    "delete the table": ("DeleteTable", {}),
}
_WRITES = {"answer", "begin", "batch", "note the chat", "renew", "finish"}
_READS = {"get", "read", "find a batch", "list"}
#: Function -> what it does. One that may write any row may set any attribute of it.
DOES: Mapping[str, set[str]] = {
    "Events": {*_WRITES, "flag", "clear the chat"},
    "Handler": {*_WRITES, *_READS, "flag", "clear the chat"},
    "StreamReader": _READS,
    "StreamCancel": {"flag"},
    "StreamStop": {"flag", "clear the chat", "get"},
    "StreamErase": {"flag", "delete", *_READS},
}


def attributes(request: Mapping[str, Any]) -> list[str]:
    """Return the names of the attributes that a request has, as the condition key has them."""
    texts = [request.get(f"{kind}Expression", "") for kind in ("Update", "Condition", "Projection")]
    named = {word for text in texts for word in _WORD.findall(text)} - _FUNCTIONS
    return sorted({*named, *request.get("Key", {}), *request.get("Item", {})})


@pytest.fixture(scope="module", name="decisions")
def _decisions(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Return the decision on each request of each function."""
    folder = tmp_path_factory.mktemp("policies")
    app = cdk.App(outdir=str(folder / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Kept")
    store = StreamStore(stack, "Streams")
    api = StreamingApi(stack, "Api", model=BedrockModel("amazon.nova-lite-v1:0"), store=store)
    api.add_bedrock_routes()
    code = lambda_.Code.from_inline("handler = None")
    StreamingFunction(stack, "Events", code=code, handler="index.handler", store=store)
    template = Template.from_stack(stack)
    found = template.find_resources("AWS::IAM::Policy")
    policies = {
        function: [
            {
                **each["Properties"]["PolicyDocument"],
                "Statement": [
                    {**statement, "Resource": TABLE}
                    for statement in each["Properties"]["PolicyDocument"]["Statement"]
                    if "dynamodb" in json.dumps(statement["Action"])
                ],
            }
            for name, each in found.items()
            if function in name
        ]
        for function in DOES
    }
    cases = [
        {
            "role": function,
            "action": f"dynamodb:{operation}",
            "resource": TABLE,
            "region": REGION,
            "context": {
                "dynamodb:Attributes": attributes(request),
                "dynamodb:ReturnValues": request.get("ReturnValues", "NONE"),
            },
        }
        for function in DOES
        for operation, request in REQUESTS.values()
    ]
    done = subprocess.run(
        [EXECUTABLE.parent / "python", ROOT / "tests" / "deploy" / "iam" / "evaluate.py"],
        input=json.dumps({"policies": policies, "cases": cases}),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    names = [(function, request) for function in DOES for request in REQUESTS]
    return dict(zip(names, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("function", DOES)
def test_policy_of_a_function_suffices_for_its_requests_and_for_no_other(
    decisions: dict[tuple[str, str], str], function: str
) -> None:
    allowed = {name for name in REQUESTS if decisions[function, name].lower() in ("allow", "allowed")}
    assert allowed == DOES[function]

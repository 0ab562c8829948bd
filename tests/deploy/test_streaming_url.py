"""A StreamingUrl, deployed by the genuine CDK command line; CloudFront is synthesized and no more."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import aws_cdk as cdk_lib
import pytest
from aws_cdk import aws_iam as iam
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cdk_streaming_api import StreamingUrl
from cdk_streaming_api._probe_function import ProbeFunction
from streaming_api_tools.local.application import Application
from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.templates.deployed_stack import load_deployed
from tests.support.gateway import Serving

Cdk: TypeAlias = Callable[..., str]
Clients: TypeAlias = Callable[[str], Any]

pytestmark = pytest.mark.timeout(900)
STACK = "Urls"
PAGE = "https://app.example.com"


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of a stack with a function URL, and nothing in front of it."""
    folder = tmp_path_factory.mktemp("urls") / "cdk.out"
    app = cdk_lib.App(outdir=str(folder), builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk_lib.Stack(app, STACK)
    probe = ProbeFunction(stack, "ProbeFunction")
    url = StreamingUrl(stack, "Probe", handler=probe, allow_origins=[PAGE])
    url.grant_invoke(iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal()))
    cdk_lib.CfnOutput(stack, "ProbeUrl", value=url.url)
    cdk_lib.CfnOutput(stack, "Name", value=probe.function_name)
    app.synth()
    return folder


@pytest.fixture(scope="module")
def outputs(cdk: Cdk, clients: Clients, urls: Path, bootstrapped: None) -> Mapping[str, str]:
    """Deploy the stack and return its outputs."""
    cdk("deploy", STACK, "--app", urls, "--require-approval", "never")
    (stack,) = clients("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}


def test_streaming_url_deployed_has_its_mode_authorization_and_cors(
    clients: Clients, outputs: Mapping[str, str]
) -> None:
    config = clients("lambda").get_function_url_config(FunctionName=outputs["Name"])
    assert config["FunctionUrl"] == outputs["ProbeUrl"]
    assert (config["AuthType"], config["InvokeMode"]) == ("AWS_IAM", "RESPONSE_STREAM")
    assert config["Cors"]["AllowOrigins"] == [PAGE]
    assert config["Cors"]["MaxAge"] == 3600


@pytest.fixture
def found(
    aws: Mapping[str, str], outputs: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Application:
    """Read the deployed stack back."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, aws[name])
    return load_deployed(STACK, aws["AWS_REGION"], aws["AWS_ENDPOINT_URL"], tmp_path)


def test_streaming_url_deployed_is_read_back(found: Application, outputs: Mapping[str, str]) -> None:
    (url,) = found.urls
    assert (url.streams, url.authorization) == (True, "AWS_IAM")
    assert getattr(url.function, "name", None) == outputs["Name"]
    assert url.cors
    assert url.cors["AllowOrigins"] == [PAGE]


def test_streaming_url_deployed_answers_the_challenge(aws: Mapping[str, str], found: Application) -> None:
    # the stand-in itself runs functions without Lambda's Runtime API, through which they stream
    keys = Keys(aws["AWS_ACCESS_KEY_ID"], aws["AWS_SECRET_ACCESS_KEY"])
    with Serving(found, access=Access(keys)) as serving:
        address = f"{serving.url}/_aws/lambda-url/{found.urls[0].id}/probe"
        headers = {"Content-Type": "application/json"}
        request = AWSRequest("POST", address, headers=headers, data=b'{"gaps_ms": [1, 1]}')
        signer = SigV4Auth(Credentials(keys.access_key, keys.secret_key), "lambda", found.region)
        signer.add_auth(request)
        sent = urllib.request.Request(address, request.data, dict(request.headers.items()))
        with urllib.request.urlopen(sent, timeout=60) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            body = answer.read().decode()
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]
    assert [event.get("i") for event in events] == [0, 1, 2, None]
    assert events[-1] == {"events": 3}

"""Templates whose intent is plain: what the command finds in them, and what the gateway serves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_api_templates.check import main
from streaming_api_tools.local.application import LambdaIntegration, TransferMode
from streaming_api_tools.local.templates.cloud_assembly import load_template

HEAD = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Word: {Type: String, Default: RESPONSE_STREAM}
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: dev}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        exports.handler = awslambda.streamifyResponse(answer)
      Handler: index.handler
      Runtime: nodejs24.x
      Timeout: 60
"""
EVENT = "      Events: {E: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /a, Method: get%s}}}\n"
URL = "      FunctionUrlConfig: {AuthType: AWS_IAM, InvokeMode: RESPONSE_STREAM}\n"
#: What comes behind the head -> the errors, and the mode with which the gateway serves it.
CASES: dict[str, tuple[str, list[str], TransferMode]] = {
    "SAM's word": (EVENT % ", ResponseTransferMode: RESPONSE_STREAM", [], TransferMode.STREAM),
    "CloudFormation's word": (
        EVENT % ", ResponseTransferMode: STREAM",
        ["STREAM020", "STREAM030"],
        TransferMode.BUFFERED,
    ),
    "SAM's word by a parameter, which SAM does not resolve": (
        EVENT % ", ResponseTransferMode: !Ref Word",
        ["STREAM020", "STREAM030"],
        TransferMode.BUFFERED,
    ),
    "a word of nobody": (
        EVENT % ", ResponseTransferMode: RESPONSE_STREAMING",
        ["STREAM001", "STREAM020"],
        TransferMode.BUFFERED,
    ),
    "the word of a function URL": (
        EVENT % ", InvokeMode: RESPONSE_STREAM",
        ["STREAM020", "STREAM031"],
        TransferMode.BUFFERED,
    ),
    "the URL streams, the method does not": (URL + EVENT % "", ["STREAM020"], TransferMode.BUFFERED),
    "both stream": (URL + EVENT % ", ResponseTransferMode: RESPONSE_STREAM", [], TransferMode.STREAM),
    "the code streams, the method does not": (EVENT % "", ["STREAM020"], TransferMode.BUFFERED),
}


@pytest.mark.parametrize(("rest", "errors", "mode"), CASES.values(), ids=CASES)
def test_streaming_intent_is_judged_and_served_as_sam_reads_it(
    rest: str, errors: list[str], mode: TransferMode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(HEAD + rest, "utf-8")
    assert main([str(file), "--json"]) == (1 if errors else 0)
    found = json.loads(capsys.readouterr().out)["findings"]
    assert sorted(each["rule"] for each in found if each["severity"] == "error") == errors
    (route,) = load_template(file, "eu-west-1", tmp_path).apis[0].routes
    assert isinstance(route.integration, LambdaIntegration)
    assert route.integration.mode is mode


HTTP = """
  HttpFn:
    Type: AWS::Serverless::Function
    Properties:
      %s
      Handler: index.handler
      Runtime: %s
      Events: {E: {Type: HttpApi, Properties: {Path: /a, Method: get}}}
"""


@pytest.mark.parametrize(
    ("code", "runtime", "says"),
    [
        ("InlineCode: 'exports.handler = awslambda.streamifyResponse(f)'", "nodejs24.x", "streamifyResponse"),
        ("InlineCode: 'from lambda_streaming import stream'", "python3.14", "imports lambda_streaming"),
        (
            "CodeUri: x\n      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}",
            "nodejs24.x",
            "its function URL has RESPONSE_STREAM",
        ),
    ],
)
def test_http_api_before_a_function_that_streams_is_found(
    code: str, runtime: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(HEAD.partition("  Api:")[0] + HTTP % (code, runtime), "utf-8")
    assert main([str(file), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    (finding,) = (each for each in found if each["rule"] == "STREAM021")
    assert says in finding["message"]
    assert finding["path"] == "Properties.Events.E"


def test_buffered_method_before_code_in_a_comment_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "// awslambda.streamifyResponse(f) would stream\nexports.handler = async () => ({statusCode: 200})"
    file = tmp_path / "template.yaml"
    text = HEAD.replace(
        "exports.handler = awslambda.streamifyResponse(answer)", code.replace("\n", "\n        ")
    )
    file.write_text(text + EVENT % "", "utf-8")
    assert main([str(file), "--json"]) == 0

"""The catalogue of errors: complete, sourced, and found by what people paste."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from streaming_api_tools.explain.catalogue import PAINS
from streaming_api_tools.explain.command import explain
from streaming_api_tools.explain.match import find

#: The 42 pains that users of streaming APIs reported, as they paste or describe them, in the order of the
#: collection -> the entry that each is about.
REPORTED = {
    "the whole answer arrives at once, after ten seconds": "slow-not-broken",
    "my small chunks are buffered until about 16 KB": "small-chunks",
    "it works in curl but not in the browser": "curl-not-browser",
    "I used an HTTP API and the text comes at the end": "http-api",
    "the middleware runs before the stream ends": "middleware",
    "Content-Encoding: gzip": "compression",
    "text/plain is buffered by the browser": "text-plain",
    "BadRequestException: Invalid Response transfer mode specified": "invoke-arn",
    "Timeout should be between 50 ms and 29000 ms": "timeout-range",
    "Invalid value RESPONSE_STREAM for responseTransferMode": "response-stream-name",
    "the stage is still the old one, not updated": "stale-stage",
    "right after the deploy it still answers 403": "propagation",
    "Execution failed due to configuration error: Invalid permissions on Lambda function": "qualified-arn",
    "/opt/extensions/lambda-adapter: exec format error": "web-adapter",
    "aws apigateway test-invoke-method": "test-invoke",
    '{"message": "Internal server error"}': "metadata",
    "a 204 hangs until the gateway says 502": "empty-body",
    "504 Gateway Timeout": "edge-idle",
    "curl: (18) transfer closed with outstanding read data remaining": "cut",
    "the UI spins forever after an error": "error-in-200",
    "EventStreamError: An error occurred (modelStreamErrorException)": "bedrock-in-stream",
    "the function does not notice that the client disconnects": "disconnect",
    "it keeps running after end() until the timeout": "runs-on",
    "Access to fetch at 'https://x' from origin 'https://y' was blocked by CORS policy": "cors-on-errors",
    '{"message":"Unauthorized"}': "wrong-token",
    '{"message":"Missing Authentication Token"}': "missing-token",
    "REPORT RequestId: 1 Duration: 12.00 ms Init Duration: 3214.27 ms": "cold-start",
    "CloudFront wasn't able to connect to the origin": "cloudfront",
    "User is not authorized to perform: lambda:InvokeFunctionUrl": "function-url",
    "sam local start-api prints everything at the end": "local",
    "is there an awslambda.streamifyResponse for Python?": "python",
    "Invocation of model ID x with on-demand throughput isn\u2019t supported.": "on-demand",
    "AccessDeniedException: bedrock:InvokeModel on arn:aws:bedrock:eu-west-1:1:inference-profile/eu.x": (
        "profile-prefix"
    ),
    "User: arn:aws:sts::1:x is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource:"
    " arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0": "profile-destination",
    "because of an explicit deny in a service control policy": "scp",
    "modelId=global.anthropic.claude-sonnet-4-5": "global-residency",
    "You don't have access to the model with the specified model ID.": "model-access",
    "temperature and top_p cannot both be specified for this model": "sampling",
    "ValidationException: The provided model identifier is invalid.": "model-identifier",
    "An error occurred (ThrottlingException) when calling ConverseStream: Too many tokens": "burn-down",
    "with the guardrail the answer comes in bursts": "guardrail",
    "the bill was a surprise": "cost",
}
#: What else the catalogue knows.
PASTED = {
    "nginx buffers the stream": "nginx",
    "The request signature we calculated does not match the signature you provided.": "signature",
    "User: anonymous is not authorized to perform: execute-api:Invoke": "not-authorized-api",
    "2026-11-21 Task timed out after 30.00 seconds": "function-timeout",
    "TooManyRequestsException: Rate Exceeded": "throttled",
    "[ERROR] Runtime.ImportModuleError: Unable to import module 'app'": "import-error",
    "This model version has reached the end of its life.": "end-of-life",
    "CloudWatch Logs role ARN must be set in account settings to enable logging": "account-logging",
    "This CDK CLI is not compatible with the CDK library used by your application.": "cdk-version",
    "FileNotFoundError: [Errno 2] No such file or directory: 'node'": "no-node",
    "Unable to import module 'app': No module named 'pydantic_core._pydantic_core'": "wrong-platform",
    "SSM parameter /cdk-bootstrap/hnb659fds/version not found.": "bootstrap",
    "Unable to locate credentials": "credentials",
    "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)": "sse-client",
}
EXAMPLES = REPORTED | PASTED


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_was_pasted_is_found(text: str) -> None:
    assert EXAMPLES[text] in [match.pain.id for match in find([text])]


def test_each_of_the_42_reported_pains_has_an_entry_of_its_own_and_each_entry_an_example() -> None:
    assert len(set(REPORTED.values())) == len(REPORTED) == 42
    assert set(EXAMPLES.values()) == {pain.id for pain in PAINS}


def test_every_entry_is_whole() -> None:
    assert len({pain.id for pain in PAINS}) == len(PAINS)
    for pain in PAINS:
        assert all((pain.title, pain.patterns, pain.cause, pain.fix)), pain.id
        assert pain.source.startswith("https://"), pain.id
        assert all(re.compile(pattern) for pattern in pain.patterns)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "INFO request done in 20 ms",
        "200 OK",
        "START RequestId: 1 Version: $LATEST",
        "REPORT RequestId: 1 Duration: 12.00 ms Billed Duration: 13 ms Init Duration: 214.27 ms",
    ],
)
def test_what_is_no_error_is_not_explained(text: str) -> None:
    assert find([text]) == []


def test_a_log_is_summed_up_with_the_most_frequent_error_first() -> None:
    log = ["fine", "Task timed out after 3.00 seconds", "curl: (18) x", "Task timed out after 3.00 seconds"]
    assert [(match.pain.id, match.count) for match in find(log)] == [("function-timeout", 2), ("cut", 1)]


def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    done = CliRunner().invoke(explain, arguments, input=stdin)
    return done.exit_code, done.output


def test_the_command_says_cause_fix_and_source() -> None:
    code, said = run("Missing", "Authentication", "Token")
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()[1:]] == ["why:", "do:", "see:"]


def test_what_is_unknown_is_said_to_be_unknown() -> None:
    code, said = run("something entirely else")
    assert (code, "nothing is known about it" in said) == (1, True)


def test_a_log_that_is_no_text_is_read_line_by_line() -> None:
    code, said = run(stdin=b"\xff\xfe\x1b[2J Task timed out after 3.00 seconds\n" * 3)
    assert code == 0
    assert "(3 lines)" in said
    assert "\x1b[2J" not in said


def test_the_list_and_the_json_hold_every_entry() -> None:
    assert len(run("--list")[1].splitlines()) == len(PAINS)
    assert len(json.loads(run("--list", "--json")[1])["pains"]) == len(PAINS)
    assert json.loads(run("--json", "nothing")[1]) == {"schema_version": 1, "known": False, "matches": []}


@pytest.mark.parametrize("length", [10_000, 1_000_000])
def test_a_line_of_any_length_is_looked_at_in_bounded_time(length: int) -> None:
    assert find(["a" * length + "curl: (18)"]) == []


def test_the_last_line_of_a_long_traceback_is_looked_at() -> None:
    pasted = "  File x, line 1\n" * 1000 + "Task timed out after 3.00 seconds"
    done = CliRunner().invoke(explain, [pasted])
    assert done.exit_code == 0

"""The command that explains errors, and the reports that it was made for."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from streaming_api_tools.explain.catalogue import catalogue
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


@pytest.mark.parametrize("text", REPORTED)
def test_explain_reported_symptom_is_found(text: str) -> None:
    assert REPORTED[text] in [found.issue.id for found in find([text])]


def test_explain_each_reported_symptom_has_its_own_entry() -> None:
    assert len(set(REPORTED.values())) == len(REPORTED) == 42
    assert set(REPORTED.values()) <= {issue.id for issue in catalogue().issues}


def test_explain_log_is_summed_up_with_most_frequent_error_first() -> None:
    log = ["fine", "Task timed out after 3.00 seconds", "curl: (18) x", "Task timed out after 3.00 seconds"]
    assert [(found.issue.id, found.count) for found in find(log)] == [("function-timeout", 2), ("cut", 1)]


def test_explain_line_of_a_long_log_drops_the_general_entry() -> None:
    log = ["INIT_REPORT Init Duration: 10008.52 ms Phase: init Status: timeout"] * 400
    assert [(found.issue.id, found.count) for found in find(log)] == [("cold-start", 400)]


def test_explain_long_log_has_no_candidates() -> None:
    candidate = ["502 Bad Gateway"]
    assert [found.sure for found in find(candidate)] == [False, False]
    assert find(candidate + ["200 OK"] * 2000) == []


def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    done = CliRunner().invoke(explain, arguments, input=stdin)
    return done.exit_code, done.output


def test_explain_prints_cause_fix_and_source() -> None:
    code, printed = run("Missing", "Authentication", "Token")
    assert code == 0
    assert [line.split()[0] for line in printed.splitlines()[1:]] == ["why:", "do:", "see:"]


def test_explain_of_an_unknown_text_ends_with_1() -> None:
    code, printed = run("something entirely else")
    assert (code, "nothing is known about it" in printed) == (1, True)


def test_explain_reads_a_log_that_is_not_text() -> None:
    code, printed = run(stdin=b"\xff\xfe\x1b[2J Task timed out after 3.00 seconds\n" * 3)
    assert code == 0
    assert "(3 lines)" in printed
    assert "\x1b[2J" not in printed


def test_explain_list_and_json_have_every_entry() -> None:
    assert len(run("--list")[1].splitlines()) == len(catalogue().issues)
    assert len(json.loads(run("--list", "--json")[1])["pains"]) == len(catalogue().issues)
    assert json.loads(run("--json", "nothing")[1]) == {"schema_version": 1, "known": False, "matches": []}


@pytest.mark.parametrize("length", [10_000, 1_000_000])
def test_explain_line_of_any_length_takes_bounded_time(length: int) -> None:
    assert find(["a" * length + "curl: (18)"]) == []


def test_explain_last_line_of_a_long_traceback_is_matched() -> None:
    pasted = "  File x, line 1\n" * 1000 + "Task timed out after 3.00 seconds"
    done = CliRunner().invoke(explain, [pasted])
    assert done.exit_code == 0


def test_explain_of_a_near_miss_prints_each_candidate_as_perhaps() -> None:
    code, printed = run("BadRequestException: Invalid ResponseTransferMode")
    assert code == 0
    titles = [line for line in printed.splitlines() if line and not line.startswith(" ")]
    assert titles == [
        "perhaps: STREAM with the ordinary invoke ARN",
        "perhaps: the streaming invoke ARN without STREAM",
    ]
    matches = json.loads(run("--json", "Invalid ResponseTransferMode")[1])["matches"]
    assert [match["sure"] for match in matches] == [False, False]


def test_explain_json_of_a_match_keeps_its_members() -> None:
    (match,) = json.loads(run("--json", "Missing Authentication Token")[1])["matches"]
    assert set(match) == {"pain", "line", "count", "sure"}
    assert set(match["pain"]) == {"id", "title", "patterns", "cause", "fix", "source", "sources"}
    assert match["pain"]["source"] == match["pain"]["sources"][0]


def test_explain_control_characters_are_printed_escaped() -> None:
    printed = run(stdin="Task timed out after 3 s \x1b[2J \u202e::error::x\n".encode())[1]
    assert "\x1b" not in printed
    assert "\u202e" not in printed

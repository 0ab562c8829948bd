"""Lists the verdicts, each with its exit code and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    """The verdict on a run, or on a series of runs."""

    STREAMING = "STREAMING"
    BUFFERED = "BUFFERED"
    BATCHED = "BATCHED"
    STALLED = "STALLED"
    TRUNCATED = "TRUNCATED"
    BAD_FRAME = "BAD_FRAME"
    STALE_DEPLOYMENT = "STALE_DEPLOYMENT"
    MODEL_ACCESS = "MODEL_ACCESS"
    SERVER_ERROR = "SERVER_ERROR"
    AUTH = "AUTH"
    UNREACHABLE = "UNREACHABLE"
    THROTTLED = "THROTTLED"
    INCONCLUSIVE = "INCONCLUSIVE"


PASSED, FAILED, UNDECIDED, NOT_RUN = 0, 1, 2, 3


@dataclass(frozen=True)
class Outcome:
    """The consequences of a verdict.

    :param settles: whether it may be over by itself soon after a deploy, which takes a minute to be live
    :param again: whether another run can tell more
    """

    exit_code: int
    next_step: str
    settles: bool = False
    again: bool = False


#: In the order in which a series of runs that disagree is reported.
OUTCOMES: Mapping[Verdict, Outcome] = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
    Verdict.STALE_DEPLOYMENT: Outcome(
        FAILED,
        "deploy the stage again: aws apigateway create-deployment --rest-api-id ID --stage-name STAGE; in the"
        " CDK, change the method with a construct property rather than an override, so that the deployment"
        " gets a new logical id",
    ),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
    Verdict.MODEL_ACCESS: Outcome(
        FAILED,
        "run: streaming-api doctor --model MODEL_ID; the function may lack the permission, the account the"
        " access to the model, or the Region the model",
    ),
    Verdict.BUFFERED: Outcome(
        FAILED,
        "check that the method has responseTransferMode STREAM and a URI that ends in"
        " /response-streaming-invocations, and that the stage was deployed since; an HTTP API always buffers",
        settles=True,
        again=True,
    ),
    Verdict.BATCHED: Outcome(
        FAILED,
        "look for what collects on the way (a proxy, compression, a CDN) by running this test from inside"
        " the Region; then check that the handler writes each event by itself",
        again=True,
    ),
    Verdict.STALLED: Outcome(
        FAILED, "run the test again; if it stalls again, look for a pause or a timeout in the function's log"
    ),
    Verdict.TRUNCATED: Outcome(
        FAILED,
        "look for a timeout or an exception in the function's log, and compare the function's timeout with"
        " the integration's",
    ),
    Verdict.BAD_FRAME: Outcome(
        FAILED,
        "if the answer is compressed, look for what does it (the function, a proxy, a CDN) and turn it off;"
        " else check that the URL is the probe route, and that the function answers with the metadata, 8 NUL"
        " bytes and then the body",
    ),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
    Verdict.SERVER_ERROR: Outcome(
        FAILED,
        "look into the function's log; without an entry there, the metadata before the body is malformed or"
        " API Gateway may not invoke the function",
        settles=True,
    ),
    Verdict.AUTH: Outcome(
        NOT_RUN,
        "pass --auth iam with credentials that may execute-api:Invoke the route, or --header with a token; an"
        " unknown path is refused too, so end the URL of a stage with '/'; right after a deploy pass"
        " --wait 120",
        settles=True,
    ),
    Verdict.UNREACHABLE: Outcome(
        NOT_RUN,
        "check the URL: the probe route itself, or the URL of the stage with '/' at its end; right after a"
        " deploy pass --wait 120",
        settles=True,
    ),
    Verdict.THROTTLED: Outcome(
        UNDECIDED,
        "run the test again later, or raise the throttling of the stage or the function's concurrency",
        again=True,
    ),
    Verdict.INCONCLUSIVE: Outcome(
        UNDECIDED, "run the test again, from a machine and a network with less to do", again=True
    ),
    Verdict.STREAMING: Outcome(PASSED, "", again=True),
}

"""One thing that goes wrong, and where the documentation of AWS begins."""

from __future__ import annotations

from dataclasses import dataclass

APIGW = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
BEDROCK = "https://docs.aws.amazon.com/bedrock/latest/userguide/"
GITHUB = "https://github.com/"
MODE = f"{APIGW}response-transfer-mode.html"
MODE_LAMBDA = f"{APIGW}response-transfer-mode-lambda.html"
TROUBLE = f"{APIGW}response-streaming-troubleshoot.html"


@dataclass(frozen=True)
class Pain:
    """One entry.

    :param patterns: regular expressions; one that is found is enough
    """

    id: str
    title: str
    patterns: tuple[str, ...]
    cause: str
    fix: str
    source: str

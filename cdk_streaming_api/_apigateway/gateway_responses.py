"""Define API Gateway's own errors in the envelope that the bundled handlers use for theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from aws_cdk import aws_apigateway as apigateway


class _Error(NamedTuple):
    type: str
    message: str | None = None
    headers: Mapping[str, str] = {}


# Response types: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
# Error types: those of the Messages API of Anthropic, which name every status that is needed here.
# None passes API Gateway's message on; ACCESS_DENIED must not, it names the caller's and the API's ARN.
# REQUEST_TOO_LARGE cannot be customized:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
ERRORS = {
    "UNAUTHORIZED": _Error("authentication_error", "the credentials are missing or not valid"),
    # API Gateway answers so where there is no route as well
    "MISSING_AUTHENTICATION_TOKEN": _Error(
        "authentication_error", "this API has no such route, or the request is not signed"
    ),
    "INVALID_SIGNATURE": _Error("authentication_error"),
    "EXPIRED_TOKEN": _Error("authentication_error"),
    "INVALID_API_KEY": _Error("authentication_error", "the API key is missing or not valid"),
    "ACCESS_DENIED": _Error("permission_error", "the caller is not allowed to make this request"),
    "WAF_FILTERED": _Error("permission_error", "the request was refused by the web ACL of this API"),
    "THROTTLED": _Error("rate_limit_error", "too many requests", {"Retry-After": "'1'"}),
    "QUOTA_EXCEEDED": _Error(
        "rate_limit_error", "the quota of this API key is used up", {"Retry-After": "'3600'"}
    ),
    "DEFAULT_4XX": _Error("invalid_request_error"),
    "DEFAULT_5XX": _Error("api_error", "the request failed before the function answered"),
}


def add_gateway_responses(
    api: apigateway.RestApi, headers: Mapping[str, str], of_type: Mapping[str, Mapping[str, str]]
) -> list[apigateway.GatewayResponse]:
    """Give ``api`` the table's responses.

    :param headers: what every one of them has beside its own headers.
    :param of_type: further headers by the type of the response.
    """
    return [
        api.add_gateway_response(
            response_type,
            type=apigateway.ResponseType.of(response_type),
            response_headers={**headers, **error.headers, **of_type.get(response_type, {})},
            templates={"application/json": _envelope(error)},
        )
        for response_type, error in ERRORS.items()
    ]


def _envelope(error: _Error) -> str:
    message = error.message or "$message"
    envelope = json.dumps(
        {
            # where the SDKs of AWS look for it
            "message": message,
            "type": "error",
            "error": {
                "type": error.type,
                "message": message,
                "code": "$context.error.responseType",
                "param": None,
            },
            "request_id": "$context.requestId",
        }
    )
    # messageString comes with its quotes, and escaped
    return envelope.replace('"$message"', "$context.error.messageString")

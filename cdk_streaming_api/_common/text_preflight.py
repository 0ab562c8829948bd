"""Answer preflight requests to an API with binary media types.

A MOCK integration maps text. Where ``*/*`` is a binary media type, its request is passed on as bytes, which
it cannot read, and API Gateway answers 500. ``CONVERT_TO_TEXT`` on the request prevents that, which
``add_cors_preflight`` of the CDK has no option for:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway

#: how an integration response names a header of the method
HEADER = "method.response.header."
_EVERY_METHOD = "OPTIONS,GET,PUT,POST,DELETE,PATCH,HEAD"
_STATUS = "204"


def add_text_preflight(
    resource: apigateway.IResource,
    *,
    allow_origins: Sequence[str],
    allow_credentials: bool,
    allow_headers: Sequence[str],
    max_age: Duration,
) -> None:
    """Define what ``resource.add_cors_preflight`` defines, with a request that is text in any case."""
    first, *others = allow_origins
    headers = {
        "Access-Control-Allow-Headers": ",".join(allow_headers),
        "Access-Control-Allow-Origin": first,
        **({} if first == "*" else {"Vary": "Origin"}),
        "Access-Control-Allow-Methods": _EVERY_METHOD,
        **({"Access-Control-Allow-Credentials": "true"} if allow_credentials else {}),
        "Access-Control-Max-Age": str(round(max_age.to_seconds())),
    }
    resource.add_method(
        "OPTIONS",
        apigateway.MockIntegration(
            content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT,
            request_templates={"application/json": "{ statusCode: 200 }"},
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code=_STATUS,
                    response_parameters={f"{HEADER}{name}": f"'{value}'" for name, value in headers.items()},
                    response_templates={"application/json": origin_template(others)} if others else None,
                )
            ],
        ),
        authorization_type=apigateway.AuthorizationType.NONE,
        api_key_required=False,
        method_responses=[
            apigateway.MethodResponse(
                status_code=_STATUS, response_parameters={f"{HEADER}{name}": True for name in headers}
            )
        ],
    )


def origin_template(origins: Sequence[str]) -> str:
    """Return the part of a response template that names the origin that asks, if it is one of several."""
    asks = " || ".join(f'$origin == "{origin}"' for origin in origins)
    return (
        '#set($origin = $input.params().header.get("Origin"))\n'
        '#if($origin == "")\n'
        '  #set($origin = $input.params().header.get("origin"))\n'
        "#end\n"
        f"#if({asks})\n"
        "  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n"
        "#end"
    )

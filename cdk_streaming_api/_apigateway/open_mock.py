"""Answer a method in API Gateway itself, to everybody: what reaches no code and tells nothing of a caller."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_apigateway as apigateway

from .._common.text_preflight import HEADER

_JSON = "application/json"
_NOT_TO_ASK = ("AwsSolutions::AwsSolutions-APIG4", "AwsSolutions::AwsSolutions-COG4")


def add_open_mock(
    resource: apigateway.IResource,
    http_method: str,
    *,
    status: str,
    headers: Mapping[str, str],
    template: str,
    reason: str,
    as_text: bool,
) -> apigateway.Method:
    """Define a method with one answer.

    :param template: the response template, of JSON.
    :param reason: why it asks for nobody's name, for the rules that want every method to.
    :param as_text: whether the API has binary media types, from which the answer is kept.
    """
    method = resource.add_method(
        http_method,
        apigateway.MockIntegration(
            content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT if as_text else None,
            request_templates={_JSON: json.dumps({"statusCode": int(status)})},
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code=status,
                    response_parameters={f"{HEADER}{name}": f"'{value}'" for name, value in headers.items()},
                    response_templates={_JSON: template},
                )
            ],
        ),
        authorization_type=apigateway.AuthorizationType.NONE,
        api_key_required=False,
        method_responses=[
            apigateway.MethodResponse(
                status_code=status, response_parameters={f"{HEADER}{name}": True for name in headers}
            )
        ],
    )
    for rule in _NOT_TO_ASK:
        Validations.of(method).acknowledge(Acknowledgment(id=rule, reason=reason))
    return method

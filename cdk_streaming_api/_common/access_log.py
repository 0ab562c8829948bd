"""Define the format of the access log and its destination."""

from __future__ import annotations

import json

import jsii
from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from aws_cdk.interfaces.aws_apigateway import IStageRef


class StreamingAccessLogField:
    """The variables of an access log that tell of response streaming, which ``AccessLogField`` does not have.

    For an API with a format of its own::

        line = json.dumps(
            {
                "requestId": apigateway.AccessLogField.context_request_id(),
                "timeToFirstContent": StreamingAccessLogField.TIME_TO_FIRST_CONTENT,
            }
        )
        access_log_format = apigateway.AccessLogFormat.custom(line)

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html.
    """

    #: ``STREAM`` (``STREAMED`` in the documentation) or ``BUFFERED``
    RESPONSE_TRANSFER_MODE = "$context.integration.responseTransferMode"
    #: milliseconds until the integration had sent all headers
    TIME_TO_ALL_HEADERS = "$context.integration.timeToAllHeaders"
    #: milliseconds until the first byte of the body
    TIME_TO_FIRST_CONTENT = "$context.integration.timeToFirstContent"
    #: milliseconds until the last byte: the whole stream
    INTEGRATION_LATENCY = "$context.integration.latency"


# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "requestTime": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "caller": "$context.identity.caller",
    "user": "$context.identity.user",
    "userAgent": "$context.identity.userAgent",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "errorMessage": "$context.error.message",
    "errorType": "$context.error.responseType",
    "responseTransferMode": StreamingAccessLogField.RESPONSE_TRANSFER_MODE,
    "timeToAllHeaders": StreamingAccessLogField.TIME_TO_ALL_HEADERS,
    "timeToFirstContent": StreamingAccessLogField.TIME_TO_FIRST_CONTENT,
    "integrationLatency": StreamingAccessLogField.INTEGRATION_LATENCY,
    "integrationStatus": "$context.integration.status",
    "integrationRequestId": "$context.integration.requestId",
    "integrationError": "$context.integration.error",
    "xrayTraceId": "$context.xrayTraceId",
}


def access_log_format() -> apigateway.AccessLogFormat:
    """Return the format as one line of JSON; every value is a string, since a variable may be ``-``."""
    return apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS, separators=(",", ":")))


@jsii.implements(apigateway.IAccessLogDestination)
class LogGroupDestination:
    """A log group, named as API Gateway stores it: without the ``:*`` that ends the ARN of a log group.

    The CDK's ``LogGroupLogDestination`` leaves it out or not by a feature flag of the app.
    """

    def __init__(self, log_group: logs.ILogGroup) -> None:
        """Wrap a log group.

        :param log_group: gets one line a request.
        """
        self._log_group = log_group

    def bind(self, _stage: IStageRef) -> apigateway.AccessLogDestinationConfig:
        """Return the ARN for the stage."""
        arn = Stack.of(self._log_group).format_arn(
            service="logs",
            resource="log-group",
            resource_name=self._log_group.log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return apigateway.AccessLogDestinationConfig(destination_arn=arn)

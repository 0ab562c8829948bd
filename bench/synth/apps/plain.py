"""The same resources as in ``ours``, with nothing but the constructs of aws-cdk-lib."""

from __future__ import annotations

import json
import os
from pathlib import Path

from aws_cdk import App, Duration, IgnoreMode, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

HERE = Path(__file__).parent
LAYER = HERE.parents[2] / "lambda_src" / "layer"
#: Streams of one function up to which each has a permission of its own: Lambda limits the function's policy.
MOST_PERMISSIONS = 20
ERRORS = {
    "UNAUTHORIZED": {},
    "MISSING_AUTHENTICATION_TOKEN": {},
    "INVALID_SIGNATURE": {},
    "EXPIRED_TOKEN": {},
    "INVALID_API_KEY": {},
    "ACCESS_DENIED": {},
    "WAF_FILTERED": {},
    "THROTTLED": {"Retry-After": "'1'"},
    "QUOTA_EXCEEDED": {"Retry-After": "'3600'"},
    "DEFAULT_4XX": {},
    "DEFAULT_5XX": {},
}


def main() -> None:
    """Write the template."""
    app = App()
    stack = Stack(app, "Routes")
    function = _function(stack)
    routes = [f"route{number}" for number in range(int(os.environ["ROUTES"]))]
    api = _api(stack, routes)
    validator = apigateway.RequestValidator(
        stack, "Validator", rest_api=api, validate_request_body=True, validate_request_parameters=True
    )
    scoped = len(routes) <= MOST_PERMISSIONS
    for route in routes:
        api.root.add_resource(route).add_method(
            "POST",
            apigateway.LambdaIntegration(
                function,
                response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
                timeout=Duration.minutes(15),
                # a permission for the whole API is for the test call of the console as well
                allow_test_invoke=not scoped,
                scope_permission_to_method=scoped,
            ),
            request_validator=validator,
        )
    app.synth()


def _function(stack: Stack) -> lambda_.Function:
    exclude = ["__pycache__/", "*.py[co]"]
    layer = lambda_.LayerVersion(
        stack,
        "Layer",
        code=lambda_.Code.from_asset(str(LAYER), exclude=exclude, ignore_mode=IgnoreMode.GIT),
        compatible_runtimes=[
            lambda_.Runtime.PYTHON_3_10,
            lambda_.Runtime.PYTHON_3_11,
            lambda_.Runtime.PYTHON_3_12,
            lambda_.Runtime.PYTHON_3_13,
            lambda_.Runtime.PYTHON_3_14,
        ],
        license="Apache-2.0",
    )
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group = logs.LogGroup(stack, "Logs", retention=logs.RetentionDays.ONE_MONTH)
    log_group.grant_write(role)
    return lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_asset(str(HERE / "code")),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_14,
        architecture=lambda_.Architecture.ARM_64,
        memory_size=512,
        timeout=Duration.minutes(15),
        layers=[layer],
        role=role,
        log_group=log_group,
        tracing=lambda_.Tracing.ACTIVE,
    )


def _api(stack: Stack, routes: list[str]) -> apigateway.RestApi:
    access = logs.LogGroup(stack, "AccessLogs", retention=logs.RetentionDays.ONE_MONTH)
    level = apigateway.MethodLoggingLevel.ERROR
    throttled = apigateway.MethodDeploymentOptions(
        logging_level=level,
        data_trace_enabled=False,
        throttling_rate_limit=5,
        throttling_burst_limit=10,
    )
    fields = {"requestId": "$context.requestId", "status": "$context.status"}
    api = apigateway.RestApi(
        stack,
        "Api",
        endpoint_configuration=apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL]),
        cloud_watch_role=False,
        default_method_options=apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.IAM),
        deploy_options=apigateway.StageOptions(
            access_log_destination=apigateway.LogGroupLogDestination(access),
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(fields)),
            logging_level=level,
            data_trace_enabled=False,
            throttling_rate_limit=20,
            throttling_burst_limit=40,
            tracing_enabled=True,
            method_options={f"/{route}/POST": throttled for route in routes},
        ),
    )
    execution = logs.LogGroup(
        stack,
        "ExecutionLogs",
        log_group_name=f"API-Gateway-Execution-Logs_{api.rest_api_id}/prod",
        retention=logs.RetentionDays.ONE_MONTH,
    )
    api.deployment_stage.node.add_dependency(execution)
    for name, headers in ERRORS.items():
        api.add_gateway_response(
            name,
            type=apigateway.ResponseType.of(name),
            response_headers=headers,
            templates={"application/json": json.dumps({"error": name})},
        )
    return api


if __name__ == "__main__":
    main()

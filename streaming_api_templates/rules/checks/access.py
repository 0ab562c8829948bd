"""Judge who may call what costs: open methods, and wildcards in policies."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.symbols import display
from ..rule import GUIDE, Finding, Rule, Severity, check
from ..subjects.iam import may_call_bedrock
from ..subjects.methods import Method
from ..subjects.read import Subjects

STREAM023 = Rule(
    "STREAM023",
    Severity.WARNING,
    "an open method that streams, or has a function behind it that may call Amazon Bedrock",
    "set AuthorizationType to AWS_IAM, a Cognito user pool or a Lambda authorizer: "
    "anybody who knows the URL can spend your money, on a model or on up to 15 minutes of a "
    "function",
    f"{GUIDE}/apigateway-control-access-to-api.html",
)


@check(STREAM023, of="methods")
def open_method(subjects: Subjects) -> Iterator[Finding]:
    """Yield the open methods that cost."""
    for method in subjects.methods if subjects.anything_streams else ():
        restricted = method.api and (method.api.has_policy or method.api.endpoint_type == "PRIVATE")
        if method.is_open and not restricted and (cost := _cost(method, subjects)):
            message = f"{method.label} is open, and {cost}"
            yield STREAM023.found(method.resource, method.resource.at("AuthorizationType"), message)


def _cost(method: Method, subjects: Subjects) -> str | None:
    """Return what a caller of a method uses up."""
    function = method.function
    if function and may_call_bedrock(function, subjects.resources, subjects.statements):
        return f"{function.resource.logical_id} may call Amazon Bedrock"
    return "it streams" if method.streams else None


STREAM036 = Rule(
    "STREAM036",
    Severity.ERROR,
    "a streaming method whose authorization type wants an authorizer, and that has none",
    "set AuthorizerId to an AWS::ApiGateway::Authorizer of the API, or AuthorizationType to AWS_IAM or NONE",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-apigateway-method.html",
)


@check(STREAM036, of="streams")
def missing_authorizer(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that API Gateway refuses for want of an authorizer."""
    for method in subjects.streams:
        if method.lacks_authorizer:
            kind = method.resource.properties.get("AuthorizationType")
            message = f"{method.label} has AuthorizationType {kind} and no AuthorizerId"
            yield STREAM036.found(method.resource, method.resource.at("AuthorizationType"), message)


STREAM024 = Rule(
    "STREAM024",
    Severity.WARNING,
    "a policy that allows calls of every Bedrock model",
    "allow bedrock:InvokeModelWithResponseStream on the models that are used; "
    "`streaming-api policy MODEL_ID` prints the statements, BedrockModel.grant_stream "
    "grants them",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
)


@check(STREAM024, of="statements")
def every_model(subjects: Subjects) -> Iterator[Finding]:
    """Yield the statements that allow every model."""
    for statement in subjects.statements if subjects.anything_streams else ():
        if statement.calls and statement.everything:
            message = f"{', '.join(statement.calls)} is allowed on {display(', '.join(statement.everything))}"
            yield STREAM024.found(statement.owner, statement.owner.at(statement.path), message)

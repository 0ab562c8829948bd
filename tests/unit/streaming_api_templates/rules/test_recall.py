"""One mutation each of right templates, in several spellings: how many of the mistakes are found."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from tests.unit.streaming_api_templates.rules.cases.urls import url
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE, changed, ids, uri
from tests.unit.streaming_api_templates.rules.test_spellings import open_api, sam

INTEGRATION = "Method.Properties.Integration"
FUNCTION = "Function.Properties"
STAGE = "Stage.Properties"
EVENT = "Function.Properties.Events.Chat.Properties"
OPERATION = "Api.Properties.Body.paths./chat.post"
IN_OPEN_API = f"{OPERATION}.x-amazon-apigateway-integration"
AT_LEAST, RECALL = 100, 0.95

#: base -> rule -> dotted path, as `/` between its parts where a name has a dot -> values that break it
MISTAKES: Mapping[str, list[tuple[str, str, list[object]]]] = {
    "CloudFormation": [
        ("STREAM001", f"{INTEGRATION}.ResponseTransferMode", ["STREAMING", "stream", "CHUNKED"]),
        ("STREAM002", f"{INTEGRATION}.Type", ["AWS", "HTTP", "MOCK"]),
        ("STREAM003", f"{INTEGRATION}.Uri", [uri(FUNCTION_ARN, streams=False)]),
        ("STREAM004", f"{INTEGRATION}.ResponseTransferMode", ["BUFFERED", GONE]),
        ("STREAM006", f"{INTEGRATION}.TimeoutInMillis", [900_001, 960_000, 49, 1]),
        ("STREAM008", f"{FUNCTION}.Timeout", [3, 60, 899, GONE]),
        ("STREAM009", f"{STAGE}.MethodSettings", [[{"HttpMethod": "*", "CachingEnabled": True}]]),
        ("STREAM010", f"{INTEGRATION}.CacheKeyParameters", [["method.request.path.id"]]),
        ("STREAM011", "Api.Properties.MinimumCompressionSize", [0, 1024]),
        (
            "STREAM012",
            f"{INTEGRATION}.IntegrationResponses",
            [[{"StatusCode": "200", "ResponseTemplates": {"a/b": ""}}]],
        ),
        ("STREAM013", f"{INTEGRATION}.RequestTemplates", [{"application/json": "{}"}]),
        ("STREAM014", f"{INTEGRATION}.ContentHandling", ["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"]),
        ("STREAM015", "Method.Properties.MethodResponses", [[{"StatusCode": "200"}]]),
        ("STREAM016", "Api.Properties.EndpointConfiguration", [{"Types": ["EDGE"]}, GONE]),
        ("STREAM017", "Api.Properties.EndpointConfiguration", [{"Types": ["PRIVATE"]}]),
        ("STREAM018", f"{FUNCTION}.Runtime", ["java21", "dotnet8", "ruby3.4", "python3.14"]),
        ("STREAM018", f"{FUNCTION}.Code", [{"ZipFile": "exports.handler = async () => 1"}]),
        (
            "STREAM019",
            f"{FUNCTION}.Environment",
            [{"Variables": {"AWS_LWA_INVOKE_MODE": it}} for it in ("buffered", "")],
        ),
        ("STREAM022", "Permission", [GONE]),
        ("STREAM022", "Permission.Properties.Principal", ["events.amazonaws.com", "s3.amazonaws.com"]),
        ("STREAM022", "Permission.Properties.Action", ["lambda:GetFunction"]),
        ("STREAM022", "Permission.Properties.FunctionName", ["other"]),
        ("STREAM023", "Method.Properties.AuthorizationType", ["NONE", GONE]),
        (
            "STREAM024",
            "Policy.Properties.PolicyDocument.Statement",
            [[{"Effect": "Allow", "Action": action, "Resource": "*"}] for action in ("bedrock:*", "*")],
        ),
        ("STREAM027", f"{STAGE}.AccessLogSetting.Format", ["$context.requestId"]),
        ("STREAM028", "Deployment.DependsOn", [GONE]),
        ("STREAM033", f"{STAGE}.AccessLogSetting", [GONE]),
        ("STREAM036", "Method.Properties.AuthorizationType", ["CUSTOM", "COGNITO_USER_POOLS"]),
        ("STREAM037", f"{STAGE}.MethodSettings", [[{"ThrottlingBurstLimit": it}] for it in (0.5, 2.5)]),
    ],
    "SAM": [
        ("STREAM030", f"{EVENT}.ResponseTransferMode", ["STREAM"]),
        ("STREAM006", f"{EVENT}.TimeoutInMillis", [960_000, 49]),
        ("STREAM023", f"{EVENT}.Auth", [{"Authorizer": "NONE"}]),
        ("STREAM031", f"{EVENT}.InvokeMode", ["RESPONSE_STREAM"]),
        ("STREAM018", f"{FUNCTION}.Runtime", ["java21", "python3.14"]),
        ("STREAM008", f"{FUNCTION}.Timeout", [60]),
        ("STREAM011", "Api.Properties.MinimumCompressionSize", [1024]),
        ("STREAM016", "Api.Properties.EndpointConfiguration", [{"Type": "EDGE"}, GONE]),
        ("STREAM033", "Api.Properties.AccessLogSetting", [GONE]),
    ],
    "OpenAPI": [
        ("STREAM001", f"{IN_OPEN_API}.responseTransferMode", ["STREAMING"]),
        ("STREAM002", f"{IN_OPEN_API}.type", ["aws", "http"]),
        ("STREAM004", f"{IN_OPEN_API}.responseTransferMode", ["BUFFERED", GONE]),
        ("STREAM006", f"{IN_OPEN_API}.timeoutInMillis", [960_000, 49]),
        ("STREAM013", f"{IN_OPEN_API}.requestTemplates", [{"application/json": "{}"}]),
        ("STREAM010", f"{IN_OPEN_API}.cacheKeyParameters", [["method.request.path.id"]]),
        ("STREAM023", f"{OPERATION}.security", [GONE, []]),
        ("STREAM022", "Permission", [GONE]),
    ],
    "function URL": [
        ("STREAM039", f"{FUNCTION}.VpcConfig", [{"SubnetIds": ["subnet-1"]}]),
        ("STREAM040", "Url.Properties.AuthType", ["NONE"]),
        ("STREAM041", f"{FUNCTION}.Environment", [{"Variables": {"AWS_LWA_INVOKE_MODE": "buffered"}}]),
    ],
}
BASES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "CloudFormation": lambda: changed({}),
    "SAM": sam,
    "OpenAPI": open_api,
    "function URL": lambda: changed(url()),
}


class Mistake(NamedTuple):
    """A template that was spoilt at one place."""

    rule: str
    name: str
    template: dict[str, Any]


def spoilt(base: str, path: str, value: object, parameter: bool) -> dict[str, Any]:
    """Return a template with another value at one place, by itself or as the default of a parameter."""
    template = copy.deepcopy(BASES[base]())
    if parameter:
        template["Parameters"] = {"Given": {"Type": "String", "Default": value}}
        value = {"Ref": "Given"}
    *parents, last = path.split(".")
    at = template["Resources"]
    for name in parents:
        at = at[name]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return template


def mistakes() -> Iterator[Mistake]:
    """Yield every mistake, in every spelling that a value has."""
    for base, rows in MISTAKES.items():
        for rule, path, values in rows:
            for value in values:
                # SAM reads some words as they are written only
                spellings = (False, True) if isinstance(value, (str, int)) and base != "SAM" else (False,)
                for parameter in spellings:
                    shown = "gone" if value is GONE else value
                    name = f"{base}: {path} = {shown}{' by a parameter' if parameter else ''}"
                    yield Mistake(rule, name, spoilt(base, path, value, parameter))


@pytest.mark.parametrize("base", BASES)
def test_recall_template_before_its_mutation_has_no_finding(base: str) -> None:
    assert ids(BASES[base]()) == []


def test_recall_of_one_mutation_each_is_at_least_95_percent() -> None:
    everything = list(mistakes())
    missed = [f"{it.rule} {it.name}" for it in everything if it.rule not in ids(it.template)]
    assert len(everything) >= AT_LEAST
    assert len(missed) <= (1 - RECALL) * len(everything), missed

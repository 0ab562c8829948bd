"""Pages of other origins: the preflight, the errors of the gateway, and what a browser would refuse."""

from __future__ import annotations

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import BedrockModel, StreamingApi

MODEL = BedrockModel("amazon.nova-lite-v1:0")
APP = "https://app.example.com"

_STAINLESS = """x-stainless-arch x-stainless-lang x-stainless-os x-stainless-package-version
    x-stainless-retry-count x-stainless-runtime x-stainless-runtime-version x-stainless-helper-method"""
#: Recorded with a `fetch` that notes the headers, the AWS SDK's with a server, for streams and their helpers.
SENT = {
    "openai 7.57.0 for JavaScript": f"""accept authorization content-type openai-organization openai-project
        user-agent {_STAINLESS}""",
    "@anthropic-ai/sdk 1.12.0": f"""accept anthropic-beta anthropic-dangerous-direct-browser-access
        anthropic-version authorization x-api-key content-type user-agent x-stainless-timeout {_STAINLESS}""",
    "ai 7.0.173": "content-type",
    "@aws-sdk/client-bedrock-runtime 3.1162.0": """amz-sdk-invocation-id amz-sdk-request authorization
        content-type user-agent x-amz-content-sha256 x-amz-date x-amz-security-token x-amz-user-agent""",
}


def cors_api(stack: cdk.Stack, origins: list[str], credentials: bool = False) -> Template:
    api = StreamingApi(stack, "Api", model=MODEL, allow_origins=origins, allow_credentials=credentials)
    api.add_stream("chat")
    return Template.from_stack(stack)


def preflight(template: Template) -> dict[str, str]:
    """Return the headers of the answer to OPTIONS."""
    (method,) = template.find_resources(
        "AWS::ApiGateway::Method", {"Properties": {"HttpMethod": "OPTIONS"}}
    ).values()
    parameters = method["Properties"]["Integration"]["IntegrationResponses"][0]["ResponseParameters"]
    return {name.removeprefix("method.response.header."): value for name, value in parameters.items()}


def gateway_responses(template: Template) -> list[dict[str, str]]:
    """Return the headers of each response of the gateway itself."""
    found = template.find_resources("AWS::ApiGateway::GatewayResponse").values()
    return [
        {
            name.removeprefix("gatewayresponse.header."): value
            for name, value in response["Properties"]["ResponseParameters"].items()
        }
        for response in found
    ]


def headers_of_bedrock() -> set[str]:
    """Return what the streaming operations of Bedrock take as headers, from the SDK's own service model."""
    bedrock = botocore.session.get_session().get_service_model("bedrock-runtime")
    return {
        member.serialization["name"].lower()
        for operation in ("ConverseStream", "InvokeModelWithResponseStream")
        for member in bedrock.operation_model(operation).input_shape.members.values()
        if member.serialization.get("location") == "header"
    }


def test_cors_without_origins_has_no_preflight_and_no_header(stack: cdk.Stack) -> None:
    template = cors_api(stack, [])
    template.resource_properties_count_is("AWS::ApiGateway::Method", {"HttpMethod": "OPTIONS"}, 0)
    assert not any("Access-Control-Allow-Origin" in headers for headers in gateway_responses(template))


def test_cors_preflight_is_a_mock_without_authorization(stack: cdk.Stack) -> None:
    cors_api(stack, [APP]).has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": "OPTIONS",
            "AuthorizationType": "NONE",
            "ApiKeyRequired": False,
            "Integration": {"Type": "MOCK", "ResponseTransferMode": Match.absent()},
        },
    )


def test_cors_preflight_allows_the_origin_and_headers_of_sdks(stack: cdk.Stack) -> None:
    headers = preflight(cors_api(stack, [APP]))
    assert headers["Access-Control-Allow-Origin"] == f"'{APP}'"
    assert headers["Vary"] == "'Origin'"
    assert "POST" in headers["Access-Control-Allow-Methods"]
    allowed = {name.lower() for name in headers["Access-Control-Allow-Headers"].strip("'").split(",")}
    for client, sent in SENT.items():
        assert set(sent.split()) - allowed == set(), client
    assert headers_of_bedrock() - allowed == set()
    assert "Access-Control-Allow-Credentials" not in headers


def test_cors_two_methods_of_one_path_share_the_preflight(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL, allow_origins=[APP])
    for method in ("GET", "POST"):
        api.add_stream("chat", http_method=method)
    api.add_stream("chat/deep")
    Template.from_stack(stack).resource_properties_count_is(
        "AWS::ApiGateway::Method", {"HttpMethod": "OPTIONS"}, 2
    )


def test_cors_gateway_responses_have_the_headers(stack: cdk.Stack) -> None:
    responses = gateway_responses(cors_api(stack, [APP], credentials=True))
    assert responses
    for headers in responses:
        assert headers["Access-Control-Allow-Origin"] == f"'{APP}'"
        assert headers["Access-Control-Allow-Credentials"] == "'true'"
        assert "Retry-After" in headers["Access-Control-Expose-Headers"]


def test_cors_gateway_responses_name_the_matching_origin_of_several(stack: cdk.Stack) -> None:
    for headers in gateway_responses(cors_api(stack, [APP, "http://localhost:3000"])):
        assert headers["Access-Control-Allow-Origin"] == "method.request.header.Origin"
        assert headers["Vary"] == "'Origin'"


@pytest.mark.parametrize("origin", [APP, "*"])
def test_cors_bundled_functions_have_the_origin(stack: cdk.Stack, origin: str) -> None:
    api = StreamingApi(stack, "Api", model=MODEL, allow_origins=[origin])
    api.add_stream("chat")
    api.add_probe()
    Template.from_stack(stack).all_resources_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": {"CORS_ALLOW_ORIGIN": origin}}}
    )


def test_cors_bundled_functions_have_all_origins_and_credentials(stack: cdk.Stack) -> None:
    api = StreamingApi(
        stack, "Api", model=MODEL, allow_origins=[APP, "http://localhost:3000"], allow_credentials=True
    )
    api.add_stream("chat")
    api.add_probe()
    known = {"CORS_ALLOW_ORIGIN": f"{APP},http://localhost:3000", "CORS_ALLOW_CREDENTIALS": "true"}
    Template.from_stack(stack).all_resources_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": Match.object_like(known)}}
    )


@pytest.mark.parametrize(
    ("origins", "credentials", "message"),
    [
        (["*"], True, "allow_credentials needs allow_origins to name its origins, got '\\*'"),
        ([], True, "allow_credentials needs allow_origins, got none"),
        (["*", APP], False, "allow_origins must be either '\\*' or a list of origins"),
        ([f"{APP}/"], False, f"origins like 'https://app.example.com', got '{APP}/'"),
        (["app.example.com"], False, "got 'app.example.com'"),
        ([f"{APP}'"], False, "allow_origins must be '\\*' or origins like"),
    ],
)
def test_cors_settings_that_browsers_refuse_are_refused(
    stack: cdk.Stack, origins: list[str], credentials: bool, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        StreamingApi(stack, "Api", allow_origins=origins, allow_credentials=credentials)


@pytest.mark.parametrize("origins", [["*"], [APP], [APP, "https://b.example.com", "https://c.example.com"]])
def test_cors_preflight_beside_binary_media_types_is_the_one_of_the_cdk_as_text(origins: list[str]) -> None:
    answers = []
    for media_types in ((), ("*/*",)):
        stack = cdk.Stack(cdk.App(), "Test")
        api = StreamingApi(
            stack,
            "Api",
            model=MODEL,
            allow_origins=origins,
            allow_credentials=len(origins) > 1,
            binary_media_types=media_types,
        )
        api.add_stream("chat")
        found = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method")
        answers.append({key: each for key, each in found.items() if "OPTIONS" in key})
    plain, as_text = answers
    (integration,) = [each["Properties"]["Integration"] for each in as_text.values()]
    assert integration.pop("ContentHandling") == "CONVERT_TO_TEXT"
    assert as_text == plain

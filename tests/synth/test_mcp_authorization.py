"""Where clients of an MCP server find their authorization server: documents, challenge, and whose tokens."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import JwtAuthorizer, McpAuthorization, StreamingApi, StreamingFunction, StreamingRules
from tests.synth.test_every_feature import found_by_cdk_nag

ISSUER = "https://issuer.example/"
KEYS = "https://issuer.example/keys"
ENDPOINTS = {
    "authorization_endpoint": "https://issuer.example/authorize",
    "token_endpoint": "https://issuer.example/token",
}
STAGE = "https://API.execute-api.REGION.SUFFIX/prod"


def sign_in(**given: Any) -> McpAuthorization:  # noqa: ANN401
    return McpAuthorization(
        **{"issuer": ISSUER, "jwks_url": KEYS, "scopes": ["tools/call"], **ENDPOINTS, **given}
    )


def tokens(stack: cdk.Stack, name: str = "Tokens") -> JwtAuthorizer:
    return JwtAuthorizer(stack, name, issuer=ISSUER, jwks_url=KEYS, client_ids=["app"], scopes=["tools/call"])


def tools(stack: cdk.Stack) -> StreamingFunction:
    code = lambda_.Code.from_inline("pass")
    return StreamingFunction(stack, "Tools", code=code, handler="index.handler")


def served(
    stack: cdk.Stack,
    authorization: McpAuthorization | None,
    path: str = "mcp",
    **api: Any,  # noqa: ANN401
) -> Template:
    """Return the template of an API with a server."""
    found = StreamingApi(stack, "Api", authorizer=tokens(stack), **api)
    found.add_mcp_server(path, handler=tools(stack), authorization=authorization)
    return Template.from_stack(stack)


def flat(value: object) -> str:
    """Return a text whose references have names."""
    if isinstance(value, dict) and "Fn::Join" in value:
        return "".join(flat(each) for each in value["Fn::Join"][1])
    if isinstance(value, dict):
        name = str(value["Ref"])
        names = {"AWS::Region": "REGION", "AWS::URLSuffix": "SUFFIX"}
        ours = "api.example.com" if "CustomDomain" in name else "API"
        return names.get(name, ours if "RestApi" in name else name)
    return str(value)


def paths(template: Template) -> dict[str, str]:
    """Return the path of each resource by its logical id."""
    resources = template.find_resources("AWS::ApiGateway::Resource")

    def path(logical_id: str) -> str:
        properties = resources[logical_id]["Properties"]
        parent = properties["ParentId"].get("Ref")
        return f"{path(parent) if parent else ''}/{properties['PathPart']}"

    return {logical_id: path(logical_id) for logical_id in resources}


def methods(template: Template, verb: str) -> dict[str, dict[str, Any]]:
    """Return the MOCK methods of a verb by their paths."""
    known = paths(template)
    return {
        known[each["Properties"]["ResourceId"]["Ref"]]: each["Properties"]
        for each in template.find_resources("AWS::ApiGateway::Method").values()
        if each["Properties"]["HttpMethod"] == verb and "Ref" in each["Properties"]["ResourceId"]
    }


def documents(template: Template) -> dict[str, dict[str, Any]]:
    """Return what GET answers below ``.well-known``."""
    return {
        path: json.loads(
            flat(method["Integration"]["IntegrationResponses"][0]["ResponseTemplates"]["application/json"])
        )
        for path, method in methods(template, "GET").items()
        if path.startswith("/.well-known/")
    }


def challenges(template: Template) -> dict[str, str]:
    """Return the header WWW-Authenticate by the type of the gateway response."""
    found = template.find_resources("AWS::ApiGateway::GatewayResponse").values()
    return {
        each["Properties"]["ResponseType"]: flat(parameters["gatewayresponse.header.WWW-Authenticate"])
        for each in found
        if "gatewayresponse.header.WWW-Authenticate"
        in (parameters := each["Properties"].get("ResponseParameters", {}))
    }


DISCOVERY = {
    **ENDPOINTS,
    "jwks_uri": KEYS,
    "scopes_supported": ["tools/call"],
    "response_types_supported": ["code"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["none"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
}


def domain(stack: cdk.Stack, base_path: str | None = None) -> apigateway.DomainNameOptions:
    certificate = acm.Certificate.from_certificate_arn(
        stack, "Certificate", "arn:aws:acm:eu-west-1:111122223333:certificate/x"
    )
    return apigateway.DomainNameOptions(
        domain_name="api.example.com", certificate=certificate, base_path=base_path
    )


@pytest.mark.parametrize(
    ("base_path", "base"),
    [(..., STAGE), (None, "https://api.example.com"), ("v1", "https://api.example.com/v1")],
)
def test_mcp_authorization_documents_name_the_url_that_clients_know(
    stack: cdk.Stack,
    base_path: Any,  # noqa: ANN401
    base: str,
) -> None:
    given: dict[str, Any] = {} if base_path is ... else {"domain_name": domain(stack, base_path)}
    template = served(stack, sign_in(), **given)
    discovery = {"issuer": base, **DISCOVERY}
    assert documents(template) == {
        "/.well-known/oauth-protected-resource/mcp": {
            "resource": f"{base}/mcp",
            "authorization_servers": [base],
            "scopes_supported": ["tools/call"],
            "bearer_methods_supported": ["header"],
        },
        "/.well-known/oauth-authorization-server": discovery,
        "/.well-known/openid-configuration": discovery,
    }
    metadata = f'resource_metadata="{base}/.well-known/oauth-protected-resource/mcp", scope="tools/call"'
    assert challenges(template) == {
        "UNAUTHORIZED": f"'Bearer {metadata}'",
        "EXPIRED_TOKEN": f"'Bearer error=\"invalid_token\", {metadata}'",
        "ACCESS_DENIED": f"'Bearer error=\"insufficient_scope\", {metadata}'",
    }
    (variables,) = (
        each["Properties"]["Environment"]["Variables"]
        for name, each in template.find_resources("AWS::Lambda::Function").items()
        if name.startswith("Tokens")
    )
    assert flat(variables["AUDIENCE"]) == f"{base}/mcp"


def test_mcp_authorization_documents_are_open_mocks_for_every_page(stack: cdk.Stack) -> None:
    template = served(stack, sign_in(), binary_media_types=["*/*"])
    preflights = methods(template, "OPTIONS")
    for path, method in methods(template, "GET").items():
        assert (method["AuthorizationType"], method["Integration"]["Type"]) == ("NONE", "MOCK")
        assert method["Integration"]["ContentHandling"] == "CONVERT_TO_TEXT"
        if path != "/mcp":
            (answer,) = method["Integration"]["IntegrationResponses"]
            headers = answer["ResponseParameters"]
            assert headers["method.response.header.Access-Control-Allow-Origin"] == "'*'"
            assert preflights[path]["Integration"]["ContentHandling"] == "CONVERT_TO_TEXT"
            assert "Mcp-Protocol-Version" in json.dumps(preflights[path])


def test_mcp_authorization_of_an_issuer_with_its_own_document_leads_there(stack: cdk.Stack) -> None:
    template = served(stack, McpAuthorization(issuer=ISSUER, jwks_url=KEYS), path="a/b")
    assert documents(template) == {
        "/.well-known/oauth-protected-resource/a/b": {
            "resource": f"{STAGE}/a/b",
            "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"],
        }
    }
    metadata = f'resource_metadata="{STAGE}/.well-known/oauth-protected-resource/a/b"'
    assert challenges(template)["UNAUTHORIZED"] == f"'Bearer {metadata}'"


def test_mcp_authorization_is_part_of_what_is_deployed() -> None:
    """A stage goes on with its old gateway responses, unless there is a new deployment."""
    deployments: list[str] = []
    for scopes in (None, ["a"], ["b"], ["b"]):
        stack = cdk.Stack(cdk.App(), "Same")
        template = served(stack, sign_in(scopes=scopes) if scopes else None)
        deployments += template.find_resources("AWS::ApiGateway::Deployment")
    assert len(set(deployments[:3])) == 3
    assert deployments[2] == deployments[3]


def test_mcp_server_without_an_authorization_has_no_challenge(stack: cdk.Stack) -> None:
    template = served(stack, None)
    assert challenges(template) == {}
    assert documents(template) == {}


def test_mcp_authorization_of_cognito_names_the_endpoints_of_the_pool(stack: cdk.Stack) -> None:
    pool = cognito.UserPool(stack, "Pool")
    prefix = cognito.CognitoDomainOptions(domain_prefix="chat")
    found = McpAuthorization.cognito(
        pool, domain=pool.add_domain("Domain", cognito_domain=prefix), scopes=["a/b"]
    )
    assert flat(stack.resolve(found.issuer)).startswith("https://cognito-idp.REGION.SUFFIX/Pool")
    assert flat(stack.resolve(found.jwks_url)) == f"{flat(stack.resolve(found.issuer))}/.well-known/jwks.json"
    document = documents(served(stack, found))["/.well-known/openid-configuration"]
    assert document["authorization_endpoint"].endswith(".auth.REGION.amazoncognito.com/oauth2/authorize")
    assert document["token_endpoint"].endswith(".auth.REGION.amazoncognito.com/oauth2/token")
    assert (document["issuer"], document["scopes_supported"]) == (STAGE, ["a/b"])


def test_mcp_authorization_with_cognitos_own_authorizer_is_the_same(stack: cdk.Stack) -> None:
    pool = cognito.UserPool(stack, "Pool")
    authorizer = apigateway.CognitoUserPoolsAuthorizer(stack, "Users", cognito_user_pools=[pool])
    api = StreamingApi(stack, "Api")
    api.add_mcp_server(
        "mcp",
        handler=tools(stack),
        authorizer=authorizer,
        authorization_scopes=["tools/call"],
        authorization=sign_in(),
    )
    template = Template.from_stack(stack)
    assert set(challenges(template)) == {"UNAUTHORIZED", "EXPIRED_TOKEN", "ACCESS_DENIED"}
    assert methods(template, "POST")["/mcp"]["AuthorizationScopes"] == ["tools/call"]


def test_mcp_authorization_without_a_taker_of_tokens_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="authorization of MCP server '/mcp' needs an authorizer that takes"):
        StreamingApi(stack, "Api").add_mcp_server("mcp", handler=tools(stack), authorization=sign_in())


def test_mcp_authorization_of_a_path_with_a_parameter_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="needs a path without parameters: the URL is in a document"):
        served(stack, sign_in(), path="{tenant}/mcp")


def test_mcp_authorization_of_a_second_server_is_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", authorizer=tokens(stack))
    handler = tools(stack)
    api.add_mcp_server("a", handler=handler, authorization=sign_in())
    with pytest.raises(ValueError, match="authorization of MCP server '/b' needs an API of its own"):
        api.add_mcp_server("b", handler=handler, authorization=sign_in())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"issuer": "http://issuer.example"}, "issuer of McpAuthorization must be an https URL, got 'http:"),
        ({"issuer": ""}, "issuer of McpAuthorization must be an https URL, got ''"),
        ({"jwks_url": "https://a.b/$x"}, "jwks_url of McpAuthorization must be an https URL"),
        ({"token_endpoint": 'https://a.b/"'}, "token_endpoint of McpAuthorization must be an https URL"),
        ({"token_endpoint": None}, "authorization_endpoint and token_endpoint go together, got one of them"),
        ({"scopes": ["a b"]}, "scopes of McpAuthorization must be texts without blanks, got 'a b'"),
        ({"scopes": ['"']}, "scopes of McpAuthorization must be texts without blanks"),
        ({"scopes": ["offline_access"]}, "must not have offline_access: it is for clients to ask for"),
    ],
)
def test_mcp_authorization_wrong_argument_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        sign_in(**given)
    assert says in str(refused.value)


def test_mcp_authorization_adds_no_findings_of_cdk_nag_and_the_rules(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Test")
    api = StreamingApi(stack, "Api", authorizer=tokens(stack))
    api.add_mcp_server("mcp", handler=tools(stack), authorization=sign_in())
    cdk.Validations.of(app).add_plugins(StreamingRules())
    assert found_by_cdk_nag(app) == {
        "AwsSolutions-APIG3",
        "AwsSolutions-COG4",
        "AwsSolutions-IAM5[Resource::*]",
        "Serverless-LambdaDLQ",
    }

"""Turn SAM's REST APIs into API Gateway's resources, but for the methods of events.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ..template.lenient_json import Json, flag, items, mapping, text
from .origin import Expansion, Origin

Object = Mapping[str, Json]
_API = ("ApiKeySourceType", "Description", "MinimumCompressionSize", "Mode", "Name", "Policy")
_STAGE = (
    "AccessLogSetting",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "MethodSettings",
    "StageName",
    "TracingEnabled",
    "Variables",
)
URI = {
    "STREAM": "2021-11-15/functions/${Function}/response-streaming-invocations",
    "BUFFERED": "2015-03-31/functions/${Function}/invocations",
}
INVOKE = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/"
REQUESTS = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}"
_AUTHORIZERS = f"{REQUESTS}/authorizers/*"
PERMISSION = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
#: What ANY stands for in the answer to a preflight request.
_VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def add_api(expansion: Expansion, logical_id: str, properties: Object, rest: Object) -> None:
    """Add what a REST API of SAM stands for, but for its methods.

    :param rest: the attributes beside the properties
    """
    condition = {name: value for name, value in rest.items() if name == "Condition"}
    auth = mapping(properties.get("Auth"))
    endpoint = properties.get("EndpointConfiguration")
    kind = mapping(endpoint).get("Type") if "Type" in mapping(endpoint) else endpoint
    api: dict[str, Json] = {name: properties[name] for name in _API if name in properties}
    if kind:
        api["EndpointConfiguration"] = {"Types": [kind]}
    if "DefinitionBody" in properties:
        api["Body"] = properties["DefinitionBody"]
    if "DefinitionUri" in properties:
        api["BodyS3Location"] = properties["DefinitionUri"]
    if "ResourcePolicy" in auth:
        api["Policy"] = auth["ResourcePolicy"]
    if isinstance(media := properties.get("BinaryMediaTypes"), list):
        api["BinaryMediaTypes"] = [str(item).replace("~1", "/") for item in media]
    paths = {"": "Properties", "Body": "Properties.DefinitionBody"}
    expansion.add(logical_id, "AWS::ApiGateway::RestApi", api, Origin(logical_id, paths), **rest)
    stage = {name: properties[name] for name in _STAGE if name in properties}
    _add(expansion, logical_id, f"{logical_id}Stage", "Stage", stage, "Properties", condition)
    for name, each in mapping(auth.get("Authorizers")).items():
        place = f"Properties.Auth.Authorizers.{name}"
        settings = _authorizer(mapping(each))
        _add(expansion, logical_id, f"{logical_id}{name}", "Authorizer", settings, place, condition)
        if "FunctionArn" in mapping(each) and "FunctionInvokeRole" not in mapping(each):
            permission: dict[str, Json] = {**PERMISSION, "FunctionName": mapping(each)["FunctionArn"]}
            permission["SourceArn"] = {"Fn::Sub": [_AUTHORIZERS, {"Api": {"Ref": logical_id}}]}
            origin = Origin(logical_id, {"": place})
            permitted = f"{logical_id}{name}AuthorizerPermission"
            expansion.add(permitted, "AWS::Lambda::Permission", permission, origin, **condition)
    for name, each in mapping(properties.get("GatewayResponses")).items():
        place = f"Properties.GatewayResponses.{name}"
        settings = _response(name, mapping(each))
        _add(expansion, logical_id, f"{logical_id}{name}", "GatewayResponse", settings, place, condition)


def default_authorization(logical_id: str, properties: Object) -> dict[str, Json]:
    """Return how the methods of an API are authorized that do not say it themselves."""
    return authorization_of(logical_id, mapping(properties.get("Auth")), {})


def add_preflights(expansion: Expansion, api: str, properties: Object) -> None:
    """Add the answers to preflight requests that ``Cors`` of an API asks for, one for each of its paths."""
    cors = properties.get("Cors")
    settings = cors if isinstance(cors, dict) and "AllowOrigin" in cors else {"AllowOrigin": cors}
    by_path: dict[str, tuple[Json, set[str]]] = {}
    for resource in list(expansion.resources.values()):
        method = mapping(resource.get("Properties"))
        of_api = method.get("RestApiId") == {"Ref": api}
        if resource.get("Type") == "AWS::ApiGateway::Method" and of_api:
            resource_id = method.get("ResourceId")
            _, verbs = by_path.setdefault(str(resource_id), (resource_id, set()))
            verbs.add(text(method.get("HttpMethod")))
    for name, (resource_id, verbs) in by_path.items():
        if cors and "OPTIONS" not in verbs:
            answered = {"OPTIONS", *(_VERBS if "ANY" in verbs else verbs)}
            guarded = mapping(properties.get("Auth")).get("AddDefaultAuthorizerToCorsPreflight", True)
            authorization = default_authorization(api, properties if flag(guarded) else {})
            expansion.add(
                f"{name} OPTIONS",
                "AWS::ApiGateway::Method",
                {**_preflight(api, resource_id, settings, answered), **authorization},
                Origin(api, {"": "Properties.Cors", "Integration.IntegrationResponses": "Properties.Cors"}),
            )


def _preflight(api: str, resource_id: Json, cors: Object, verbs: set[str]) -> dict[str, Json]:
    allowed = cors.get("AllowMethods") or f"'{','.join(sorted(verbs))}'"
    headers = {
        "Origin": cors.get("AllowOrigin"),
        "Headers": cors.get("AllowHeaders"),
        "Methods": allowed,
        "Credentials": "'true'" if flag(cors.get("AllowCredentials")) else None,
    }
    parameters = {
        f"method.response.header.Access-Control-Allow-{name}": value
        for name, value in headers.items()
        if value
    }
    if cors.get("MaxAge") is not None:
        parameters["method.response.header.Access-Control-Max-Age"] = cors["MaxAge"]
    return {
        "RestApiId": {"Ref": api},
        "ResourceId": resource_id,
        "HttpMethod": "OPTIONS",
        "Integration": {
            "Type": "MOCK",
            "RequestTemplates": {"application/json": '{"statusCode": 200}'},
            "IntegrationResponses": [{"StatusCode": "200", "ResponseParameters": parameters}],
        },
    }


def authorization_of(api: str, auth: Object, own: Object) -> dict[str, Json]:
    """Return how a method is authorized.

    :param api: logical id of its API
    :param auth: what the API says
    :param own: what the method says, which goes before that
    """
    name = str(own.get("Authorizer") or auth.get("DefaultAuthorizer") or "NONE")
    key = own.get("ApiKeyRequired", auth.get("ApiKeyRequired", False))
    if name in ("NONE", "AWS_IAM"):
        return {"ApiKeyRequired": key, "AuthorizationType": name}
    authorizer = mapping(mapping(auth.get("Authorizers")).get(name))
    return {
        "ApiKeyRequired": key,
        "AuthorizationType": "COGNITO_USER_POOLS" if "UserPoolArn" in authorizer else "CUSTOM",
        "AuthorizerId": {"Ref": f"{api}{name}"},
        "AuthorizationScopes": own.get("AuthorizationScopes", authorizer.get("AuthorizationScopes")),
    }


def _authorizer(properties: Object) -> dict[str, Json]:
    identity = mapping(properties.get("Identity"))
    names = [str(name) for name in items(identity.get("Headers"))]
    headers = names or [str(identity.get("Header") or "Authorization")]
    found: dict[str, Json] = {
        "IdentitySource": ",".join(f"method.request.header.{name}" for name in headers),
        "IdentityValidationExpression": identity.get("ValidationExpression"),
        "AuthorizerResultTtlInSeconds": identity.get("ReauthorizeEvery"),
    }
    if "UserPoolArn" in properties:
        pools = list(items(properties["UserPoolArn"]))
        return {**found, "Type": "COGNITO_USER_POOLS", "ProviderARNs": pools}
    uri = INVOKE + URI["BUFFERED"]
    return {
        **found,
        "Type": str(properties.get("FunctionPayloadType") or "TOKEN"),
        "AuthorizerUri": {"Fn::Sub": [uri, {"Function": properties.get("FunctionArn")}]},
    }


def _response(name: str, properties: Object) -> dict[str, Json]:
    headers = mapping(mapping(properties.get("ResponseParameters")).get("Headers"))
    return {
        "ResponseType": name,
        "StatusCode": properties.get("StatusCode"),
        "ResponseParameters": {f"gatewayresponse.header.{n}": value for n, value in headers.items()},
        "ResponseTemplates": properties.get("ResponseTemplates"),
    }


def _add(
    expansion: Expansion, api: str, name: str, kind: str, settings: Object, place: str, rest: Object
) -> None:
    properties = {"RestApiId": {"Ref": api}, **settings}
    expansion.add(name, f"AWS::ApiGateway::{kind}", properties, Origin(api, {"": place}), **rest)

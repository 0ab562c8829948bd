"""SAM's resources -> the CloudFormation resources that they stand for, as far as REST APIs need them.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .intrinsics import Json

Object = Mapping[str, Json]
TRANSFORM = "AWS::Serverless-2016-10-31"
#: The API of events that name none, and its stage.
IMPLICIT_API, IMPLICIT_STAGE = "ServerlessRestApi", "Prod"
FUNCTION = (
    "Environment",
    "FunctionName",
    "Handler",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Runtime",
    "Timeout",
)
API = ("ApiKeySourceType", "Name")
STAGE = ("AccessLogSetting", "MethodSettings", "StageName", "Variables")
URI = {
    "STREAM": "2021-11-15/functions/${%s.Arn}/response-streaming-invocations",
    "BUFFERED": "2015-03-31/functions/${%s.Arn}/invocations",
}


def expand_sam(template: Object) -> Object:
    """Return a template without SAM's resources; one without its transform stays as it is."""
    transforms = template.get("Transform")
    if TRANSFORM not in (transforms if isinstance(transforms, list) else [transforms]):
        return template
    return {**template, "Resources": dict(_Expansion(template).resources())}


class _Expansion:
    def __init__(self, template: Object) -> None:
        self._globals = _object(template.get("Globals"))
        self._own = _object(template.get("Resources"))

    def resources(self) -> Iterator[tuple[str, Json]]:
        events: list[tuple[str, str, Object]] = []
        for logical_id, resource in self._own.items():
            entry = _object(resource)
            kind = entry.get("Type")
            rest = {name: value for name, value in entry.items() if name in ("Condition", "Metadata")}
            if kind == "AWS::Serverless::Function":
                properties = self._properties(entry, "Function")
                events += [(logical_id, api, event) for api, event in _api_events(properties)]
                yield (
                    logical_id,
                    {**rest, "Type": "AWS::Lambda::Function", "Properties": _function(properties)},
                )
            elif kind == "AWS::Serverless::LayerVersion":
                content = _object(entry.get("Properties")).get("ContentUri")
                properties = {"Content": content}
                yield logical_id, {**rest, "Type": "AWS::Lambda::LayerVersion", "Properties": properties}
            elif kind == "AWS::Serverless::Api":
                yield from self._api(logical_id, self._properties(entry, "Api"))
            else:
                yield logical_id, resource
        if any(api == IMPLICIT_API for _, api, _ in events):
            implicit = _merged(_object(self._globals.get("Api")), {"StageName": IMPLICIT_STAGE})
            yield from self._api(IMPLICIT_API, implicit)
        for function, api, event in events:
            yield from self._route(function, api, event)

    def _properties(self, entry: Object, kind: str) -> Object:
        return _merged(_object(self._globals.get(kind)), _object(entry.get("Properties")))

    def _api(self, logical_id: str, properties: Object) -> Iterator[tuple[str, Json]]:
        endpoint = properties.get("EndpointConfiguration")
        kind = endpoint if isinstance(endpoint, str) else _object(endpoint).get("Type")
        media = properties.get("BinaryMediaTypes")
        api = {
            **{name: properties[name] for name in API if name in properties},
            **({"EndpointConfiguration": {"Types": [kind]}} if kind else {}),
            **({"Body": properties["DefinitionBody"]} if "DefinitionBody" in properties else {}),
            **({"BodyS3Location": properties["DefinitionUri"]} if "DefinitionUri" in properties else {}),
        }
        if isinstance(media, list):
            api["BinaryMediaTypes"] = [str(item).replace("~1", "/") for item in media]
        yield logical_id, {"Type": "AWS::ApiGateway::RestApi", "Properties": api}
        stage = {name: properties[name] for name in STAGE if name in properties}
        yield f"{logical_id}Stage", _of(logical_id, "Stage", stage)
        for name, authorizer in _object(_object(properties.get("Auth")).get("Authorizers")).items():
            yield f"{logical_id}{name}", _of(logical_id, "Authorizer", _authorizer(_object(authorizer)))
        for name, response in _object(properties.get("GatewayResponses")).items():
            yield (
                f"{logical_id}{name}",
                _of(logical_id, "GatewayResponse", _response(name, _object(response))),
            )

    def _route(self, function: str, api: str, event: Object) -> Iterator[tuple[str, Json]]:
        path = str(event.get("Path"))
        parent: Json = {"Fn::GetAtt": [api, "RootResourceId"]}
        reached = ""
        for part in filter(None, path.split("/")):
            reached += f"/{part}"
            yield f"{api}{reached}", _of(api, "Resource", {"ParentId": parent, "PathPart": part})
            parent = {"Ref": f"{api}{reached}"}
        method = str(event.get("Method")).upper()
        mode = str(event.get("ResponseTransferMode") or "BUFFERED")
        arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/"
        integration = {
            "Type": "AWS_PROXY",
            "Uri": {"Fn::Sub": arn + URI.get(mode, URI["BUFFERED"]) % function},
            "ResponseTransferMode": mode,
            **({"TimeoutInMillis": event["TimeoutInMillis"]} if "TimeoutInMillis" in event else {}),
        }
        properties = {
            "HttpMethod": method,
            "ResourceId": parent,
            "Integration": integration,
            **self._authorization(api, event),
        }
        yield f"{api}{path} {method}", _of(api, "Method", properties)

    def _authorization(self, api: str, event: Object) -> dict[str, Json]:
        own = _object(event.get("Auth"))
        resource = _object(self._own.get(api))
        properties = self._properties(resource, "Api") if resource else _object(self._globals.get("Api"))
        whole = _object(properties.get("Auth"))
        name = str(own.get("Authorizer") or whole.get("DefaultAuthorizer") or "NONE")
        found: dict[str, Json] = {
            "ApiKeyRequired": own.get("ApiKeyRequired", whole.get("ApiKeyRequired", False))
        }
        if name in ("NONE", "AWS_IAM"):
            return {**found, "AuthorizationType": name}
        cognito = "UserPoolArn" in _object(_object(whole.get("Authorizers")).get(name))
        kind = "COGNITO_USER_POOLS" if cognito else "CUSTOM"
        scopes = own.get("AuthorizationScopes")
        return {
            **found,
            "AuthorizationType": kind,
            "AuthorizerId": {"Ref": f"{api}{name}"},
            "AuthorizationScopes": scopes,
        }


def _api_events(properties: Object) -> Iterator[tuple[str, Object]]:
    """Yield the API and the properties of each event of type Api."""
    for event in _object(properties.get("Events")).values():
        if _object(event).get("Type") == "Api":
            settings = _object(_object(event).get("Properties"))
            reference = settings.get("RestApiId")
            api = _object(reference).get("Ref") or reference or IMPLICIT_API
            yield str(api), settings


def _function(properties: Object) -> dict[str, Json]:
    found: dict[str, Json] = {name: properties[name] for name in FUNCTION if name in properties}
    code = properties.get("CodeUri")
    if "InlineCode" in properties:
        code = {"ZipFile": properties["InlineCode"]}
    elif isinstance(code, dict) and "Bucket" in code:
        code = {"S3Bucket": code["Bucket"], "S3Key": code.get("Key")}
    return {**found, "Code": "." if code is None else code}


def _authorizer(properties: Object) -> dict[str, Json]:
    identity = _object(properties.get("Identity"))
    headers = identity.get("Headers")
    names = (
        [str(n) for n in headers]
        if isinstance(headers, list)
        else [str(identity.get("Header") or "Authorization")]
    )
    found: dict[str, Json] = {
        "IdentitySource": ",".join(f"method.request.header.{name}" for name in names),
        "IdentityValidationExpression": identity.get("ValidationExpression"),
        "AuthorizerResultTtlInSeconds": identity.get("ReauthorizeEvery"),
    }
    if "UserPoolArn" in properties:
        pools = properties["UserPoolArn"]
        return {
            **found,
            "Type": "COGNITO_USER_POOLS",
            "ProviderARNs": pools if isinstance(pools, list) else [pools],
        }
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function}/invocations"
    return {
        **found,
        "Type": str(properties.get("FunctionPayloadType") or "TOKEN"),
        "AuthorizerUri": {"Fn::Sub": [uri, {"Function": properties.get("FunctionArn")}]},
    }


def _response(name: str, properties: Object) -> dict[str, Json]:
    headers = _object(_object(properties.get("ResponseParameters")).get("Headers"))
    return {
        "ResponseType": name,
        "StatusCode": properties.get("StatusCode"),
        "ResponseParameters": {f"gatewayresponse.header.{n}": value for n, value in headers.items()},
        "ResponseTemplates": properties.get("ResponseTemplates"),
    }


def _of(api: str, kind: str, properties: Object) -> Json:
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": {"RestApiId": {"Ref": api}, **properties}}


def _merged(general: Object, own: Object) -> dict[str, Json]:
    """Return the globals under the properties of a resource: maps are merged, lists joined.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    merged: dict[str, Json] = dict(general)
    for name, value in own.items():
        before = merged.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[name] = _merged(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            merged[name] = [*before, *value]
        else:
            merged[name] = value
    return merged


def _object(value: Json) -> Object:
    return value if isinstance(value, dict) else {}

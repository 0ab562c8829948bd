"""Turn the events of SAM's functions and state machines into API Gateway's resources.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..template.lenient_json import Json, flag, mapping, text
from .origin import Expansion, Origin, add_paths
from .sam_api import INVOKE, PERMISSION, REQUESTS, URI, authorization_of

Object = Mapping[str, Json]
#: The APIs of events that name none.
IMPLICIT_API, IMPLICIT_HTTP_API = "ServerlessRestApi", "ServerlessHttpApi"
#: The only word with which SAM streams; it ignores every other one:
#: https://github.com/aws/serverless-application-model/pull/3881
STREAMING_WORD = "RESPONSE_STREAM"
_START = "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution"
#: What is greedy or named in a path stands for anything in a permission.
_PATH_PARAMETER = re.compile(r"\{[a-zA-Z0-9._-]+\+?\}")


@dataclass(frozen=True)
class HttpEvent:
    """An event of a function that HTTP requests cause.

    :param name: of the event
    :param kind: ``Api`` or ``HttpApi``
    :param function: logical id of the function
    :param target: ARN of the function or of its alias
    :param invoked: name of the same
    :param api: logical id of the API
    :param settings: its properties
    :param condition: the attribute ``Condition`` of the function, where it has one
    """

    name: str
    kind: str
    function: str
    target: Json
    invoked: Json
    api: str
    settings: Object
    condition: Object


def add_event(
    expansion: Expansion, event: HttpEvent, api: Object | None, settle: Callable[[Json], Json]
) -> None:
    """Add the method and the permission of an event of the type Api.

    :param api: the properties of its API; None when it is not SAM's
    :param settle: resolves a value as far as it is known
    """
    path = text(settle(event.settings.get("Path")))
    verb = text(settle(event.settings.get("Method"))).upper()
    place = f"Properties.Events.{event.name}.Properties"
    source = (
        f"{REQUESTS}/*/"
        + ("*" if verb == "ANY" else verb)
        + _PATH_PARAMETER.sub("*", re.sub("(.)/$", r"\1", path))
    )
    permission: dict[str, Json] = {
        **PERMISSION,
        "FunctionName": event.invoked,
        "SourceArn": {"Fn::Sub": [source, {"Api": {"Ref": event.api}}]},
    }
    name = f"{event.function}{event.name}Permission"
    origin = Origin(event.function, {"": place})
    expansion.add(name, "AWS::Lambda::Permission", permission, origin, **event.condition)
    # SAM resolves nothing here, not even a parameter
    mode = "STREAM" if event.settings.get("ResponseTransferMode") == STREAMING_WORD else "BUFFERED"
    integration: dict[str, Json] = {
        "Type": "AWS_PROXY",
        "Uri": {"Fn::Sub": [INVOKE + URI[mode], {"Function": event.target}]},
        "ResponseTransferMode": mode,
    }
    if "TimeoutInMillis" in event.settings:
        integration["TimeoutInMillis"] = event.settings["TimeoutInMillis"]
    if api is not None and not _is_defined(api):
        _add_method(expansion, event, api, path, verb, integration)


def add_start(
    expansion: Expansion, event: HttpEvent, api: Object | None, settle: Callable[[Json], Json]
) -> None:
    """Add the method of an event that starts a state machine."""
    if api is not None and not _is_defined(api):
        integration: dict[str, Json] = {
            "Type": "AWS",
            "Uri": {"Fn::Sub": _START},
            "Credentials": {"Fn::GetAtt": [f"{event.function}{event.name}Role", "Arn"]},
        }
        path, verb = text(settle(event.settings.get("Path"))), text(settle(event.settings.get("Method")))
        _add_method(expansion, event, api, path, verb.upper(), integration)


def _is_defined(api: Object) -> bool:
    """Tell whether an API has a definition of its own, to which events add no methods."""
    merges = flag(api.get("MergeDefinitions"))
    return "DefinitionUri" in api or ("DefinitionBody" in api and not merges)


def _add_method(
    expansion: Expansion, event: HttpEvent, api: Object, path: str, verb: str, integration: dict[str, Json]
) -> None:
    place = f"Properties.Events.{event.name}.Properties"
    auth, own = mapping(api.get("Auth")), mapping(event.settings.get("Auth"))
    authorization = authorization_of(event.api, auth, own)
    if authorization["AuthorizationType"] == "AWS_IAM" and "Credentials" not in integration:
        integration.update(_credentials(auth, own))
    method = {
        "RestApiId": {"Ref": event.api},
        "HttpMethod": verb,
        "ResourceId": add_paths(
            expansion, event.api, path, Origin(event.function, {"": place}), event.condition
        ),
        "Integration": integration,
        **authorization,
    }
    paths = {"": place, "Integration": place, "Integration.Uri": place, "AuthorizationType": f"{place}.Auth"}
    expansion.add(
        f"{event.api}{path} {verb}",
        "AWS::ApiGateway::Method",
        method,
        Origin(event.function, paths),
        **event.condition,
    )


def _credentials(auth: Object, own: Object) -> dict[str, Json]:
    """Return the role that invokes the function for a signed request; the default is the caller's."""
    role = own.get("InvokeRole", auth.get("InvokeRole", "CALLER_CREDENTIALS"))
    if role in (None, "NONE"):
        return {}
    caller = {"Fn::Sub": "arn:${AWS::Partition}:iam::*:user/*"}
    return {"Credentials": caller if role == "CALLER_CREDENTIALS" else role}

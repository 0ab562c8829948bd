"""Let API Gateway invoke the functions of streams: method by method, or with one permission for all of them.

Each permission is a statement in the policy of its function, and Lambda limits the size of that:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
"""

from __future__ import annotations

from typing import NamedTuple, cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Annotations, IResolveContext, IStringProducer, Lazy, Names, Stack, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct, Node

from streaming_api_templates.template.function_policy import (
    ACCOUNT,
    API_ID,
    MAX_POLICY_BYTES,
    PARTITION,
    REGION,
    function_name,
    policy_bytes,
    statement_bytes,
)

from .parameter_mapping import for_every_value

#: streams of one function in an API up to which each has a permission of its own
MOST_PERMISSIONS = 20
_SERVICE = "apigateway.amazonaws.com"


class DefinedMethod(NamedTuple):
    """A method and what was asked of Node for it."""

    method: apigateway.Method
    node: Node
    api: apigateway.IRestApi
    path: str
    http_method: str


class _Api(NamedTuple):
    """The parts of an API that stay as they are."""

    root: IConstruct
    rest_api_id: str
    path: str
    unique_id: str


class _Streams:
    """The streams of one function in one API."""

    def __init__(self) -> None:
        self.methods: list[DefinedMethod] = []
        #: the constructs of the API that have the permission for all methods, an import by its stack
        self.shared: set[str] = set()


class _Permissions(NamedTuple):
    """The permissions that the streams of one app need."""

    #: by the ids of API and function, which are tokens that are the same wherever they are imported
    streams: dict[tuple[str, str], _Streams]
    #: bytes in the policies of functions, of permissions that stay where they are
    kept: dict[str, list[int]]


_OF_APPS: WeakKeyDictionary[IConstruct, _Permissions] = WeakKeyDictionary()
# asked once and not for every stream: each question is a round trip to Node
_APIS: WeakKeyDictionary[apigateway.IRestApi, _Api] = WeakKeyDictionary()
_FUNCTIONS: WeakKeyDictionary[lambda_.IFunction, str] = WeakKeyDictionary()


def _api(api: apigateway.IRestApi) -> _Api:
    if api not in _APIS:
        node = api.node
        _APIS[api] = _Api(node.root, api.rest_api_id, node.path, Names.node_unique_id(node))
    return _APIS[api]


def _function_arn(handler: lambda_.IFunction) -> str:
    if handler not in _FUNCTIONS:
        _FUNCTIONS[handler] = handler.function_arn
    return _FUNCTIONS[handler]


def scope_permission(defined: DefinedMethod, handler: lambda_.IFunction, *, own: bool | None) -> None:
    """Keep the permission that the CDK defined for a method, or replace it by one for all methods.

    :param own: True keeps it, False replaces it, None replaces those of all such methods from the 21st on.
    :raises ValueError: when the policy of the function cannot hold what is to be kept.
    """
    api = _api(defined.api)
    app = _OF_APPS.setdefault(api.root, _Permissions({}, {}))
    if own:
        _keep(app.kept.setdefault(_function_arn(handler), []), defined.method, handler)
        return
    streams = app.streams.setdefault((api.rest_api_id, _function_arn(handler)), _Streams())
    if own is None:
        streams.methods.append(defined)
        if len(streams.methods) <= MOST_PERMISSIONS and not streams.shared:
            return
    all_of_them = len(streams.methods) == MOST_PERMISSIONS + 1
    for each in streams.methods if own is None and all_of_them else [defined]:
        if _remove(each):
            _share(each.api, handler, streams, told=own is None)


def _remove(defined: DefinedMethod) -> bool:
    """Return whether the method had a permission: functions of others have none."""
    of_cdk = f"{_api(defined.api).unique_id}.{defined.http_method}.{defined.path.replace('/', '.')}"
    if defined.node.try_remove_child(f"ApiPermission.{of_cdk}"):
        return True
    # should the CDK name it otherwise
    own = [child for child in defined.node.children if isinstance(child, lambda_.CfnPermission)]
    return any([defined.node.try_remove_child(child.node.id) for child in own])


def _share(api: apigateway.IRestApi, handler: lambda_.IFunction, streams: _Streams, *, told: bool) -> None:
    if _api(api).path in streams.shared:
        return
    streams.shared.add(_api(api).path)
    handler.add_permission(
        f"StreamPermission {Names.node_unique_id(handler.node)}",
        scope=cast(Construct, api),
        principal=iam.ServicePrincipal(_SERVICE),
        source_arn=Lazy.uncached_string(_EveryMethod(api)),
    )
    if told:
        Annotations.of(api).add_info_v2(
            "cdk-streaming-api:onePermission",
            f"function '{handler.node.path}' has more than {MOST_PERMISSIONS} streams of this API: one "
            "permission for the whole stage replaces one for each method, and CloudFormation adds it before "
            f"it deletes them; the policy of a function holds {MAX_POLICY_BYTES:,} bytes",
        )


@jsii.implements(IStringProducer)
class _EveryMethod:
    """The ARN of all methods in the stage of an API, which may get its stage later."""

    def __init__(self, api: apigateway.IRestApi) -> None:
        self._api = api

    def produce(self, _context: IResolveContext) -> str:
        """Return the ARN."""
        return self._api.arn_for_execute_api("*", "/*", _stage(self._api))


def _stage(api: apigateway.IRestApi) -> str | None:
    try:
        return api.deployment_stage.stage_name
    except RuntimeError:  # what jsii makes of undefined
        return None


def _keep(kept: list[int], method: apigateway.Method, handler: lambda_.IFunction) -> None:
    for child in method.node.children:
        if isinstance(child, lambda_.CfnPermission):
            kept.append(_bytes(child, method, handler))
    size = policy_bytes(sum(kept))
    if size > MAX_POLICY_BYTES:
        raise ValueError(
            f"function '{handler.node.path}' would have {len(kept)} permissions of at least {size:,} bytes, "
            f"and its policy holds {MAX_POLICY_BYTES:,}; do not scope them to methods, or take another "
            "function, such as an alias"
        )


def _bytes(permission: lambda_.CfnPermission, method: apigateway.Method, handler: lambda_.IFunction) -> int:
    stack = Stack.of(permission)
    region = _known(stack.region, REGION)
    verb = "*" if method.http_method == "ANY" else method.http_method
    stage = _stage_name(method.api)
    arn = f"{API_ID}/{stage}/{verb}{for_every_value(method.resource.path)}"
    source = f"arn:{PARTITION}:execute-api:{region}:{ACCOUNT}:{arn}"
    return statement_bytes(
        stack=_known(stack.stack_name, ""),
        logical_id=stack.get_logical_id(permission),
        action="lambda:InvokeFunction",
        principal=_SERVICE,
        function_arn=f"arn:{PARTITION}:lambda:{region}:{ACCOUNT}:function:{_name(handler)}",
        conditions={"ArnLike": {"AWS:SourceArn": source}},
    )


def _stage_name(api: apigateway.IRestApi) -> str:
    """Return the name of the stage as the source of calls has it, ``*`` where it may be any."""
    if _stage(api) is None:
        return "*"
    resource = api.deployment_stage.node.default_child
    return _known(resource.stage_name or "x", "x") if isinstance(resource, apigateway.CfnStage) else "x"


def _name(handler: lambda_.IFunction) -> str:
    """Return the name of a function, with its alias; one that CloudFormation generates by its length."""
    if isinstance(handler, lambda_.Alias):
        return f"{_name(handler.version.lambda_)}:{_known(handler.alias_name, 'x')}"
    if isinstance(handler, lambda_.Version):
        return f"{_name(handler.lambda_)}:1"
    resource = handler.node.default_child
    if not isinstance(resource, lambda_.CfnFunction):
        return _known(handler.function_name, "x")
    stack = Stack.of(resource)
    generated = function_name(_known(stack.stack_name, ""), stack.get_logical_id(resource))
    return _known(resource.function_name or generated, generated)


def _known(value: str, otherwise: str) -> str:
    return otherwise if Token.is_unresolved(value) else value

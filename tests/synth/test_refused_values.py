"""Values of the right type that AWS would refuse, each refused at once with what it takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    GradualRollout,
    Stream,
    StreamingApi,
    StreamingLayer,
    StreamStore,
)
from tests.synth.test_mistakes import api, in_stack, own, theirs

WEB_ACL = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/theirs/1"


def api_with_origins(stack: cdk.Stack, origins: list[str]) -> StreamingApi:
    return StreamingApi(stack, "Api", handler=theirs(stack), allow_origins=origins)


def keys(stack: cdk.Stack, **given: Any) -> ApiKeyAuthorizer:  # noqa: ANN401 - any argument
    return ApiKeyAuthorizer(stack, "Keys", **given)


def rollout(stack: cdk.Stack, **given: Any) -> GradualRollout:  # noqa: ANN401 - any argument
    return GradualRollout(stack, "Rollout", function=own(stack), **given)


def twice(call: Callable[[], object]) -> None:
    call()
    call()


def gibibytes(stack: cdk.Stack) -> Size:
    return Size.gibibytes(cdk.CfnParameter(stack, "Given", type="Number").value_as_number)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda s: api(s).add_stream("chat", http_method="post"),
            "must be one of DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT and ANY, got 'post'; write 'POST'",
        ),
        (
            lambda s: Stream(s, "S", resource=in_stack(s).root, handler=theirs(s), http_method="FETCH"),
            "and ANY, got 'FETCH'",
        ),
        (lambda s: api(s).add_stream(""), "path of a stream must not be empty; '/' is the root of the API"),
        *(
            (
                lambda s, path=path: api(s).add_stream(path),
                f"path '{path}' has the part '{part}'; API Gateway takes letters, digits and : . _ - $, "
                "or one parameter such as {id} or {proxy+}",
            )
            for path, part in {
                "a//b": "",
                "chat?x=1": "chat?x=1",
                "files/*": "*",
                "{id": "{id",
                "a b": "a b",
                "caf\u00e9": "caf\u00e9",
                "item-{id}": "item-{id}",
            }.items()
        ),
        *(
            (
                lambda s, runtime=runtime: own(s, runtime=runtime),
                "runtime of function 'Own' must be a managed Python runtime, 3.10 or later, "
                f"got {runtime.name}",
            )
            for runtime in (lambda_.Runtime.NODEJS_24_X, lambda_.Runtime.PYTHON_3_8)
        ),
        (
            lambda s: api_with_origins(s, cdk.Fn.split(",", cdk.Fn.import_value("origins"))),
            "allow_origins must be known at synth: it becomes a method for each path, got a token; name each "
            "of them, which may be a token",
        ),
        (
            lambda s: own(s, handler="handler"),
            "handler of function 'Own' must be 'module.function', got 'handler'",
        ),
        *(
            (
                lambda s, handler=handler: own(s, handler=handler),
                f"handler of function 'Own' must be 'module.function', got '{handler}'",
            )
            for handler in (".", "index.", ".handler", "index.py/handler")
        ),
        (
            lambda s: own(s, timeout=Duration.millis(1500)),
            "timeout of function 'Own' must be in whole seconds, got 1.5",
        ),
        (
            lambda s: api(s).add_stream("chat", timeout=Duration.millis(60.5)),
            "timeout of stream '/chat' must be in whole milliseconds, got 60.5",
        ),
        (
            lambda s: keys(s, keys_ttl=Duration.millis(1500)),
            "keys_ttl of authorizer 'Keys' must be in whole seconds, got 1.5",
        ),
        (
            lambda s: StreamStore(s, "Store", ttl=Duration.seconds(90.5)),
            "ttl must be in whole seconds, got 90.5",
        ),
        *(
            (
                lambda s, size=size: own(s, ephemeral_storage=size(s)),
                "ephemeral_storage of function 'Own' must be in whole MiB; give it as Size.mebibytes(...)",
            )
            for size in (gibibytes, lambda _: Size.kibibytes(600_001))
        ),
        (
            lambda s: keys(s, runtime=lambda_.Runtime.NODEJS_24_X),
            "runtime of authorizer 'Keys' must be a managed Python runtime, 3.10 or later, got nodejs24.x",
        ),
        (
            lambda s: StreamingLayer.of(s, compiled_for=lambda_.Runtime.PYTHON_3_8),
            "layer 'LambdaStreamingLayerpython3.8' must be a managed Python runtime, 3.10 or later, "
            "got python3.8",
        ),
        *(
            (
                lambda s, name=name: rollout(s, alias_name=name),
                f"must be 1 to 128 of A-Z, a-z, 0-9, '_' and '-', and no number, got '{name}'",
            )
            for name in ("", "$LATEST", "12", "a b")
        ),
        *(
            (
                lambda s, number=number: rollout(s, provisioned_concurrent_executions=number),
                f"provisioned_concurrent_executions of rollout 'Rollout' must be 1 or more, got {number}",
            )
            for number in (0, 1.5)
        ),
        (
            lambda s: twice(partial(api(s).add_web_acl, WEB_ACL)),
            "the API has a web ACL already; a stage takes one",
        ),
        (
            lambda s: twice(api(s).add_managed_web_acl),
            "the API has a web ACL already; a stage takes one",
        ),
        (
            lambda s: twice(partial(keys(s).add_api_key, "default")),
            "client 'default' has an API key already; define one for each client",
        ),
        *(
            (
                lambda s, kind=kind: api(s).add_stream("chat", authorizer=keys(s), authorization_type=kind),
                "leave authorization_type out, or the authorizer",
            )
            for kind in (apigateway.AuthorizationType.IAM, apigateway.AuthorizationType.NONE)
        ),
    ],
)
def test_value_that_aws_would_refuse_is_refused(
    stack: cdk.Stack, build: Callable[[cdk.Stack], object], says: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        build(stack)
    assert str(refused.value).endswith(says)

"""Warn at the start of how the gateway differs from the deployment."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ...loopback import is_loopback
from ..application import Api, Application, CognitoAuthorizer, LambdaAuthorizer, Route, UnsupportedIntegration
from ..functions.node import NodeRuntimes
from ..functions.runtimes import Launcher, LaunchError
from .authorizers.cognito import issuer
from .authorizers.iam import Access


def access_warnings(application: Application, access: Access, host: str) -> Iterator[str]:
    """Yield a line for each way in which requests are answered otherwise than by the deployment.

    :param host: where the gateway listens
    """
    if not is_loopback(host):
        yield (
            f"warning: listening on {host}, not only on loopback: whoever reaches it can call these APIs and "
            "run these functions with your credentials"
        )
    if not access.enforced:
        yield "warning: --no-auth: every authorizer is off"
    for api in application.apis:
        for route in api.routes:
            if isinstance(route.integration, UnsupportedIntegration):
                yield f"warning: {route.method} {route.path} is not served: {route.integration.reason}"
            elif access.enforced and not is_authorized_locally(route):
                yield f"warning: {route.method} {route.path}: its authorization is not supported locally"
        for pool in user_pools(api):
            yield user_pool_hint(pool, access)
        for plan in api.usage_plans:
            for key in plan.keys:
                if key.value.startswith(f"local-{key.id}"):
                    yield f"API key {key.id} has the value {key.value}"
    for url in application.urls:
        if isinstance(url.function, UnsupportedIntegration):
            yield f"warning: function URL {url.id} is not served: {url.function.reason}"
        if url.has_distribution:
            yield (
                f"warning: function URL {url.id} is served without its distribution of CloudFront: sign "
                "requests to it yourself"
            )


def is_authorized_locally(route: Route) -> bool:
    """Tell whether the gateway can authorize requests to a route."""
    known = isinstance(route.authorizer, (LambdaAuthorizer, CognitoAuthorizer))
    return known or route.authorization in ("NONE", "AWS_IAM")


def user_pools(api: Api) -> list[str]:
    """Return the ARNs of the user pools that the authorizers of an API trust."""
    found = [r.authorizer.pools for r in api.routes if isinstance(r.authorizer, CognitoAuthorizer)]
    return sorted({pool for pools in found for pool in pools})


def user_pool_hint(pool: str, access: Access) -> str:
    """Return what a developer has to know to get past an authorizer of a user pool."""
    if access.jwks or not access.enforced:
        return f"tokens of {pool} name the issuer {issuer(pool)}"
    return f"warning: no token of {pool} can be verified; start with --jwks or --no-auth"


async def prepare_runtimes(application: Application, launcher: Launcher, node: NodeRuntimes) -> list[str]:
    """Install what the runtimes need before the first request, and return what differs from Lambda."""
    lines = []
    others: dict[tuple[str, str | None], list[str]] = {}
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for function in application.functions:
        try:
            await launcher.launch(function)
        except LaunchError as error:
            lines.append(f"warning: {function.name} cannot run: {error}")
            continue
        mine: str | None = python
        if function.runtime.startswith("nodejs"):
            mine = node.difference(function.runtime)
        if function.runtime.startswith(("python", "nodejs")) and mine not in (None, function.runtime):
            others.setdefault((function.runtime, mine), []).append(function.name)
    for (runtime, mine), names in others.items():
        is_for, runs = ("is for", "runs") if len(names) == 1 else ("are for", "run")
        lines.append(f"warning: {', '.join(names)} {is_for} {runtime}, and {runs} with {mine}")
    return lines

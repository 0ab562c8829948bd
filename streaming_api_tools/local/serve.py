"""Wires the parts of the gateway together and runs them until it is told to stop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from .application import Api, Application, CognitoAuthorizer, LambdaAuthorizer, Secret, UnsupportedIntegration
from .functions.node import NodeRuntimes
from .functions.node.install import NodeCache
from .functions.pool import FunctionRunner
from .functions.runtimes import Launcher, LaunchError
from .gateway.authorizers.cognito import issuer
from .gateway.authorizers.iam import Access
from .gateway.integrations.http_proxy import HttpProxy
from .gateway.lambda_api import LambdaApi
from .gateway.server import Gateway, listen
from .http.address import LOOPBACK, authority, wider_binding
from .limits import Limits
from .services.bedrock.openai import OpenAiModel
from .services.bedrock.server import BedrockServer, BedrockStandin
from .services.secrets_manager import SecretsServer

#: Functions that are told one of these have a Secrets Manager.
SECRETS_ENDPOINTS = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"}


@dataclass(frozen=True)
class Settings:
    """How an application is served.

    :param port: 0 for a free one
    :param environment: variables that every function gets: credentials and endpoints
    :param host: where it listens; beyond loopback, whoever reaches it can run the functions
    :param token_delay: seconds between the tokens of the Bedrock stand-in; None for no stand-in
    :param openai_url: base URL of an OpenAI-compatible server that speaks for Bedrock instead of the stand-in
    :param openai_model: which of its models. Default: - the first
    :param backends: where hosts of HTTP integrations are that are not reachable from here
    :param commands: command lines of the user's own for functions, by the name of the function
    :param secrets: whether functions get the secrets of the template from here, or from what they are told
    :param cache: where the runtime client of Node.js and the SDK are installed when a function needs them
    """

    access: Access
    log: Callable[[str], None]
    access_log: Callable[[str], None]
    port: int = 0
    host: str = LOOPBACK
    environment: Mapping[str, str] = field(default_factory=dict)
    token_delay: float | None = 0.04
    openai_url: str | None = None
    openai_model: str | None = None
    limits: Limits = field(default_factory=Limits)
    backends: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    secrets: bool = True
    cache: Path = Path(".cache/streaming-api")


async def serve(
    application: Application, settings: Settings, ready: Callable[[str], None], stop: asyncio.Event
) -> None:
    """Serve until ``stop`` is set; whatever was started is gone afterwards.

    :param ready: called with the URL once connections are accepted
    :raises OSError: when the port is taken
    """
    async with AsyncExitStack() as running:
        environment = dict(settings.environment)
        if (bedrock := bedrock_server(settings)) is not None:
            environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = await bedrock.start()
            running.push_async_callback(bedrock.close)
        if secrets := secrets_to_serve(application, settings):
            server = SecretsServer(secrets)
            environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = await server.start()
            running.push_async_callback(server.close)
        node = NodeRuntimes(NodeCache(settings.cache, settings.log))
        launcher = Launcher(node, settings.commands)
        runner = FunctionRunner(application.region, launcher, environment, settings.log, settings.limits)
        running.push_async_callback(runner.close)
        proxy = HttpProxy(settings.limits, settings.backends, settings.log)
        running.push_async_callback(proxy.close)
        gateway = Gateway(
            application, runner, settings.access, settings.log, settings.access_log, settings.limits, proxy
        )
        lambda_api = LambdaApi(application, runner, settings.access, settings.log)
        http = await listen(gateway, lambda_api, settings.host, settings.port)
        running.push_async_callback(http.cleanup)
        for warning in (
            *wider_binding(settings.host),
            *warnings(application, settings.access),
            *(f"secret {secret.id} has the value {secret.value}" for secret in secrets if secret.made_up),
            *await prepare(application, launcher, node),
        ):
            settings.log(warning)
        ready(f"http://{authority(settings.host, http.addresses[0][1])}")
        await stop.wait()


def bedrock_server(settings: Settings) -> BedrockServer | None:
    """Return what the functions get for Bedrock, None for the service itself."""
    if settings.openai_url is not None:
        return BedrockServer(OpenAiModel(settings.openai_url, settings.openai_model))
    if settings.token_delay is None:
        return None
    delay = settings.token_delay
    return BedrockStandin(pace=lambda _: asyncio.sleep(delay))


def secrets_to_serve(application: Application, settings: Settings) -> tuple[Secret, ...]:
    """Return what functions get from here instead of from AWS Secrets Manager."""
    elsewhere = settings.environment.keys() & SECRETS_ENDPOINTS
    return application.secrets if settings.secrets and not elsewhere else ()


def warnings(application: Application, access: Access) -> list[str]:
    """Return what the developer should know about how this differs from the deployment."""
    lines = [] if access.enforced else ["warning: --no-auth: every authorizer is off"]
    for api in application.apis:
        for route in api.routes:
            if isinstance(route.integration, UnsupportedIntegration):
                lines.append(
                    f"warning: {route.method} {route.path} is not served: {route.integration.reason}"
                )
            elif access.enforced and (
                route.authorization not in ("NONE", "AWS_IAM")
                and not isinstance(route.authorizer, (LambdaAuthorizer, CognitoAuthorizer))
            ):
                lines.append(
                    f"warning: {route.method} {route.path}: its authorization is not supported locally"
                )
        lines += [cognito_needs(pool, access) for pool in user_pools(api)]
        lines += [
            f"API key {key.id} has the value {key.value}"
            for plan in api.usage_plans
            for key in plan.keys
            if key.value.startswith(f"local-{key.id}")
        ]
    return lines


def user_pools(api: Api) -> list[str]:
    """Return the ARNs of the user pools that the authorizers of an API trust."""
    found = [r.authorizer.pools for r in api.routes if isinstance(r.authorizer, CognitoAuthorizer)]
    return sorted({pool for pools in found for pool in pools})


def cognito_needs(pool: str, access: Access) -> str:
    """Return what a developer has to know to get past an authorizer of a user pool."""
    if access.jwks or not access.enforced:
        return f"tokens of {pool} name the issuer {issuer(pool)}"
    return f"warning: no token of {pool} can be verified; start with --jwks or --no-auth"


async def prepare(application: Application, launcher: Launcher, node: NodeRuntimes) -> list[str]:
    """Get what the runtimes need, so that no request waits for it; return what will not be as on Lambda."""
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

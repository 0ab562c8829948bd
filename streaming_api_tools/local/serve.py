"""Wire the parts of the gateway together and run them until it is told to stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from .application import Application, Secret, Table
from .functions.node import NodeRuntimes
from .functions.node.install import NodeCache
from .functions.pool import FunctionPool
from .functions.runtimes import Launcher
from .gateway.authorizers.iam import Access
from .gateway.function_urls import FunctionUrls, local_url
from .gateway.guard import Guard
from .gateway.integrations.http_proxy import HttpProxy
from .gateway.integrations.lambda_proxy import LambdaProxy
from .gateway.lambda_api import LambdaApi
from .gateway.request.routing import Router
from .gateway.server import Gateway, listen
from .gateway.startup_warnings import access_warnings, prepare_runtimes
from .http.address import LOOPBACK, authority
from .http.limits import Limits
from .http.own_urls import OwnUrls
from .services.bedrock.openai import OpenAiModel
from .services.bedrock.server import BedrockServer, BedrockStandin
from .services.dynamodb import DynamoDB
from .services.secrets_manager import SecretsServer

#: Functions that are told one of these have a Secrets Manager.
SECRETS_ENDPOINTS = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"}
#: Functions that are told one of these have a DynamoDB.
TABLE_ENDPOINTS = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"}
LENIENT = "--bedrock-lenient: the stand-in for Bedrock also answers requests that Bedrock refuses"


@dataclass(frozen=True)
class Settings:
    """The options that an application is served with.

    :param port: 0 for a free one
    :param environment: variables that every function gets: credentials and endpoints
    :param host: where it listens; beyond loopback, whoever reaches it can run the functions
    :param token_delay: seconds between the tokens of the Bedrock stand-in; None for no stand-in
    :param openai_url: base URL of an OpenAI-compatible server that speaks for Bedrock instead of the stand-in
    :param openai_model: one of its models. Default: - the first
    :param bedrock_lenient: whether requests are answered that Bedrock would refuse
    :param backends: where hosts of HTTP integrations are that are not reachable from here
    :param commands: command lines of the user's own for functions, by the name of the function
    :param secrets: whether functions get the secrets of the template from here, or from what they are told
    :param cut_failed: whether a response is cut whose function reports an error in its trailers
    :param allow_hosts: names that it is called by, beside the address that it listens on
    :param allow_origins: of pages that may send requests that nothing authorizes
    :param cache: where the runtime client of Node.js, the SDK and ministack are installed when needed
    :param ministack: a ministack that is installed already, for its DynamoDB. Default: - the one in ``cache``
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
    bedrock_lenient: bool = False
    limits: Limits = field(default_factory=Limits)
    backends: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    secrets: bool = True
    cut_failed: bool = False
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    cache: Path = Path(".cache/streaming-api")
    ministack: Path | None = None


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
        if tables := tables_to_serve(application, settings):
            dynamodb = DynamoDB(tables, application.region, settings.cache, settings.log, settings.ministack)
            try:
                environment["AWS_ENDPOINT_URL_DYNAMODB"] = await dynamodb.start()
                running.push_async_callback(dynamodb.close)
            except OSError as error:
                settings.log(f"no stream is kept: {error}")
        node = NodeRuntimes(NodeCache(settings.cache, settings.log))
        launcher = Launcher(node, settings.commands)
        pool = FunctionPool(
            application.region,
            launcher,
            environment,
            settings.log,
            settings.limits,
            application.functions,
            own_urls := OwnUrls(),
        )
        running.push_async_callback(pool.close)
        proxy = HttpProxy(settings.limits, settings.backends, settings.log)
        running.push_async_callback(proxy.close)
        guard = Guard(settings.host, settings.allow_hosts, settings.allow_origins)
        gateway = Gateway(
            application,
            pool,
            settings.access,
            settings.log,
            settings.access_log,
            settings.limits,
            LambdaProxy(pool, settings.limits, settings.log, cut_failed=settings.cut_failed),
            proxy,
            guard,
            own_urls,
        )
        lambda_api = LambdaApi(application, pool, settings.access, settings.log, guard)
        urls = FunctionUrls(
            application,
            pool,
            settings.access,
            settings.limits,
            settings.log,
            guard,
            cut_failed=settings.cut_failed,
        )
        http = await listen(gateway, lambda_api, urls, settings.host, settings.port)
        running.push_async_callback(http.cleanup)
        for warning in (
            *([LENIENT] if settings.bedrock_lenient else []),
            *access_warnings(application, settings.access, settings.host),
            *(f"secret {secret.id} has the value {secret.value}" for secret in secrets if secret.made_up),
            *await prepare_runtimes(application, launcher, node),
        ):
            settings.log(warning)
        address = f"http://{authority(settings.host, http.addresses[0][1])}"
        gateway.learn_urls(address)
        for each in application.urls:
            settings.log(f"function URL {each.id} is {local_url(each, address)}")
        ready(address)
        await stop.wait()


def announcement(application: Application, url: str) -> dict[str, object]:
    """Return what ``--json`` says of a gateway that accepts connections.

    :param url: of the gateway
    """
    routes = [
        {"method": route.method, "url": f"{stage_url}{route.path}", "authorization": route.authorization}
        for api, _, stage_url in Router(application).urls(url)
        for route in api.routes
    ]
    urls = [
        {
            "id": each.id,
            "url": local_url(each, url),
            "authorization": each.authorization,
            "invoke_mode": "RESPONSE_STREAM" if each.streams else "BUFFERED",
        }
        for each in application.urls
    ]
    said = {"url": url, "region": application.region, "routes": routes, "function_urls": urls}
    return {**said, "pid": os.getpid()}


def bedrock_server(settings: Settings) -> BedrockServer | None:
    """Return the Bedrock of the functions, None for the service itself."""
    if settings.openai_url is not None:
        model = OpenAiModel(settings.openai_url, settings.openai_model)
        return BedrockServer(model, lenient=settings.bedrock_lenient, log=settings.log)
    if settings.token_delay is None:
        return None
    delay = settings.token_delay
    return BedrockStandin(
        pace=lambda _: asyncio.sleep(delay), lenient=settings.bedrock_lenient, log=settings.log
    )


def secrets_to_serve(application: Application, settings: Settings) -> tuple[Secret, ...]:
    """Return the secrets that functions get from here instead of from AWS Secrets Manager."""
    elsewhere = settings.environment.keys() & SECRETS_ENDPOINTS
    return application.secrets if settings.secrets and not elsewhere else ()


def tables_to_serve(application: Application, settings: Settings) -> tuple[Table, ...]:
    """Return the tables that functions have here instead of in Amazon DynamoDB."""
    elsewhere = settings.environment.keys() & TABLE_ENDPOINTS
    return application.tables if settings.secrets and not elsewhere else ()

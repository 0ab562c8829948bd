"""Compares what a stage serves with what is configured: a method that was changed and not deployed is stale.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html: a change of a method is
live only with the next deployment. GetExport answers from the stage, GetResources from the configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Protocol
from urllib.parse import urlsplit

REST_API = re.compile(r"([a-z0-9]{10})\.execute-api\.([a-z0-9-]+)\.")
BUFFERED = "BUFFERED"


@dataclass(frozen=True)
class StageRoute:
    """One method of a stage.

    :param region: the one in the host name. Default: - the configured one
    """

    api: str
    stage: str
    path: str
    method: str = "POST"
    region: str | None = None


@dataclass(frozen=True)
class Integration:
    """The properties of an integration that decide how a method answers."""

    transfer_mode: str
    uri: str
    timeout_ms: int | None

    def differences(self, other: Integration) -> list[str]:
        """Return how another integration differs, one phrase each."""
        pairs = {
            "responseTransferMode": (self.transfer_mode, other.transfer_mode),
            "uri": (self.uri, other.uri),
            "timeoutInMillis": (self.timeout_ms, other.timeout_ms),
        }
        return [f"{name} {ours} but {theirs}" for name, (ours, theirs) in pairs.items() if ours != theirs]


class StageClient(Protocol):
    """The part of the API Gateway client that is asked."""

    def get_export(
        self, *, restApiId: str, stageName: str, exportType: str, parameters: Mapping[str, str], accepts: str
    ) -> Mapping[str, IO[bytes]]:
        """Return the OpenAPI document of a stage."""

    def get_resources(
        self, *, restApiId: str, embed: Sequence[str], limit: int
    ) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return the resources of an API."""


def route_of(url: str) -> StageRoute | None:
    """Return the method that an ``execute-api`` URL leads to, or None for any other host.

    >>> route_of("https://abcdefghij.execute-api.eu-west-1.amazonaws.com/prod/probe")
    Route(api='abcdefghij', stage='prod', path='/probe', method='POST', region='eu-west-1')
    """
    parts = urlsplit(url)
    found = REST_API.match(parts.hostname or "")
    stage, _, path = parts.path.lstrip("/").partition("/")
    return StageRoute(found.group(1), stage, f"/{path}", region=found.group(2)) if found and stage else None


def deployed(route: StageRoute, apigateway: StageClient) -> Integration | None:
    """Return the integration that the stage serves, or None when the method is not in it."""
    export = apigateway.get_export(
        restApiId=route.api,
        stageName=route.stage,
        exportType="oas30",
        parameters={"extensions": "integrations"},
        accepts="application/json",
    )
    paths = json.loads(export["body"].read())["paths"]
    method = paths.get(route.path, {}).get(route.method.lower(), {})
    return _integration(method.get("x-amazon-apigateway-integration"))


def configured(route: StageRoute, apigateway: StageClient) -> Integration | None:
    """Return the integration that the next deployment would serve, or None when there is no such method."""
    found = apigateway.get_resources(restApiId=route.api, embed=["methods"], limit=500)
    for resource in found["items"]:
        methods = resource.get("resourceMethods", {})
        if resource.get("path") == route.path and isinstance(methods, Mapping):
            return _integration(methods.get(route.method, {}).get("methodIntegration"))
    return None


def stale(live: Integration | None, next_one: Integration | None) -> str:
    """Return the difference between the stage and the configuration; empty when there is none."""
    if next_one is None or live == next_one:
        return ""
    if live is None:
        return "the method is configured, but not in what the stage serves"
    return "the stage serves " + ", ".join(
        f"{difference} is configured" for difference in live.differences(next_one)
    )


def _integration(fields: object) -> Integration | None:
    if not isinstance(fields, Mapping):
        return None
    mode = str(fields.get("responseTransferMode", BUFFERED))
    timeout = fields.get("timeoutInMillis")
    return Integration(mode, str(fields.get("uri", "")), int(timeout) if timeout is not None else None)

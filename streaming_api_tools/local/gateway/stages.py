"""Which API and stage a request is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..application import Api, Application, Stage
from .request.errors import GatewayError
from .request.proxy_event import HttpRequest

#: The host of an API: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.", re.IGNORECASE)
#: The same in the path, for clients that cannot resolve such a host; local AWS emulators have it as well.
PREFIX = re.compile(r"/_aws/execute-api/(?P<api>[a-z0-9]+)(?=/)")


class Stages:
    """The stages of an application by the URLs that they are at."""

    def __init__(self, application: Application) -> None:
        self._all = [(api, stage) for api in application.apis for stage in api.stages]

    def find(self, request: HttpRequest) -> tuple[Api, Stage, HttpRequest, str]:
        """Return API and stage, the request without a prefix before the stage, and the path below the stage.

        :raises GatewayError: when there is no such stage, or several
        """
        prefix = PREFIX.match(request.path)
        if prefix:
            request = request.below(prefix[0])
        named = prefix or HOST.match(request.header("Host") or "")
        name, _, rest = request.path.removeprefix("/").partition("/")
        found = [
            (api, stage)
            for api, stage in self._all
            if stage.name == name and (not named or api.id == named["api"].lower())
        ]
        if not found:
            raise GatewayError("ACCESS_DENIED", detail=f"no stage {name!r}")
        if len(found) > 1:
            urls = ", ".join(f"{api.name} is at /_aws/execute-api/{api.id}/{name}" for api, _ in found)
            detail = f"several APIs have a stage {name}: {urls}"
            raise GatewayError("ACCESS_DENIED", detail=detail)
        return (*found[0], request, f"/{rest}")

    def urls(self, root: str) -> Iterator[tuple[Api, Stage, str]]:
        """Yield each stage with its URL: the short one, unless several APIs have a stage of the name.

        :param root: the URL of the gateway
        """
        names = [stage.name for _, stage in self._all]
        for api, stage in self._all:
            short = names.count(stage.name) == 1
            yield (
                api,
                stage,
                f"{root}/{stage.name}" if short else f"{root}/_aws/execute-api/{api.id}/{stage.name}",
            )

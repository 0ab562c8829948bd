"""Serves a local gateway while tests run."""

from __future__ import annotations

import asyncio
import json as json_module
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.credentials import Credentials

from ..client.moments import Request
from ..client.sigv4 import Signer
from ..local.application import Api, Application
from ..local.functions.environment_variables import LOCAL_CREDENTIALS
from ..local.gateway.authorizers.iam import Access, Keys
from ..local.gateway.request.routing import Router, match
from ..local.serve import Settings, serve
from .background import Background
from .response import StreamedResponse

#: Seconds without a byte after which a test has waited enough.
TIMEOUT = 30.0
ACCESS_KEY, SECRET_KEY = LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"], LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"]


@dataclass(frozen=True)
class ServeOptions:
    """Options for serving an application to tests.

    :param environment: variables that every function gets
    :param backends: where hosts of HTTP integrations are
    :param cache: where Node.js packages are kept
    :param api: name of the API that the tests are for. Default: the first with the stage
    :param stage: the stage that paths are below. Default: the first
    """

    environment: Mapping[str, str]
    backends: Mapping[str, str]
    cache: Path
    api: str | None = None
    stage: str | None = None


class Gateway:
    """An API as its clients see it: ``url`` is that of its stage.

    :raises ValueError: when the application has no such API or stage
    """

    def __init__(self, background: Background, application: Application, options: ServeOptions) -> None:
        self._api, path = _choose(application, options.api, options.stage)
        self.log: list[str] = []
        self.access_log: list[str] = []
        self._background = background
        self._signer = Signer(Credentials(ACCESS_KEY, SECRET_KEY), application.region)
        settings = Settings(
            access=Access(Keys(ACCESS_KEY, SECRET_KEY)),
            log=self._note,
            access_log=self.access_log.append,
            environment=options.environment,
            token_delay=None,
            backends=options.backends,
            cache=options.cache,
        )
        self._stop, self._serving, root = background.run(_start(application, settings))
        self.url = root + path

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        signed: bool | None = None,
        timeout: float = TIMEOUT,
    ) -> StreamedResponse:
        """Send a request and return its response, of which nothing may have arrived yet.

        :param path: below the stage, such as ``/chat?format=text``
        :param json: a body that is sent as JSON. Default: ``body`` is sent
        :param signed: whether it has a SigV4 signature. Default: when the route has IAM authorization
        :param timeout: seconds without a byte after which reading fails. Default: 30
        :raises ValueError: for a path that does not begin with a slash
        """
        if not path.startswith("/"):
            raise ValueError(f"path must begin with '/', got {path!r}")
        fields = dict(headers or {})
        if json is not None:
            body = json_module.dumps(json).encode()
            fields.setdefault("Content-Type", "application/json")
        request = Request(self.url + path, body, fields, method)
        if signed is None:
            found = match(self._api.routes, method, path.partition("?")[0])
            signed = found is not None and found[0].authorization == "AWS_IAM"
        return StreamedResponse(self._signer.sign(request) if signed else request, timeout)

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> StreamedResponse:
        """Send a GET request."""
        return self.request("GET", path, headers=headers)

    def post(
        self, path: str, *, json: object = None, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> StreamedResponse:
        """Send a POST request."""
        return self.request("POST", path, json=json, body=body, headers=headers)

    def close(self) -> None:
        """Stop serving, and with it every function."""
        self._background.call(self._stop.set)
        self._background.run(_finish(self._serving))

    def _note(self, line: str) -> None:
        self.log.append(line)
        # pytest shows it with the test that fails
        print(line, file=sys.stderr)


async def _start(
    application: Application, settings: Settings
) -> tuple[asyncio.Event, asyncio.Task[None], str]:
    """Start to serve and return how to stop it, what runs until then, and the URL."""
    stop, url = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(application, settings, url.set_result, stop))
    await asyncio.wait((url, serving), return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    return stop, serving, url.result()


async def _finish(serving: asyncio.Task[None]) -> None:
    await serving


def _choose(application: Application, name: str | None, stage: str | None) -> tuple[Api, str]:
    """Return an API and the path of its stage."""
    there = []
    for api, found, path in Router(application).urls(""):
        if name in (None, api.name) and stage in (None, found.name):
            return api, path
        there.append(f"{found.name} of {api.name}")
    wanted = f"stage {stage}" if stage else "stage"
    raise ValueError(f"there is no {wanted} of {name or 'any API'}; there is {', '.join(there) or 'none'}")

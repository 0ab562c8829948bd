"""Shares between the tests of one session: the thread, the model, and a gateway for each application."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from ..local.application import Application
from ..local.functions.environment_variables import LOCAL_CREDENTIALS
from ..local.templates.cloud_assembly import load_assembly, load_template
from .background import Background
from .bedrock import Bedrock
from .gateway import Gateway, ServeOptions


class CloudAssembly(Protocol):
    """The result of ``App.synth()``."""

    @property
    def directory(self) -> str:
        """The directory that it was written to."""


class ConstructNode(Protocol):
    """``Stack.node``."""

    @property
    def root(self) -> object:
        """The app that the stack is in."""


class CdkStack(Protocol):
    """An ``aws_cdk.Stack``; this package never imports the CDK, and does not need to."""

    @property
    def stack_name(self) -> str:
        """The name of the stack."""

    @property
    def node(self) -> ConstructNode:
        """Its place in the tree."""


class StreamingGateway:
    """The fixture ``streaming_gateway``: call it with the source to serve.

    It serves each source once in a session, so functions stay warm from test to test as they do on Lambda.
    """

    def __init__(self, background: Background, bedrock: Bedrock, scratch: Path, cache: Path) -> None:
        self._background = background
        self._bedrock = bedrock
        self._scratch = scratch
        self._cache = cache
        # with their sources, so that no other object gets the identity of one
        self._gateways: dict[object, tuple[object, Gateway]] = {}

    def __call__(
        self,
        source: CdkStack | str | os.PathLike[str],
        *,
        stack: str | None = None,
        api: str | None = None,
        stage: str | None = None,
        environment: Mapping[str, str] | None = None,
        backends: Mapping[str, str] | None = None,
        region: str = "us-east-1",
    ) -> Gateway:
        """Return a gateway, started when the same was not asked for before.

        :param source: a CDK stack, whose app is synthesized; a ``cdk.out``; or a template file
        :param stack: the stack of a ``cdk.out``. Default: the only one with a REST API
        :param api: the name of the API that paths are of. Default: the first
        :param stage: the stage of the API. Default: the first
        :param environment: variables for every function. Default: none beside those of the template
        :param backends: where servers of HTTP integrations are, by host. Default: where their names say
        :param region: the region of a stack that names none. Default: us-east-1
        :raises SourceError: when the source cannot be read
        :raises ValueError: when it has no such API or stage
        """
        environment, backends = environment or {}, backends or {}
        identity = str(Path(source).resolve()) if isinstance(source, (str, os.PathLike)) else id(source)
        key = (identity, stack, api, stage, *sorted(environment.items()), *sorted(backends.items()), region)
        if key not in self._gateways:
            # also one that cannot be read leaves what was unpacked of it
            scratch = Path(tempfile.mkdtemp(dir=self._scratch))
            application = _load(source, stack, region, scratch)
            variables = {
                **LOCAL_CREDENTIALS,
                "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self._bedrock.endpoint_url,
                **environment,
            }
            options = ServeOptions(variables, backends, self._cache, api, stage)
            self._gateways[key] = source, Gateway(self._background, application, options)
        return self._gateways[key][1]

    def close(self) -> None:
        """Stop every gateway."""
        for _, gateway in self._gateways.values():
            gateway.close()


class Local:
    """The session's own; ends with everything that it started."""

    def __init__(self, cache: Path) -> None:
        self._running = ExitStack()
        background = Background()
        self._running.callback(background.close)
        scratch = self._running.enter_context(tempfile.TemporaryDirectory(prefix="streaming-api-"))
        self.bedrock = Bedrock(background)
        self._running.callback(self.bedrock.close)
        self.gateways = StreamingGateway(background, self.bedrock, Path(scratch), cache)
        self._running.callback(self.gateways.close)

    def close(self) -> None:
        """Stop everything."""
        self._running.close()


def _load(
    source: CdkStack | str | os.PathLike[str], stack: str | None, region: str, scratch: Path
) -> Application:
    if not isinstance(source, (str, os.PathLike)):
        return load_assembly(synthesize(source), source.stack_name, region, scratch)
    path = Path(source)
    return (
        load_template(path, region, scratch)
        if path.is_file()
        else load_assembly(path, stack, region, scratch)
    )


def synthesize(stack: CdkStack) -> Path:
    """Return the cloud assembly of the app that a stack is in.

    :raises TypeError: when it is in no app
    """
    root = stack.node.root
    synth = getattr(root, "synth", None)
    if synth is None:
        raise TypeError(f"{stack.stack_name} must be in an App to be synthesized, its root is {root!r}")
    assembly: CloudAssembly = synth()
    return Path(assembly.directory)

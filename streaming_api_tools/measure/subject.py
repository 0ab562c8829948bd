"""Resolves TARGET, in the account if need be, and collects what else is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..aws import Account, asking
from ..client.moments import HTTP_1_1
from ..errors import CouldNotRun
from ..options import URL, RouteUrl, find_signer
from .challenge import RecordedRun
from .function import FunctionTarget, Lambda
from .recorded import read_recording
from .resolve import (
    NAME,
    CloudFormationClient,
    DeployedStack,
    NamedFunction,
    find_stack,
    function_of,
    recording_of,
)
from .stage import StageRoute, route_of
from .targets import ApiTarget, ChallengeTarget


@dataclass(frozen=True)
class CallOptions:
    """The options that decide how requests are sent.

    :param body: sent instead of a challenge: the target is the chat route, or any other
    :param http_version: as :class:`~streaming_api_tools.client.moments.Request` has it
    """

    auth: str = "auto"
    region: str | None = None
    headers: Mapping[str, str] | None = None
    body: bytes | None = None
    function: str | None = None
    http_version: str = HTTP_1_1

    @property
    def route(self) -> str:
        """The route that is meant where only a stage or a stack is named; its outputs begin with it."""
        return "probe" if self.body is None else "chat"


@dataclass(frozen=True)
class Subject:
    """The target of a test, and what is known about it.

    :param recorded: the challenges that a file of exchanges answers
    :param function: the function behind the API, to compare with
    :param route: the method in API Gateway, to look up
    """

    target: ChallengeTarget
    recorded: tuple[RecordedRun, ...] = ()
    function: FunctionTarget | None = None
    route: StageRoute | None = None
    stack: DeployedStack | None = None


def is_target(text: str) -> bool:
    """Tell whether ``text`` can name a target."""
    return bool(URL.fullmatch(text) or recording_of(text) or function_of(text) or NAME.fullmatch(text))


def locate(text: str, access: CallOptions) -> Subject:
    """Return the subject that ``text`` names.

    :raises CouldNotRun: when nothing has that name, or AWS does not answer
    """
    if path := recording_of(text):
        return _recording(path)
    if URL.fullmatch(text):
        return _api(RouteUrl(access.route).convert(text, None, None), access)
    if named := function_of(text):
        return Subject(function_target(named, access))
    with Account(access.region) as account, asking(f"CloudFormation does not say whether {text} is a stack"):
        cloudformation = account.client(CloudFormationClient, "cloudformation")  # type: ignore[type-abstract]
        stack = find_stack(text, cloudformation)
        if stack is None:
            return Subject(function_target(NamedFunction(text), access))
        output = f"{access.route.title()}Url"
        url = stack.output(output)
        if not url:
            raise CouldNotRun(f"the stack {text} has no output {output}; pass the URL of the route")
        if not URL.fullmatch(url):
            raise CouldNotRun(f"the output {output} of the stack {text} is not an http or https URL: {url}")
        route = route_of(url) or _route_in(cloudformation, stack, url)
    return _api(url, access, stack, route)


def function_target(named: NamedFunction, access: CallOptions, path: str = "") -> FunctionTarget:
    """Return a function as a target; each invocation gets a client with the patience that it needs."""
    account = Account(named.region or access.region)

    def connect(idle: float) -> Lambda:
        with asking(f"{named.function} cannot be invoked"):
            return account.client(Lambda, "lambda", read_timeout=idle)  # type: ignore[type-abstract]

    path = path or f"/{access.route}"
    return FunctionTarget(connect, named.function, named.qualifier, access.body, path)


def _recording(path: Path) -> Subject:
    target, runs = read_recording(path)
    return Subject(target, runs)


def _api(
    url: str, access: CallOptions, stack: DeployedStack | None = None, route: StageRoute | None = None
) -> Subject:
    headers = access.headers or {}
    signer = find_signer(url, access.auth, access.region, dict(headers))
    name = access.function or (stack.output(f"{access.route.title()}FunctionName") if stack else None)
    function = None
    if name:
        function = function_target(function_of(name) or NamedFunction(name), access, urlsplit(url).path)
    target = ApiTarget(url, headers, signer, access.body, access.http_version)
    return Subject(target, (), function, route or route_of(url), stack)


def _route_in(cloudformation: CloudFormationClient, stack: DeployedStack, url: str) -> StageRoute | None:
    """Return the route of a URL that is not API Gateway's own: a custom domain, or the local gateway."""
    found = cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    ids = {each["ResourceType"]: each.get("PhysicalResourceId", "") for each in found}
    api, stage = ids.get("AWS::ApiGateway::RestApi"), ids.get("AWS::ApiGateway::Stage")
    if not api or not stage:
        return None
    return StageRoute(api, stage, urlsplit(url).path.removeprefix(f"/{stage}"))

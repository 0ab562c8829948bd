"""Judge distributions of CloudFront in front of function URLs that stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ...template.lenient_json import mapping, texts
from ..rule import Finding, Rule, Severity, check
from ..subjects.distributions import Behavior, UrlOrigin
from ..subjects.read import Subjects

_ACCESS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "private-content-restricting-access-to-lambda.html"
)
_NEEDED = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")

STREAM045 = Rule(
    "STREAM045",
    Severity.ERROR,
    "a function URL with AWS_IAM that refuses its distribution",
    "give the origin an origin access control of the type lambda that signs always, CloudFront both "
    "lambda:InvokeFunctionUrl and lambda:InvokeFunction, and the behavior the origin request policy "
    "AllViewerExceptHostHeader: everything else is answered with 403",
    _ACCESS,
)


@check(STREAM045, of="url_origins")
def refused_distribution(subjects: Subjects) -> Iterator[Finding]:
    """Yield the distributions whose requests a function URL refuses."""
    for origin in subjects.url_origins:
        if not origin.url.is_signed:
            continue
        for path, message in _refused(origin):
            yield STREAM045.found(origin.distribution, path, message)


def _refused(origin: UrlOrigin) -> Iterator[tuple[str, str]]:
    name = origin.url.resource.logical_id
    if not origin.has_access:
        yield origin.path, f"the origin has no origin access control, and {name} wants signatures"
        return
    if origin.access:
        config = mapping(origin.access.properties.get("OriginAccessControlConfig"))
        kind, behavior = texts(config, OriginAccessControlOriginType="lambda", SigningBehavior="always")
        if kind != "lambda" and "${" not in kind:
            yield origin.path, f"its origin access control has the type {kind}, and {name} is a function URL"
        if behavior == "never":
            yield origin.path, f"its origin access control never signs, and {name} wants signatures"
    missing = [each for each in _NEEDED if origin.actions is not None and each not in origin.actions]
    if missing:
        actions = " and ".join(missing)
        yield origin.path, f"CloudFront has no permission for {actions} on the function of {name}"
    for behind in origin.behaviors:
        if behind.forwards_host:
            yield behind.path, f"the policy AllViewer sends the viewer's host to {name}"


STREAM046 = Rule(
    "STREAM046",
    Severity.WARNING,
    "a distribution that may cache or compress a stream of a function URL",
    "take the cache policy CachingDisabled, and set Compress to false: what is collected or compressed on "
    "the way does not arrive as it is written",
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html",
)
_DOES: Mapping[str, Callable[[Behavior], bool]] = {
    "may cache": lambda behavior: behavior.may_cache,
    "compresses": lambda behavior: behavior.compresses,
}


@check(STREAM046, of="url_origins")
def cached_stream(subjects: Subjects) -> Iterator[Finding]:
    """Yield the behaviors that cache or compress."""
    for origin in subjects.url_origins:
        for behavior in origin.behaviors if origin.url.streams else ():
            does = [word for word, it in _DOES.items() if it(behavior)]
            if does:
                message = f"the behavior {' and '.join(does)} what {origin.url.resource.logical_id} streams"
                yield STREAM046.found(origin.distribution, behavior.path, message)


STREAM047 = Rule(
    "STREAM047",
    Severity.WARNING,
    "POST through origin access control to a function URL",
    "let each client send x-amz-content-sha256, the hash of the body in hexadecimal, which the SDKs of "
    "OpenAI and Anthropic do not; for them take a REST API",
    _ACCESS,
)


@check(STREAM047, of="url_origins")
def unsigned_payload(subjects: Subjects) -> Iterator[Finding]:
    """Yield the behaviors whose clients have to send the hash of the body."""
    for origin in subjects.url_origins:
        for behavior in origin.behaviors if origin.has_access and origin.url.is_signed else ():
            if behavior.takes_post:
                name = origin.url.resource.logical_id
                message = f"POST and PUT reach {name} only with x-amz-content-sha256 from the client"
                yield STREAM047.found(origin.distribution, behavior.path, message)

"""Read the distributions of CloudFront that have a function URL as an origin."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...template.lenient_json import Json, mapping, text, texts
from ...template.symbols import decoded
from .functions import Functions
from .resources import Resource, Resources
from .urls import FunctionUrl

#: Managed policies: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
#: using-managed-cache-policies.html and using-managed-origin-request-policies.html
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
_PRINCIPAL = "cloudfront.amazonaws.com"


@dataclass(frozen=True, eq=False)
class Behavior:
    """A cache behavior in front of a function URL.

    :param path: property path in the distribution
    :param takes_post: whether it passes on ``POST`` or ``PUT``
    :param may_cache: whether its cache policy is known to cache; one that is not known is not
    :param compresses: whether CloudFront may compress what it passes on
    :param forwards_host: whether the URL gets the host that the viewer asked for
    """

    path: str
    takes_post: bool
    may_cache: bool
    compresses: bool
    forwards_host: bool


@dataclass(frozen=True, eq=False)
class UrlOrigin:
    """A function URL as an origin of a distribution.

    :param distribution: the ``AWS::CloudFront::Distribution``
    :param path: property path of the origin
    :param has_access: whether it has an origin access control
    :param access: that, None when it is not in the app
    :param actions: that CloudFront may call on the function, None when it is not in the app
    """

    distribution: Resource
    path: str
    url: FunctionUrl
    has_access: bool
    access: Resource | None
    actions: frozenset[str] | None
    behaviors: Sequence[Behavior]


def read_origins(resources: Resources, functions: Functions, urls: Sequence[FunctionUrl]) -> list[UrlOrigin]:
    """Return every function URL that a distribution has as an origin."""
    found = resources.of("AWS::CloudFront::Distribution") if urls else ()
    return [each for it in found for each in _read(it, resources, functions, urls)]


def _read(
    distribution: Resource, resources: Resources, functions: Functions, urls: Sequence[FunctionUrl]
) -> Iterator[UrlOrigin]:
    config = mapping(distribution.properties.get("DistributionConfig"))
    written = mapping(mapping(distribution.as_written.get("Properties")).get("DistributionConfig"))
    origins, as_written = _listed(config.get("Origins")), _listed(written.get("Origins"))
    for index, (origin, raw) in enumerate(zip(origins, as_written, strict=False)):
        named = json.dumps(raw.get("DomainName"), default=str)
        for url in urls:
            if not _names(named, url.resource, distribution):
                continue
            access = origin.get("OriginAccessControlId")
            yield UrlOrigin(
                distribution,
                distribution.at(f"DistributionConfig.Origins.{index}"),
                url,
                bool(access),
                resources.referenced(access),
                _actions(resources, functions, url),
                list(_behaviors(distribution, config, text(origin.get("Id")), resources)),
            )


def _names(domain_name: str, url: Resource, distribution: Resource) -> bool:
    template, _, name = url.key.partition("#")
    own = decoded(name) if "%" in name else name
    same = distribution.key.startswith(f"{template}#")
    return same and (f'["{own}", "FunctionUrl"]' in domain_name or f"{own}.FunctionUrl" in domain_name)


def _behaviors(
    distribution: Resource, config: Mapping[str, Json], origin: str, resources: Resources
) -> Iterator[Behavior]:
    default = config.get("DefaultCacheBehavior")
    all_of_them = [("DefaultCacheBehavior", mapping(default))]
    others = _listed(config.get("CacheBehaviors"))
    all_of_them += [(f"CacheBehaviors.{index}", other) for index, other in enumerate(others)]
    for path, behavior in all_of_them:
        if behavior.get("TargetOriginId") != origin:
            continue
        policy, may_cache = behavior.get("CachePolicyId"), _may_cache(behavior, resources)
        methods = behavior.get("AllowedMethods")
        yield Behavior(
            distribution.at(f"DistributionConfig.{path}"),
            isinstance(methods, list) and not {"POST", "PUT"}.isdisjoint(map(str, methods)),
            may_cache,
            # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
            behavior.get("Compress") in (True, "true") and policy != CACHING_DISABLED,
            behavior.get("OriginRequestPolicyId") == _ALL_VIEWER,
        )


def _may_cache(behavior: Mapping[str, Json], resources: Resources) -> bool:
    policy = behavior.get("CachePolicyId")
    if policy is None:
        legacy = [behavior.get(name, 0) for name in ("MinTTL", "DefaultTTL", "MaxTTL")]
        return "DefaultTTL" not in behavior or any(str(each) != "0" for each in legacy)
    if own := resources.referenced(policy):
        config = mapping(own.properties.get("CachePolicyConfig"))
        return str(config.get("MaxTTL", "")) != "0"
    return policy != CACHING_DISABLED and "${" not in str(policy)


def _actions(resources: Resources, functions: Functions, url: FunctionUrl) -> frozenset[str] | None:
    if url.function is None:
        return None
    found = set()
    for permission in resources.of("AWS::Lambda::Permission"):
        principal, action = texts(permission.properties, Principal="", Action="")
        behind = functions.target(permission.properties.get("FunctionName")).function
        if principal == _PRINCIPAL and behind is not None and behind.resource is url.function.resource:
            found.add(action)
    return frozenset(found)


def _listed(value: Json) -> list[Mapping[str, Json]]:
    return [mapping(each) for each in value] if isinstance(value, list) else []

"""Map parameters of a request to those of the server behind an HTTP integration.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from .._common.tokens import check_known, without_tokens

_IN_PATH = re.compile(r"{([^{}+]+)\+?}")
# but ${stageVariables.NAME}, which API Gateway fills in by itself
_IN_BRACES = re.compile(r"(?<!\$){([^{}]+)}")
_TARGET = re.compile(r"integration\.request\.(path|querystring|header)\.[A-Za-z0-9._$-]+")
_METHOD_PARAMETER = re.compile(r"method\.request\.(path|querystring|header)\.[A-Za-z0-9._$-]+")


def for_every_value(path: str) -> str:
    """Return the path as ARNs have it, where a request has a value in place of what stands in braces."""
    return _IN_BRACES.sub("*", path)


def check_parameters(path: str, parameters: Mapping[str, bool]) -> None:
    """Refuse what is no parameter of a request, as API Gateway would at deployment."""
    for name in parameters:
        check_known(f"names in request_parameters of stream '{path}'", name, "they are what is checked")
        if not _METHOD_PARAMETER.fullmatch(name):
            raise ValueError(
                f"request_parameters of stream '{path}' must name "
                f"'method.request.{{path|querystring|header}}.NAME', got '{name}'"
            )


class ParameterMapping(NamedTuple):
    """The mapping of the integration, and the parameters of the method that it reads."""

    integration: dict[str, str]
    method: dict[str, bool]


def map_parameters(path: str, url: str, mapping: Mapping[str, str]) -> ParameterMapping:
    """Return the parameters for ``url`` behind ``path``.

    What stands in braces in both is passed on by itself; HTTP proxy integrations pass headers and the query
    string on as they are.

    :param path: the path of the resource.
    :param url: the URL of the server, with ``{name}`` where a path parameter goes.
    :param mapping: ``integration.request.{path|querystring|header}.NAME`` to where the value comes from.
    :raises ValueError: when a name in braces gets no value, or the mapping names no place of a request.
    """
    for target in mapping:
        check_known(f"names in parameter_mapping of stream '{path}'", target, "they are what is checked")
        if not _TARGET.fullmatch(target):
            raise ValueError(
                f"parameter_mapping of stream '{path}' must map "
                f"'integration.request.{{path|querystring|header}}.NAME', got '{target}'"
            )
    integration = dict(mapping)
    for name in _IN_BRACES.findall(without_tokens(url)):
        target = f"integration.request.path.{name}"
        if target not in integration:
            if name not in _IN_PATH.findall(path):
                raise ValueError(
                    f"url of stream '{path}' has '{{{name}}}', which the path does not have; "
                    f"name it in the path, or map '{target}'"
                )
            integration[target] = f"method.request.path.{name}"
    read = [source for source in integration.values() if _METHOD_PARAMETER.fullmatch(source)]
    # API Gateway wants every parameter that it reads declared; only a path cannot do without
    return ParameterMapping(
        integration, {source: source.startswith("method.request.path.") for source in read}
    )

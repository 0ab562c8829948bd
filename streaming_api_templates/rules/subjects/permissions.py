"""Read which functions API Gateway may invoke, and for which requests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from ...template.lenient_json import text
from .functions import Functions
from .methods import Method
from .resources import Resource, Resources


@dataclass(frozen=True, eq=False)
class Permission:
    """A permission of API Gateway to invoke a function.

    :param target: the key of the function, or of its alias
    :param api: the API whose requests it is for, None when it is not known
    :param request: verb and path of the requests, with wildcards; empty when it is for all
    """

    target: str
    api: Resource | None
    request: str

    def covers(self, method: Method) -> bool:
        """Tell whether it allows a method; what is not known is taken to.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
        """
        if self.api and method.api and self.api.key != method.api.resource.key:
            return False
        verb, slash, path = self.request.partition("/")
        if not slash or method.path is None or "${" in verb + path + method.path:
            return True
        called = re.sub(r"\{[^}]*\}", "x", method.path)
        return (method.verb == "ANY" or fnmatchcase(method.verb, verb)) and (
            fnmatchcase(called, f"/{path}") or path == method.path.lstrip("/")
        )


def covered(method: Method, permissions: Sequence[Permission]) -> bool:
    """Tell whether one of some permissions allows a method."""
    return any(permission.covers(method) for permission in permissions)


class Permissions(NamedTuple):
    """The permissions of an app, by the key of the function, alias or version that they are for.

    :param of_api_gateway: those of API Gateway
    :param of_all: all of them, also those of other services
    """

    of_api_gateway: dict[str, list[Permission]]
    of_all: dict[str, list[Resource]]


def read_permissions(resources: Resources, functions: Functions) -> Permissions:
    """Return every permission by the key of what it is for."""
    found = Permissions({}, {})
    for permission in resources.of("AWS::Lambda::Permission"):
        properties = permission.properties
        key = functions.target(properties.get("FunctionName")).key
        found.of_all.setdefault(key, []).append(permission)
        principal, action = text(properties.get("Principal")), text(properties.get("Action"))
        known = principal in ("apigateway.amazonaws.com", "*") or "${" in principal
        if known and fnmatchcase("lambda:InvokeFunction", action):
            *_, invoked = text(properties.get("SourceArn")).split(":", 5)
            api_id, _, rest = invoked.partition("/")
            api = resources.referenced(api_id)
            of_key = found.of_api_gateway.setdefault(key, [])
            of_key.append(Permission(key, api, rest.partition("/")[2]))
    return found

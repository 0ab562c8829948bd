"""Read which functions API Gateway may invoke, and for which requests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

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
        if not slash or method.path is None or "${" in verb + path:
            return True
        called = re.sub(r"\{[^}]*\}", "x", method.path)
        return (method.verb == "ANY" or fnmatchcase(method.verb, verb)) and (
            fnmatchcase(called, f"/{path}") or path == method.path.lstrip("/")
        )


def covered(method: Method, permissions: Sequence[Permission]) -> bool:
    """Tell whether one of some permissions allows a method."""
    return any(permission.covers(method) for permission in permissions)


def read_permissions(resources: Resources, functions: Functions) -> dict[str, list[Permission]]:
    """Return every permission of API Gateway by the key of what it is for."""
    found: dict[str, list[Permission]] = {}
    for permission in resources.of("AWS::Lambda::Permission"):
        properties = permission.properties
        principal, action = text(properties.get("Principal")), text(properties.get("Action"))
        known = principal in ("apigateway.amazonaws.com", "*") or "${" in principal
        if known and fnmatchcase("lambda:InvokeFunction", action):
            *_, invoked = text(properties.get("SourceArn")).split(":", 5)
            api_id, _, rest = invoked.partition("/")
            api = resources.referenced(api_id)
            key = functions.target(properties.get("FunctionName")).key
            found.setdefault(key, []).append(Permission(key, api, rest.partition("/")[2]))
    return found

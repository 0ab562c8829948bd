"""Define resources by their paths, and refuse those that API Gateway would refuse at deployment."""

from __future__ import annotations

import re

from aws_cdk import aws_apigateway as apigateway

from .._common.argument_checks import Integrations, note_place

# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html
_PART = re.compile(r"[A-Za-z0-9:._$-]+|\{[A-Za-z0-9:._$-]+\+?\}")


class Resources:
    """The resources of an API, by their paths."""

    def __init__(self, api: apigateway.RestApi) -> None:
        """Note the API and its root, which it would tell once for each round trip."""
        self._api, self._root = api, api.root
        self._integrations: Integrations = {}
        #: what is before a path parameter -> the parameter, and the first path that has it
        self._parameters: dict[tuple[str, ...], tuple[str, str]] = {}

    def at(self, path: str) -> apigateway.Resource:
        """Return the resource at a path, and define it where it is not there.

        :param path: path below the stage, such as ``reports/{id}``.
        :raises ValueError: when a part has characters that API Gateway does not take, one place has two path
            parameters, or something is below a greedy one.
        """
        self._check(path)
        below = path.strip("/")
        resource = self._root.resource_for_path(below)
        note_place(resource, self._api, f"/{below}", self._integrations)
        return resource

    def _check(self, path: str) -> None:
        parts = tuple(path.strip("/").split("/"))
        for part in parts if path.strip("/") else ():
            if not _PART.fullmatch(part):
                raise ValueError(
                    f"path '{path}' has the part '{part}'; API Gateway takes letters, digits and : . _ - $, "
                    "or one parameter such as {id} or {proxy+}"
                )
        for part in parts[:-1]:
            if part.endswith("+}"):
                raise ValueError(f"path '{path}' goes on after '{part}', which takes all that follows")
        parameters = {parts[:number]: part for number, part in enumerate(parts) if part.startswith("{")}
        for before, mine in parameters.items():
            theirs, other = self._parameters.get(before, (mine, path))
            if mine != theirs:
                raise ValueError(
                    f"path '{path}' has '{mine}' where path '{other}' has '{theirs}'; "
                    "API Gateway takes one path parameter in one place"
                )
        for before, mine in parameters.items():
            self._parameters.setdefault(before, (mine, path))

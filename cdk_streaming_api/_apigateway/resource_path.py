"""Paths that API Gateway would refuse at deployment, when other resources of the stack are there already."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html
_PART = re.compile(r"[A-Za-z0-9:._$-]+|\{[A-Za-z0-9:._$-]+\+?\}")


def check_path(path: str, others: Iterable[str]) -> None:
    """Refuse a path that the paths beside it do not allow.

    :param path: path below the stage, such as ``reports/{id}``.
    :param others: the paths that the API has already.
    :raises ValueError: when a part has characters that API Gateway does not take, one place has two path
        parameters, or something is below a greedy one.
    """
    parts = _parts(path)
    for part in parts if path.strip("/") else ():
        if not _PART.fullmatch(part):
            raise ValueError(
                f"path '{path}' has the part '{part}'; API Gateway takes letters, digits and : . _ - $, "
                "or one parameter such as {id} or {proxy+}"
            )
    for part in parts[:-1]:
        if part.endswith("+}"):
            raise ValueError(f"path '{path}' goes on after '{part}', which takes all that follows")
    for other in others:
        # where the paths part ways
        for mine, theirs in ((a, b) for a, b in zip(parts, _parts(other), strict=False) if a != b):
            if mine.startswith("{") and theirs.startswith("{"):
                raise ValueError(
                    f"path '{path}' has '{mine}' where path '{other}' has '{theirs}'; "
                    "API Gateway takes one path parameter in one place"
                )
            break


@cache
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))

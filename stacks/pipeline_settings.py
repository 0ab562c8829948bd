"""Read the pipeline's settings: ``pipeline`` in the context of cdk.json, or its JSON after ``-c``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, NamedTuple

from .context import check_names, refusal, text

# https://docs.github.com/en/rest/repos/repos; Bitbucket and GitLab name theirs in the same way
_REPOSITORY = re.compile(r"[\w.-]+/[\w./-]+")
# https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_Connection.html
_CONNECTION = re.compile(
    r"arn:aws[a-z-]*:code(connections|star-connections):[a-z0-9-]+:\d{12}:connection/[\w-]+"
)
_TARGET = re.compile(r"(\d{12})/([a-z]{2}(?:-[a-z]+)+-\d)")


class TargetEnvironment(NamedTuple):
    """An account and a Region."""

    account: str
    region: str


@dataclass(frozen=True)
class PipelineSettings:
    """The settings of the pipeline.

    :param repository: ``owner/name`` of the repository that it deploys
    :param connection_arn: the CodeConnections connection by which AWS reads the repository; made once, by
        hand, because somebody has to allow it there
    :param tools: account and Region of the pipeline itself, as ``111111111111/eu-west-1``
    :param staging: where each commit is deployed and proved first
    :param production: where it goes once somebody approved it
    :param branch: Default: main
    """

    repository: str
    connection_arn: str
    tools: TargetEnvironment
    staging: TargetEnvironment
    production: TargetEnvironment
    branch: str = "main"

    @classmethod
    def from_context(cls, key: str, value: object) -> PipelineSettings:
        """Read the settings.

        :param key: name of the context value.
        :param value: an object, or its JSON as ``-c`` hands it over.
        :raises ValueError: when a member is missing, not known, or not what its setting takes.
        """
        members = _object(key, value)
        names = [field.name for field in fields(cls)]
        check_names(members, names, f"context '{key}'")
        needed = [field.name for field in fields(cls) if field.default is MISSING]
        if missing := [name for name in needed if name not in members]:
            raise ValueError(f"context '{key}' needs {', '.join(missing)}")
        return cls(**{name: _PARSERS[name](f"{key}.{name}", found) for name, found in members.items()})


def _repository(key: str, value: object) -> str:
    """Return the name of a repository with its owner."""
    if not _REPOSITORY.fullmatch(found := text(key, value)):
        raise refusal(key, "owner/name of a repository", value)
    return found


def _object(key: str, value: object) -> Mapping[str, object]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise refusal(key, "an object or its JSON", value) from None
    if not isinstance(value, Mapping):
        raise refusal(key, "an object or its JSON", value)
    return value


def _connection(key: str, value: object) -> str:
    if not _CONNECTION.fullmatch(found := text(key, value)):
        raise refusal(key, "the ARN of a connection", value)
    return found


def _target(key: str, value: object) -> TargetEnvironment:
    if not (found := _TARGET.fullmatch(text(key, value))):
        raise refusal(key, "an account and a Region, as 111111111111/eu-west-1", value)
    return TargetEnvironment(*found.groups())


_PARSERS: dict[str, Callable[[str, object], Any]] = {
    "repository": _repository,
    "connection_arn": _connection,
    "tools": _target,
    "staging": _target,
    "production": _target,
    "branch": text,
}

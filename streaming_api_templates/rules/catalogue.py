"""List the rules and their checks, which stand in a module per subject."""

from __future__ import annotations

from . import rule
from .checks import (  # noqa: F401 - importing a module registers its checks
    access,
    apis,
    cors,
    deployments,
    functions,
    http_apis,
    inline_code,
    integration,
    permissions,
    sam,
    stages,
    unread,
    unsupported,
)

CHECKS = [check for _, check in rule.CHECKS]
#: Every rule by its id, in the order of the ids.
RULES = {each.id: each for each in sorted((each for each, _ in rule.CHECKS), key=lambda each: each.id)}

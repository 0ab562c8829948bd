"""List the rules and their checks, which stand in a module per subject."""

from __future__ import annotations

from .checks import (  # noqa: F401 - importing a module registers its checks
    access,
    apis,
    binary,
    cors,
    deployments,
    distributions,
    functions,
    http_apis,
    inline_code,
    integration,
    permissions,
    sam,
    stages,
    unread,
    unsupported,
    urls,
)
from .rule import CHECKS

__all__ = ["CHECKS", "RULES"]

#: Every rule by its id, in the order of the ids.
RULES = dict(sorted((rule.id, rule) for check in CHECKS for rule in check.rules))

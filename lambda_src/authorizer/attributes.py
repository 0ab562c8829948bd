"""Read what single clients may do: which models, how much, and until when.

A JSON object of the client names that the keys have, in a secret of its own, so that the values of the keys
stay texts. Of each client every member may be missing::

    {"alice": {
        "models": ["us.amazon.nova-2-lite-v1:0"],
        "budget": {"per_day": {"tokens": 200000, "warn_at": 150000}, "per_month": {"usd": 20}},
        "expires": "2027-01-01T00:00:00Z"
    }}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

#: Members of the context that an authorizer gives to what API Gateway invokes; the chat function reads them.
MODELS, BUDGET = "streaming_api_models", "streaming_api_budget"
_PERIODS = {"per_day": "day", "per_month": "month"}
_UNITS = ("tokens", "usd")


class ClientAttributes:
    """The attributes of one client.

    :param context: what the function gets to know, of texts only
    :param expires: seconds since the epoch from which the key is refused. Default: - never
    """

    def __init__(self, context: Mapping[str, str], expires: float | None = None) -> None:
        self.context = context
        self.expires = expires

    def expired(self, now: float) -> bool:
        """Return whether the key is refused.

        :param now: seconds since the epoch
        """
        return self.expires is not None and now >= self.expires


#: Those of a client of whom nothing is said.
NONE = ClientAttributes({})


def parse_attributes(secret: str) -> Mapping[str, ClientAttributes]:
    """Return the attributes of each client that has any.

    :param secret: the text of the secret
    :raises ValueError: when it is not what the module describes; the message names the client
    """
    try:
        found = json.loads(secret)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("the secret of attributes must be a JSON object of client names to attributes")
    return {name: _attributes(f"attributes of client {name!a:.80}", each) for name, each in found.items()}


def _attributes(where: str, given: object) -> ClientAttributes:
    members = _object(where, given, ("models", "budget", "expires"))
    context: dict[str, str] = {}
    if (models := members.get("models")) is not None:
        if not isinstance(models, list) or not all(isinstance(each, str) for each in models):
            raise ValueError(f"models in {where} must be a list of model ids")
        context[MODELS] = json.dumps(models)
    if (budget := members.get("budget")) is not None:
        context[BUDGET] = json.dumps(_limits(f"budget in {where}", budget), separators=(",", ":"))
    expires = members.get("expires")
    return ClientAttributes(context, None if expires is None else _epoch(where, expires))


def _limits(where: str, given: object) -> list[dict[str, object]]:
    """Return the limits in the form that the chat function reads."""
    limits = []
    for period, amount in _object(where, given, tuple(_PERIODS)).items():
        members = _object(f"{period} of {where}", amount, (*_UNITS, "warn_at"))
        units = [unit for unit in _UNITS if unit in members]
        if len(units) != 1:
            raise ValueError(f"{period} of {where} must have tokens or usd")
        for name, value in members.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10**15:
                raise ValueError(f"{name} in {period} of {where} must be a number of 0 to 10^15")
        soft = {"soft": members["warn_at"]} if "warn_at" in members else {}
        limits.append({"period": _PERIODS[period], "unit": units[0], "hard": members[units[0]], **soft})
    return limits


def _object(where: str, given: object, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(given, dict):
        raise ValueError(f"{where} must be a JSON object")
    if unknown := sorted(set(given) - set(names)):
        # a limit with a typing error would be none
        raise ValueError(f"{where} must have {', '.join(names)} and nothing else, got {unknown[0]!a:.80}")
    return given


def _epoch(where: str, expires: object) -> float:
    try:
        moment = datetime.fromisoformat(str(expires).replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"expires in {where} must be a time with its zone, such as 2027-01-01T00:00:00Z")
    return moment.timestamp()

"""Name events that are no requests, for the message that refuses them."""

from __future__ import annotations

from collections.abc import Mapping

# A member of the request context -> who has it.
_BY_CONTEXT = {
    "elb": "one of a load balancer, which cannot take a streamed response",
    "connectionId": "one of a WebSocket API",
    "serviceNetworkArn": "one of VPC Lattice, which cannot take a streamed response",
}
# What only the events of an authorizer have, beside a request.
_OF_AUTHORIZERS = {"methodArn", "routeArn"}
# No more than these of the keys of an unknown event are told, and of each no more than this.
_MOST_KEYS, _LONGEST_KEY = 5, 40


def is_of_another_kind(event: Mapping[str, object]) -> bool:
    """Tell whether an event is none that is to be answered with a response, whatever else it has."""
    context = event.get("requestContext")
    return bool(_OF_AUTHORIZERS & event.keys()) or (
        isinstance(context, Mapping) and bool(_BY_CONTEXT.keys() & context.keys())
    )


def name_of(event: object) -> str:
    """Return what an event is, in the words of AWS, or else the names of its keys."""
    if not isinstance(event, Mapping):
        return f"a {type(event).__name__}"
    context = event.get("requestContext")
    named = [
        name for member, name in _BY_CONTEXT.items() if isinstance(context, Mapping) and member in context
    ]
    if named:
        return named[0]
    if _OF_AUTHORIZERS & event.keys():
        return "one of an API's authorizer"
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(records[0], Mapping):
        if "cf" in records[0]:
            return "one of CloudFront"
        source = records[0].get("eventSource") or records[0].get("EventSource")
        return f"records of {source or 'an unknown source'}"
    if "detail-type" in event:
        return f"an event of {event.get('source')}"
    return _by_keys(sorted(map(str, event)))


def _by_keys(keys: list[str]) -> str:
    if not keys:
        return "an empty event"
    shown = ", ".join(repr(key[:_LONGEST_KEY]) for key in keys[:_MOST_KEYS])
    return f"an event with {shown}{' and more' if len(keys) > _MOST_KEYS else ''}"

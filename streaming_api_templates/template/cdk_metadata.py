"""Read what the CDK notes about the constructs of a stack: logical ids, warnings and acknowledgments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .lenient_json import Json, items, mapping, text

#: In the notes of a method, the path of the Stream or HttpStream that defined it elsewhere in the tree.
STREAM_NOTE = "cdk-streaming-api:stream"

#: Notes by ``/construct/path``.
Notes = Mapping[str, Json]


def path_of(notes: Notes, logical_id: str) -> str | None:
    """Return the path of the construct with a logical id."""
    for path, entries in notes.items():
        for entry in map(mapping, items(entries)):
            if entry.get("type") == "aws:cdk:logicalId" and entry.get("data") == logical_id:
                return path.lstrip("/")
    return None


def reactions(notes: Notes, construct_path: str | None, rule_id: str) -> tuple[str | None, bool]:
    """Return what an app says already about a finding of a rule.

    :param construct_path: of the construct that it is about
    :return: the reason for which it was acknowledged, None when it was not; and whether the construct that
        defined the resource emits the warning itself, or would if that were not acknowledged there
    """
    own = _around(construct_path) if construct_path else []
    streams = [text(stream) for path in own for stream in _of_kind(notes, path, STREAM_NOTE)]
    stream = _around(streams[0]) if streams else []
    own_reason, stream_reason = _reason(notes, own, rule_id), _reason(notes, stream, rule_id)
    reported = _warned(notes, [*own, *stream], rule_id) or (own_reason is None and stream_reason is not None)
    return (stream_reason if own_reason is None else own_reason), reported


def _around(construct_path: str) -> list[str]:
    """Return the path of a construct and of all that it is in, the innermost first."""
    parts = construct_path.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _reason(notes: Notes, paths: Sequence[str], rule_id: str) -> str | None:
    """Return why a rule's finding was acknowledged on one of some constructs."""
    for path in paths:
        for reasons in map(mapping, _of_kind(notes, path, "aws:cdk:acknowledged-rules")):
            if f"StreamingRules::{rule_id}" in reasons:
                return text(reasons[f"StreamingRules::{rule_id}"])
    return None


def _warned(notes: Notes, paths: Sequence[str], rule_id: str) -> bool:
    """Tell whether one of some constructs gives a rule's warning itself."""
    acknowledge_with = f"[ack: StreamingRules::{rule_id}]"
    return any(
        text(message).endswith(acknowledge_with)
        for path in paths
        for message in _of_kind(notes, path, "aws:cdk:warning")
    )


def _of_kind(notes: Notes, construct_path: str, kind: str) -> Iterator[Json]:
    for entry in map(mapping, items(notes.get(f"/{construct_path}"))):
        if entry.get("type") == kind:
            yield entry.get("data")

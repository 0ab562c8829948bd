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


def around(construct_path: str) -> list[str]:
    """Return the path of a construct and of all that it is in, the innermost first."""
    parts = construct_path.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


def around_stream(notes: Notes, paths: Sequence[str]) -> list[str]:
    """Return the same of the stream that defined one of some constructs; nothing when none did."""
    streams = [text(stream) for path in paths for stream in _of_kind(notes, path, STREAM_NOTE)]
    return around(streams[0]) if streams else []


def reason(notes: Notes, paths: Sequence[str], rule_id: str) -> str | None:
    """Return why a rule's finding was acknowledged on one of some constructs."""
    for path in paths:
        for reasons in map(mapping, _of_kind(notes, path, "aws:cdk:acknowledged-rules")):
            if f"StreamingRules::{rule_id}" in reasons:
                return text(reasons[f"StreamingRules::{rule_id}"])
    return None


def warned(notes: Notes, paths: Sequence[str], rule_id: str) -> bool:
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

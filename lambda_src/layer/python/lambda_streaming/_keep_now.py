"""Have a store keep at once what a handler has sent."""

from __future__ import annotations

from ._stream import _invocation


def keep_now() -> None:
    """Have what was sent until now kept at once, if a store keeps the stream; nothing waits for it.

    For the moment before a tool runs: whoever comes back while it does, or after it has ended the process,
    sees that it was called.
    """
    if now := _invocation().keep_now:
        now()

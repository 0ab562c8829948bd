"""Collect the response of a decorated handler that runs outside Lambda, as in a test."""

from __future__ import annotations

import threading

from ._awslambdaric import Invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._head import Prelude

_outside = threading.local()


def invocation() -> Invocation:
    """Return the invocation of this thread: outside Lambda every thread may call handlers of its own."""
    if not hasattr(_outside, "invocation"):
        _outside.invocation = Invocation("outside Lambda")
    return _outside.invocation  # type: ignore[no-any-return]


class CollectedResponse:
    r"""The whole response of a handler that runs outside Lambda, chunk by chunk.

    An exception that would have broken off the stream is raised to the caller instead, as it is in Lambda.

    Example::

        def test_my_handler():
            response = handler({"body": "{}"}, None)
            assert response.status == 200
            assert response.chunks == [b'data: {"n":0}\n\n']
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.multi_value_headers: dict[str, list[str]] = {}
        self.cookies: list[str] = []
        self.chunks: list[bytes] = []

    @property
    def body(self) -> bytes:
        """All chunks as one."""
        return b"".join(self.chunks)

    def open(self, prelude: Prelude) -> None:
        """Take the head of the response."""
        self.status = prelude.status
        self.headers = prelude.headers
        self.multi_value_headers = prelude.multi_value_headers
        self.cookies = prelude.cookies

    def write(self, data: bytes) -> None:
        """Take a chunk of the body."""
        self.chunks.append(data)

    def close(self) -> None:
        """Take the end of the response."""

    def fail(self, error: BaseException) -> None:
        """Take the end of a response that failed; the caller gets the exception itself."""

    def limit(self, seconds: float) -> None:
        """Take a limit of the time that the rest may need, which is none here."""

    def cut(self) -> bool:
        """Tell that nothing can be stuck on its way here."""
        return False

    def drop(self) -> None:
        """Take the end of a response that nobody waits for."""

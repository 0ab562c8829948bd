"""What a decorator was given: what every response of its handler starts from."""

from __future__ import annotations

from ._response import Prelude

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._response import Body, Headers

# No cache may keep a stream, and no proxy may hold it back.
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Options:
    """The options of a decorated handler, checked when it is decorated rather than when it is called.

    :raises ValueError: for an option out of range, and for a status or a header that cannot be sent
    """

    def __init__(
        self,
        *,
        media_type: str,
        status: int = 200,
        headers: Headers | None = None,
        grace: float | None,
        heartbeat: float | None,
        margin: float,
    ) -> None:
        for name, value in (("grace", grace), ("heartbeat", heartbeat), ("margin", margin)):
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be more than 0 seconds, got {value}")
        self.media_type = media_type
        self.status = status
        self.grace = grace
        self.heartbeat = heartbeat
        self.margin = margin
        self._headers = _lowered(headers or {})
        self.prelude(None)

    def prelude(
        self,
        request_id: str | None,
        *,
        status: int | None = None,
        headers: Headers | None = None,
        cookies: Sequence[str] = (),
        content_type: str | None = None,
    ) -> Prelude:
        """Return the head of a response, whose own headers go over the decorator's.

        :param content_type: used if no headers have one; empty for none. Default: - the decorator's media
            type
        """
        together: dict[str, str | Sequence[str]] = {}
        if chosen := self.media_type if content_type is None else content_type:
            together["content-type"] = chosen
        if request_id:
            # Clients of OpenAI's API look for the one, clients of Anthropic's for the other.
            together |= {"x-request-id": request_id, "request-id": request_id}
        together |= self._headers
        together |= _lowered(headers or {})
        return Prelude(self.status if status is None else status, together, cookies)


def content_type_of(body: Body) -> str | None:
    """Return the content type that a body calls for by itself, which is none at all for an empty one."""
    if isinstance(body, (bytes, bytearray, memoryview, str)) and not body:
        return ""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return "application/octet-stream"
    if isinstance(body, str):
        return "text/plain; charset=utf-8"
    return "application/json" if isinstance(body, dict) else None


def _lowered(headers: Headers) -> Mapping[str, str | Sequence[str]]:
    return {name.lower(): value for name, value in headers.items()}

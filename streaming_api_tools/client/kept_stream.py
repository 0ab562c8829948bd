"""Read and cancel a stream that an API keeps, by the routes of a ``StreamStore``: docs/how-to-resume.md."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from urllib.parse import urlsplit

from .envelopes import code_of, message_of
from .http_post import post
from .moments import End, Head, Moment, Part, Request, Sent
from .sigv4 import SERVICE, region_of, service_of

#: The response header with the id of a stream that is kept.
STREAM_ID = "x-stream-id"
ID = re.compile("[0-9a-f]{32}")
#: The reader's code -> what it means to whoever wants the rest. No other attempt changes any of them.
FINAL: Mapping[str, str] = {
    "stream_not_found": "there is no such stream: it has expired, was deleted, or belongs to somebody else",
    "producer_lost": "the function is lost, and the stream incomplete",
    "stream_cut": "the stream broke off at the function",
    "stream_not_kept": "the rest of the stream was not kept",
    "position_unknown": "the stream ended before this position",
}
#: Statuses of a path that an API does not have, or that the caller may not use.
OF_THE_PATH = (400, 401, 403, 404, 405)
#: Statuses that another attempt may not get.
MAY_PASS = (429, 500, 502, 503, 504)
NOTHING_MORE, DONE = 204, 204
#: What API Gateway says of a path, or of a stage, that it does not have.
NO_ROUTE = ("Missing Authentication Token", "Forbidden")
#: Bytes of a refusal that are read.
EXCERPT = 4096


class Refused(Exception):
    """Raised for an answer that is not the stream.

    :param status: 204 where nothing follows the position, and the stream has ended; 0 for no answer
    :param text: the beginning of the body
    """

    def __init__(self, status: int, text: str = "") -> None:
        self.status = status
        code = code_of(text)
        #: The code of the reader; empty when something else refuses.
        self.code = code if code in FINAL else ""
        said = message_of(text)
        #: Whether there is no such route, as far as API Gateway tells.
        self.has_no_route = status in (403, 404) and not self.code and (said in NO_ROUTE or status == 404)
        super().__init__(FINAL.get(code, f"status {status}: {said}".removesuffix(": ") if status else said))

    @property
    def is_of_the_path(self) -> bool:
        """Tell whether the stream may have another path: the API refuses, and not the reader."""
        return self.status in OF_THE_PATH and not self.code

    @property
    def may_pass(self) -> bool:
        """Tell whether another attempt can help."""
        return self.status in MAY_PASS and not self.code


def stream_id_of(head: Head | None) -> str:
    """Return the id of the stream that an answer is; empty for one that is not kept.

    The positions of a stream count the bytes of its function, which are not those of a compressed answer.
    """
    if head is None or head.headers.get("content-encoding", "identity").strip().lower() != "identity":
        return ""
    given = head.headers.get(STREAM_ID, "")
    return given if ID.fullmatch(given) else ""


def stream_urls(url: str, stream_id: str) -> list[str]:
    """Return where a stream can be: beside the route that began it, or beside a folder above.

    >>> stream_urls("https://a.example/prod/v1/chat", "7f")
    ['https://a.example/prod/v1/streams/7f', 'https://a.example/prod/streams/7f', 'https://a.example/streams/7f']
    >>> stream_urls("https://a.execute-api.eu-west-1.amazonaws.com/prod/chat?x=1", "7f")
    ['https://a.execute-api.eu-west-1.amazonaws.com/prod/streams/7f']
    """
    parts = urlsplit(url)
    folders = parts.path.split("/")[1:-1]
    # such a host has no route above its stage
    least = min(len(folders), 1) if region_of(url) and service_of(url) == SERVICE else 0
    return [
        parts._replace(path="/".join(["", *folders[:depth], "streams", stream_id]), query="").geturl()
        for depth in range(len(folders), least - 1, -1)
    ]


class KeptStream:
    """One stream of one API.

    :param url: of the route that began it, or of another beside it
    :param stream_id: its id
    :param prepare: makes a request ready to be sent: its headers, and a signature of now
    :param idle: as for :func:`~streaming_api_tools.client.http_post.post`
    """

    def __init__(
        self, url: str, stream_id: str, prepare: Callable[[Request], Request], idle: float = 20.0
    ) -> None:
        self.stream_id = stream_id
        self._urls = stream_urls(url, stream_id)
        self._prepare = prepare
        self._idle = idle

    async def read(
        self, after: int = 0, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Moment, None]:
        """Yield the moments of the answer from a position on; the last one is an ``End``.

        :param after: the bytes that are there already; 0 for the whole stream, or with ``Last-Event-ID``
        :raises Refused: when the answer is not the stream
        """
        query = f"?after={after}" if after else ""
        async with aclosing(self._found(query, "GET", headers or {})) as moments:
            async for moment in moments:
                yield moment

    async def cancel(self) -> None:
        """Ask the function to stop; a stream that has ended is no error.

        :raises Refused: when it is not taken
        """
        try:
            async with aclosing(self._found("/cancel", "POST", {})) as moments:
                async for moment in moments:
                    if isinstance(moment, End):
                        raise Refused(0, moment.detail or moment.how.value)
        except Refused as refused:
            if refused.status != DONE:
                raise

    async def _found(
        self, more: str, method: str, headers: Mapping[str, str]
    ) -> AsyncGenerator[Moment, None]:
        """Yield the moments of the first path that is one of the stream."""
        refusals: list[Refused] = []
        for url in list(self._urls):
            request = self._prepare(Request(url + more, b"", headers, method))
            try:
                async with aclosing(self._ask(request)) as moments:
                    async for moment in moments:
                        if isinstance(moment, Head):
                            self._urls = [url]
                        yield moment
                return
            except Refused as refused:
                if not refused.is_of_the_path:
                    self._urls = [url]
                    raise
                refusals.append(refused)
        # of several, the one of a route that is there says most
        raise next((each for each in refusals if not each.has_no_route), refusals[0])

    async def _ask(self, request: Request) -> AsyncGenerator[Moment, None]:
        refusal, text, sent = 0, b"", None
        async with aclosing(post(request, idle=self._idle)) as moments:
            async for moment in moments:
                if isinstance(moment, Sent):
                    sent = moment
                elif isinstance(moment, Head):
                    if moment.headers.get(STREAM_ID) != self.stream_id:
                        refusal = moment.status
                    elif sent:
                        yield sent
                        yield moment
                elif not refusal:
                    yield moment
                elif isinstance(moment, Part) and len(text) < EXCERPT:
                    text += moment.data
                else:
                    break
        if refusal:
            raise Refused(refusal, text.decode("utf-8", "replace"))

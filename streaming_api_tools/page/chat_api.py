"""Describes the one API that a page talks to: its stage, which is fixed for the run, and its routes."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class ChatApi:
    """An API.

    :param stage: the URL of the stage, with ``/`` at its end
    :param route: the route of the native format, relative to the stage
    """

    stage: str
    route: str

    @property
    def origin(self) -> str:
        """The origin of the API, in the sense of browsers."""
        parts = urlsplit(self.stage)
        return f"{parts.scheme}://{parts.netloc}"

    def url(self, path: str) -> str:
        """Return the URL of a path, and its query, below the stage; it cannot leave the stage.

        >>> ChatApi("https://a.example/prod/", "chat").url("v1/messages?beta=1")
        'https://a.example/prod/v1/messages?beta=1'

        :raises ValueError: when the path has a segment that goes up
        """
        if ".." in unquote(path.partition("?")[0]).split("/"):
            raise ValueError(f"the route {path!r:.80} leaves the stage")
        return self.stage + path.lstrip("/")


def chat_api_of(url: str) -> ChatApi:
    """Return the API that has a chat route.

    >>> chat_api_of("https://a.example/prod/chat")
    ChatApi(stage='https://a.example/prod/', route='chat')

    :param url: of the route, without a query of its own
    """
    parts = urlsplit(url)
    folder, _, route = parts.path.rpartition("/")
    return ChatApi(parts._replace(path=f"{folder}/", query="", fragment="").geturl(), route)

"""Put the gateway's own URLs in place of those that the stages have on AWS.

A template may tell a client or a function where its API is, as in the metadata of an MCP server. On this
machine that is another place, and the client would go to AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What may stand after the name of a stage in its URL.
END = r"(?![A-Za-z0-9_-])"


class OwnUrls:
    """Replaces URLs, once it has been told which.

    >>> own = OwnUrls()
    >>> own.put_in("at https://abc.execute-api.eu-west-1.amazonaws.com/prod/mcp")
    'at https://abc.execute-api.eu-west-1.amazonaws.com/prod/mcp'
    >>> own.learn([("https://abc.execute-api.eu-west-1.amazonaws.com/prod", "http://127.0.0.1:3000/prod")])
    >>> own.put_in("at https://abc.execute-api.eu-west-1.amazonaws.com/prod/mcp")
    'at http://127.0.0.1:3000/prod/mcp'
    >>> own.put_in("https://abc.execute-api.eu-west-1.amazonaws.com/production")
    'https://abc.execute-api.eu-west-1.amazonaws.com/production'
    """

    def __init__(self) -> None:
        self._urls: list[tuple[re.Pattern[str], str]] = []

    def learn(self, urls: Iterable[tuple[str, str]]) -> None:
        """Take pairs of the URL that a stage has on AWS, and the one that it has here."""
        self._urls = [(re.compile(re.escape(on_aws) + END), here) for on_aws, here in urls]

    def put_in(self, text: str) -> str:
        """Return a text with the URLs of this machine."""
        for on_aws, here in self._urls:
            text = here.join(on_aws.split(text))
        return text

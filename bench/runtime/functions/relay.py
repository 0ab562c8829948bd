"""Passes on the lines of a socket as events: one small event for each, as soon as it is there."""

import json
import socket
from collections.abc import Iterator

from lambda_streaming import stream


@stream
def handler(event: dict[str, str], context: object) -> Iterator[dict[str, str]]:
    with socket.create_connection(("127.0.0.1", json.loads(event["body"])["port"])) as upstream:
        rest = ""
        while data := upstream.recv(65536):
            *lines, rest = (rest + data.decode()).split("\n")
            for text in lines:
                yield {"text": text}

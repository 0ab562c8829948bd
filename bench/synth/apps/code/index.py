"""The function behind every route of the two apps; it is only packed."""

from collections.abc import Iterator

from lambda_streaming import stream


@stream
def handler(event: object, context: object) -> Iterator[str]:
    """Say hello."""
    yield "hello"

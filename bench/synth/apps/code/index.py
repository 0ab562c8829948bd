"""The function behind every route of the two apps; it is only packed."""

from lambda_streaming import stream


@stream
def handler(event, context):
    """Say hello."""
    yield "hello"

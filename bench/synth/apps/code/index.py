"""The function behind every route of the two apps; it is only packed."""

from lambda_streaming import stream


@stream
def handler(event, context):  # noqa: ANN001, ANN201
    """Say hello."""
    yield "hello"

"""Streams the rows of a report as they are made."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from lambda_streaming import stream


@stream(media_type="application/x-ndjson")
def handler(event: Mapping[str, Any], context: object) -> Iterator[dict[str, object]]:
    """Answer a request for ``/reports/{id}``."""
    for row in range(25):
        time.sleep(0.08)
        yield {"report": event["pathParameters"]["id"], "row": row}

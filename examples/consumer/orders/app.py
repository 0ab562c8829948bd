"""Follows an order, event by event."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from lambda_streaming import HTTPError, stream


@stream
def follow(event: Mapping[str, Any], context: object) -> Iterator[dict[str, object]]:
    """Answer ``POST /orders/events``."""
    order = json.loads(event["body"] or "{}").get("order")
    if not order:
        raise HTTPError(400, "say which order", code="missing_order")
    for step in range(25):
        time.sleep(0.08)
        yield {"order": order, "step": step}

"""The streaming library alone: the events are made here, as far apart as the model's."""

import json
import time
from collections.abc import Iterator

from lambda_streaming import stream


@stream
def handler(event: dict[str, str], context: object) -> Iterator[dict[str, str]]:
    for number in range(int(json.loads(event["body"])["prompt"])):
        time.sleep(0.015 if number == 0 else 0.005)
        now = time.monotonic_ns()
        yield {"text": f"{now - 15_000_000 if number == 0 else now}/{now}"}

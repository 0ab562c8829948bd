"""Writes a file for Locust, which drives load from more than one machine.

``HttpUser`` reads with requests, piece by piece. ``FastHttpUser`` waits for the whole answer, and would show
no stream at all.
"""

from __future__ import annotations

from string import Template

FILE = Template('''"""Load on a streaming route, from one machine or many; written by streaming-api load.

On one machine:    locust -f $name --headless --users 20 --spawn-rate 5 --run-time 1m
On several, first: locust -f $name --headless --users 20 --spawn-rate 5 --master --expect-workers 2
and on the others: locust -f $name --worker --master-host HOST

Needs: pip install locust botocore. HttpUser and not FastHttpUser, which waits for the whole answer.
Locust rounds to two significant digits; for one machine, streaming-api load is more exact.
"""

import json
import os
import random
import time

from locust import HttpUser, constant, task

URL = $url
BODY = $body  # None: a schedule for a probe
REGION = $region  # None: unsigned
GAPS, SHORTEST_MS, LONGEST_MS = $gaps, $shortest, $longest


def signed(url, body, headers):
    """Sign with SigV4, with the credentials of the machine."""
    if REGION is None:
        return headers
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session

    request = AWSRequest("POST", url, headers=headers, data=body)
    SigV4Auth(Session().get_credentials().get_frozen_credentials(), "execute-api", REGION).add_auth(request)
    return dict(request.headers.items())


class Reader(HttpUser):
    host = URL
    wait_time = constant(0)

    @task
    def stream(self):
        gaps = [random.randint(SHORTEST_MS, LONGEST_MS) for _ in range(GAPS)]
        body = BODY if BODY is not None else json.dumps({"gaps_ms": gaps, "pad": 0, "first_ms": 0})
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if token := os.environ.get("STREAMING_API_TOKEN"):
            headers["Authorization"] = f"Bearer {token}"
        if key := os.environ.get("STREAMING_API_KEY"):
            headers["x-api-key"] = key
        started = time.perf_counter()
        reads = []
        headers = signed(URL, body, headers)
        with self.client.post(
            URL, data=body, headers=headers, stream=True, catch_response=True, name="answer"
        ) as answer:
            size = 0
            for part in answer.iter_content(chunk_size=None):
                size += len(part)
                reads.append(time.perf_counter())
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
            elif BODY is None and len(reads) < len(gaps) * 0.8:
                answer.failure(f"collected: {len(gaps) + 1} events in {len(reads)} reads")
        if reads:
            # what Locust itself reports of a streamed answer ends with the headers
            self.report("ttfb", (reads[0] - started) * 1000, size)
            self.report("end", (reads[-1] - started) * 1000, size)
            stall = max((b - a for a, b in zip(reads, reads[1:])), default=0)
            self.report("longest stall", stall * 1000, size)

    def report(self, name, milliseconds, size):
        self.environment.events.request.fire(
            request_type="STREAM",
            name=name,
            response_time=milliseconds,
            response_length=size,
            exception=None,
            context={},
        )
''')


def locustfile(
    name: str, url: str, body: bytes | None, region: str | None, gaps: int, gap_ms: tuple[int, int]
) -> str:
    """Return the file.

    :param body: sent instead of a schedule
    :param region: to sign for. Default: - unsigned
    :param gaps: gaps of a schedule
    :param gap_ms: their range in milliseconds
    """
    shortest, longest = gap_ms
    return FILE.substitute(
        name=name,
        url=repr(url),
        body=repr(body),
        region=repr(region),
        gaps=gaps,
        shortest=shortest,
        longest=longest,
    )

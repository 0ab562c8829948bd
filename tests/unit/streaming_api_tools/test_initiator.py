from __future__ import annotations

import pytest

from streaming_api_tools.initiator import Initiator, initiator_of

OWN = "http://127.0.0.1:3000"


@pytest.mark.parametrize(
    ("headers", "initiator"),
    [
        ({}, Initiator.NO_PAGE),
        ({"Sec-Fetch-Site": "none"}, Initiator.NO_PAGE),
        ({"Sec-Fetch-Site": "same-origin"}, Initiator.SAME_ORIGIN),
        ({"Sec-Fetch-Site": "same-site"}, Initiator.SAME_SITE),
        ({"Sec-Fetch-Site": "cross-site"}, Initiator.CROSS_SITE),
        ({"Sec-Fetch-Site": "what comes next"}, Initiator.CROSS_SITE),
        ({"Sec-Fetch-Site": ""}, Initiator.CROSS_SITE),
        ({"Origin": OWN}, Initiator.SAME_ORIGIN),
        ({"Origin": "HTTP://127.0.0.1:3000"}, Initiator.SAME_ORIGIN),
        ({"Origin": "http://127.0.0.1:5173"}, Initiator.SAME_SITE),
        ({"Origin": "https://127.0.0.1:3000"}, Initiator.CROSS_SITE),
        ({"Origin": "http://localhost:3000"}, Initiator.CROSS_SITE),
        ({"Origin": "https://evil.example"}, Initiator.CROSS_SITE),
        ({"Origin": "http://127.0.0.1.evil.example:3000"}, Initiator.CROSS_SITE),
        ({"Origin": "null"}, Initiator.CROSS_SITE),
        ({"Origin": ""}, Initiator.CROSS_SITE),
        ({"Origin": "http://[::1"}, Initiator.CROSS_SITE),
        # the farther of both counts
        ({"Origin": OWN, "Sec-Fetch-Site": "cross-site"}, Initiator.CROSS_SITE),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "none"}, Initiator.CROSS_SITE),
    ],
)
def test_initiator_is_the_farthest_page_named_by_the_headers(
    headers: dict[str, str], initiator: Initiator
) -> None:
    assert initiator_of(headers, OWN) is initiator

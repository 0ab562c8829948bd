"""Name the Regions without function URLs.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, read in November 2026.
"""

from __future__ import annotations

WITHOUT_FUNCTION_URLS = frozenset(
    {
        "ap-east-2",
        "ap-south-2",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
    }
)

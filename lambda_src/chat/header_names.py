"""Name the response headers of our own, and those that the SDKs read of a response, in a page as well."""

from __future__ import annotations

#: Names the members of the request that had no effect.
IGNORED = "x-streaming-api-ignored"
#: Names the number of a response that was not counted.
ESTIMATED = "x-streaming-api-estimated"
#: What pages may read: the Fetch standard, "CORS protocol".
EXPOSED = f"request-id, retry-after, {ESTIMATED}, {IGNORED}, x-request-id, x-should-retry, x-stream-id"

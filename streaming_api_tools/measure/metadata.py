"""Takes the metadata off a function's streamed answer: JSON, 8 NUL bytes, then the body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
#: API Gateway looks for the delimiter within so many bytes.
MOST = 16_384


class BadMetadata(ValueError):
    """What came before the body is nothing that API Gateway would take."""


@dataclass
class MetadataReader:
    """Reads one answer, cut anywhere.

    >>> reader = MetadataReader()
    >>> reader.feed(b'{"statusCode": 200}' + bytes(5)), reader.complete
    (b'', False)
    >>> reader.feed(bytes(3) + b"data"), reader.status
    (b'data', 200)
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    _held: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and return those of the body among them.

        :raises BadMetadata: when the metadata is malformed or has no end
        """
        if self.complete:
            return data
        self._held += data
        metadata, delimiter, body = self._held.partition(DELIMITER)
        if not delimiter:
            if len(self._held) > MOST:
                raise BadMetadata(f"no 8 NUL bytes within the first {MOST} bytes")
            return b""
        self._read(metadata)
        self.complete, self._held = True, b""
        return body

    def _read(self, metadata: bytes) -> None:
        try:
            fields = json.loads(metadata)
            self.status = int(fields.get("statusCode", 200))
            multiple = {name: values[-1] for name, values in fields.get("multiValueHeaders", {}).items()}
            single = fields.get("headers", {}).items()
            self.headers = {name.lower(): str(value) for name, value in (*single, *multiple.items())}
        except (ValueError, AttributeError, TypeError, LookupError, OverflowError, RecursionError):
            raise BadMetadata(f"the metadata is not as API Gateway reads it: {metadata[:80]!r}") from None

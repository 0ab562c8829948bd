"""List malformed metadata of streamed functions, which the gateway refuses and smoke reports."""

from __future__ import annotations

DELIMITER = bytes(8)
#: name -> what a function writes
MALFORMED = {
    "late_delimiter": b'{"headers":{"a":"' + b"b" * 20_000 + b'"}}' + DELIMITER + b"body",
    "unknown_key": b'{"statusCode":200,"foo":1}' + DELIMITER + b"body",
    "fractional_status": b'{"statusCode":200.7}' + DELIMITER + b"body",
    "status_of_two_digits": b'{"statusCode":99}' + DELIMITER + b"body",
    "line_break_in_header": b'{"headers":{"a":"b\\r\\nc: d"}}' + DELIMITER + b"body",
    "cookies_as_text": b'{"cookies":"a=b"}' + DELIMITER + b"body",
}

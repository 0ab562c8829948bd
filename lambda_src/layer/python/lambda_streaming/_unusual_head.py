"""Apply the rules for heads with cookies, several values of a header, or what cannot be sent at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# RFC 9110, section 5.6.2, in lower case.
_IN_NAMES = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
# Section 5.5: what is beyond Latin-1 has no form in a field value, and controls must not be there.
_IN_VALUES = "\t" + "".join(map(chr, [*range(0x20, 0x7F), *range(0x80, 0x100)]))
# Iterables whose elements are no values.
_NOT_SEVERAL = (str, bytes, bytearray, memoryview, Mapping)
# Of a content-length: more than any response has, and no more than int() takes.
_MOST_DIGITS = 18


def checked(
    status: int, headers: Mapping[str, str | Sequence[str]], cookies: Sequence[str], left_out: set[str]
) -> tuple[dict[str, object], int | None]:
    """Return the members of Lambda's HTTP integration response for a head, and its content-length.

    :param left_out: headers that are not sent
    :raises TypeError: for a status that is no whole number, and a header or a cookie that is no string
    :raises ValueError: for a status or a header that cannot be sent
    """
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError(f"status of a response must be a whole number, got {status!r}")
    if not 200 <= status <= 599:
        raise ValueError(f"status of a response must be 200 to 599, got {status}")
    if isinstance(cookies, _NOT_SEVERAL) or not isinstance(cookies, Iterable):
        raise TypeError(f"cookies of a response must be several strings, got {cookies!r}")
    all_cookies = [_checked("set-cookie", cookie) for cookie in cookies]
    single: dict[str, str] = {}
    multiple: dict[str, list[str]] = {}
    for field, value in headers.items():
        name = field.lower()
        if name in left_out:
            continue
        values = [_checked(name, each) for each in _several(name, value)]
        if name == "set-cookie":
            all_cookies += values
        elif len(values) == 1:
            single[name] = values[0]
        elif values:
            multiple[name] = values
    for name in ("content-type", "content-length"):  # RFC 9110, sections 8.3 and 8.6
        if name in multiple:
            raise ValueError(f"{name} must be set once")
    head: dict[str, object] = {"statusCode": status, "headers": single}
    if multiple:
        head["multiValueHeaders"] = multiple
    if all_cookies:
        head["cookies"] = all_cookies
    return head, _content_length(single.get("content-length"))


def joined(headers: Mapping[str, str | Sequence[str]]) -> dict[str, str | Sequence[str]]:
    """Return headers by their names in lower case; one that has several spellings has all their values.

    :raises TypeError: for headers that do not map strings
    """
    if not isinstance(headers, Mapping):
        raise TypeError(f"headers must map names to values, got {type(headers).__name__}")
    together: dict[str, str | Sequence[str]] = {}
    for name, value in headers.items():
        if not isinstance(name, str):
            raise TypeError(f"name of a header must be a string, got {name!r}")
        key = name.lower()
        if key in together:
            value = [*_several(key, together[key]), *_several(key, value)]
        together[key] = value
    return together


def _content_length(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
        raise ValueError(f"content-length must be a number of bytes, got {value!r}")
    return int(value)


def _several(name: str, value: object) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable) and not isinstance(value, _NOT_SEVERAL):
        return value
    raise TypeError(f"value of header {name!r} must be a string or several, got {value!r}")


def _checked(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"value of header {name!r} must be a string or several, got {value!r}")
    if not name or name.strip(_IN_NAMES):
        raise ValueError(f"header name {name!r} is no token of RFC 9110")
    if name == "content-encoding":
        raise ValueError("content-encoding cannot be set: API Gateway streams no encoded content")
    if value.strip(_IN_VALUES):
        raise ValueError(
            f"value of header {name!r} must be Latin-1 without control characters, got {value!r}"
        )
    return value

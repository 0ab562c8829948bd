"""Read the code that stands in a template, as far as a few patterns tell what it does.

They know the common form only: a status of 200 that is there before anything is caught, and a handler of
exceptions that writes text about the error and neither sets a status nor fails.
"""

from __future__ import annotations

import re

#: https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
_NODE_STREAMS = re.compile(r"\bawslambda\s*\.\s*streamifyResponse\s*\(")
_PYTHON_STREAMS = re.compile(r"^\s*(from|import)\s+lambda_streaming\b", re.MULTILINE)
_STATUS_200 = re.compile(r"""["']?statusCode["']?\s*:\s*200\b""")
_CATCH = re.compile(r"\bcatch\s*(?:\(\s*(?P<name>\w+)[^)]*\)\s*)?\{")
_EXCEPT = re.compile(r"^(?P<indent>[ \t]*)except\b[^:\n]*?(?:\bas\s+(?P<name>\w+)\s*)?:", re.MULTILINE)
_WRITES = re.compile(r"\.\s*(?:write|end)\s*\((?P<node>[^;]*)|\byield\b(?P<python>[^\n]*)")
#: What makes an error one: another status, an exception, a broken connection, an event of that name.
_FAILS = re.compile(
    r"\bthrow\b|\braise\b|\bdestroy\s*\(|statusCode|status_code|\bHTTPError\b|event:\s*error|"
    r"""["']?event["']?\s*[:=]\s*["']error"""
)


def streams(code: str) -> str | None:
    """Return why code is known to stream, None if it is not known to."""
    if _NODE_STREAMS.search(_without_comments(code)):
        return "its code calls awslambda.streamifyResponse"
    if _PYTHON_STREAMS.search(code):
        return "its code imports lambda_streaming"
    return None


def error_inside_200(code: str) -> int | None:
    """Return the number of the line at which streaming code catches an error and writes it into a 200.

    >>> error_inside_200('''awslambda.streamifyResponse(async (event, stream) => {
    ...   stream = awslambda.HttpResponseStream.from(stream, {statusCode: 200})
    ...   try { await answer(stream) } catch (e) { stream.write(`Error: ${e.message}`) }
    ...   stream.end()
    ... })''')
    3
    """
    plain = _without_comments(code)
    if _NODE_STREAMS.search(plain):
        status = _STATUS_200.search(plain)
        blocks = [(found, _braces(plain, found.end())) for found in _CATCH.finditer(plain)]
        blocks = [(found, block) for found, block in blocks if status and status.start() < found.start()]
    elif _PYTHON_STREAMS.search(code):
        plain = code
        blocks = [(found, _indented(code, found)) for found in _EXCEPT.finditer(code)]
    else:
        return None
    for found, block in blocks:
        written = [match["node"] or match["python"] or "" for match in _WRITES.finditer(block)]
        about = re.compile(
            rf"\b{re.escape(found['name'])}\b|error" if found["name"] else "error", re.IGNORECASE
        )
        if any(about.search(each) for each in written) and not _FAILS.search(block):
            return plain.count("\n", 0, found.start()) + 1
    return None


def _without_comments(code: str) -> str:
    """Return JavaScript with its comments blank, line ends kept; a URL in a text is no comment."""
    code = re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), code, flags=re.DOTALL)
    return re.sub(r"(^|[^:\"'`])//[^\n]*", r"\1", code)


def _braces(code: str, start: int) -> str:
    """Return what stands up to the brace that closes the block."""
    depth = 1
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return code[start:at]
    return code[start:]


def _indented(code: str, found: re.Match[str]) -> str:
    """Return the block of a Python statement: the rest of its line, and what is indented more."""
    first, *lines = code[found.end() :].split("\n")
    block = [first]
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= len(found["indent"]):
            break
        block.append(line)
    return "\n".join(block)

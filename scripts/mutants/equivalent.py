"""Name the listed mutants that no test can tell from the code, each with the reason."""

from __future__ import annotations

from .sample import Mutant

_CHAT = "lambda_src/chat"

EQUIVALENT: dict[Mutant, str] = {
    Mutant(
        "cdk_streaming_api/_bedrock/model_id.py",
        "close = difflib.get_close_matches(resource_type, _BY_TYPE, n=1, cutoff=0.0)",
        "integer",
        "1",
        "2",
    ): "the matches are sorted, and only the first of them is read",
    Mutant(
        f"{_CHAT}/formats/claude/members.py",
        "after, before = row.since or (0, 0), row.before or (100, 0)",
        "integer",
        "100",
        "101",
    ): "100 stands for a version that Claude never reaches, and 101 does so as well",
    Mutant(
        "lambda_src/layer/python/lambda_streaming/_failure.py",
        'return b""',
        "return",
        'return b""',
        "return None",
        1,
    ): "the caller asks only whether there is an event",
    Mutant(
        "streaming_api_tools/local/services/bedrock/blocks.py",
        "for start, delta, stop in zip(starts, deltas, stops, strict=True):",
        "boolean",
        "True",
        "False",
    ): "the three lists are made from the same blocks, and have the same length",
    Mutant(
        "streaming_api_tools/measure/blackbox.py",
        "reads, zero = recording.reads, recording.sent.ns if recording.sent else 0",
        "integer",
        "0",
        "1",
    ): "a nanosecond does not show in shares of milliseconds",
    Mutant(
        "streaming_api_tools/client/answer.py",
        "sent: int = 0",
        "integer",
        "0",
        "1",
    ): "it is set before any other time, and a nanosecond does not show in milliseconds",
}

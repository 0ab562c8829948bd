"""Cases of rules/checks/inline_code.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import Case

CODE = ("Function", "Properties.Code.ZipFile")
NODE = """\
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, {statusCode: 200, headers: {}})
  try {
    for await (const part of answer(event)) { stream.write(part) }
  } catch (problem) {
    %s
  }
  stream.end()
})
"""
PYTHON = """\
from lambda_streaming import stream

@stream
def handler(event, context):
    try:
        yield from answer(event)
    except Exception as problem:
        %s
    yield "end"
"""


def code(text: str, runtime: str = "nodejs24.x") -> Mapping[str, Any]:
    """A function with inline code."""
    return {"Function.Properties.Code": {"ZipFile": text}, "Function.Properties.Runtime": runtime}


CASES = [
    *(
        Case(
            "STREAM034",
            f"Node.js: {line}",
            code(NODE % line),
            CODE,
            "when line 5 of its code writes",
        )
        for line in (
            "stream.write(`Error: ${problem.message}`)",
            "stream.write(JSON.stringify({error: 'failed'}))",
            "console.log(problem); stream.end(String(problem))",
        )
    ),
    *(
        Case("STREAM034", f"Python: {line}", code(PYTHON % line, "python3.14"), CODE, "when line 7 of")
        for line in ("yield str(problem)", 'yield {"error": "failed"}')
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM034: an error event": code(NODE % "stream.write(`event: error\\ndata: ${problem}\\n\\n`)"),
    "STREAM034: the exception goes on": code(NODE % "stream.write(`Error: ${problem}`); throw problem"),
    "STREAM034: another status": code(
        NODE % "awslambda.HttpResponseStream.from(stream, {statusCode: 502}).write(String(problem))"
    ),
    "STREAM034: the error is in the log only": code(NODE % "console.error(problem)"),
    "STREAM034: the status comes after what is caught": code(
        "exports.handler = awslambda.streamifyResponse(async (event, stream) => {\n"
        "  try { await open(event) } catch (problem) { stream.write(String(problem)); return }\n"
        "  stream = awslambda.HttpResponseStream.from(stream, {statusCode: 200})\n})\n"
    ),
    "STREAM034: an exception of Python goes on": code(PYTHON % "raise", "python3.14"),
    "STREAM034: a status of Python": code(PYTHON % "raise HTTPError(502, str(problem))", "python3.14"),
}

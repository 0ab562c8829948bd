"""Judge the code that stands in a template: whether an error looks like an answer."""

from __future__ import annotations

from collections.abc import Iterator

from ..rule import Finding, Rule, Severity, check
from ..subjects.inline_code import error_inside_200
from ..subjects.read import Subjects

STREAM034 = Rule(
    "STREAM034",
    Severity.WARNING,
    "an error inside a response with status 200",
    "call the upstream before the status is sent, and return the status of the error; "
    "after the first byte write an error event, or let the function fail",
    "https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html",
)


@check(STREAM034, of="functions")
def error_in_200(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming functions whose inline code writes an error as if it were an answer."""
    for function in subjects.functions:
        if function.inline_code and (line := error_inside_200(function.inline_code)):
            name = function.resource.logical_id
            message = f"{name} has sent 200 when line {line} of its code writes an error into the body"
            yield STREAM034.found(function.resource, function.resource.at("Code.ZipFile"), message)

"""Read requests of the Lambda API: the function that they name, and what AWS refuses.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from streaming_api_templates.template.partitions import partition_of

from ...json_text import parse_json
from ..application import Function

#: ``NamespacedFunctionName`` of the API model.
FUNCTION_NAME = re.compile(
    r"(?P<arn>arn:aws[a-zA-Z-]*:lambda:)?"
    r"((?P<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?"
    r"((?P<account>\d{12}):)?"
    r"(function:)?"
    r"(?P<name>[a-zA-Z0-9-_.]+)"
    r"(:(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
QUALIFIER = re.compile(r"\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_$]+")
MAX_ARN, MAX_NAME, MAX_QUALIFIER = 256, 64, 128
#: "Up to 3,583 bytes of base64-encoded data about the invoking client"
MAX_CLIENT_CONTEXT = 3583
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and 1 MB asynchronously
MAX_PAYLOAD = {"RequestResponse": 6 * 1024 * 1024, "DryRun": 6 * 1024 * 1024, "Event": 1024 * 1024}
LATEST = "$LATEST"
#: Error -> HTTP status, from the pages above.
STATUS = {
    "InvalidParameterValueException": 400,
    "InvalidRequestContentException": 400,
    "RequestTooLargeException": 413,
    "ResourceNotFoundException": 404,
    "ValidationException": 400,
}


class LambdaError(Exception):
    """Raised when the Lambda API refuses a request.

    :param kind: a key of STATUS
    :param message: what the caller is told
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = STATUS[kind]
        self.message = message


@dataclass(frozen=True)
class FunctionName:
    """The function that a request names; what it leaves out is None."""

    name: str
    qualifier: str | None = None
    region: str | None = None
    account: str | None = None


def read_function_name(name: str, qualifier: str | None) -> FunctionName:
    """Return the parts of a name, a partial ARN or a full ARN.

    :param qualifier: the ``Qualifier`` of the query string
    :raises LambdaError: for names that Lambda does not accept

    >>> read_function_name("111122223333:function:chat:live", None)
    FunctionName(name='chat', qualifier='live', region=None, account='111122223333')
    """
    found = FUNCTION_NAME.fullmatch(name)
    if not found or len(name) > MAX_ARN or len(found["name"]) > MAX_NAME:
        raise _invalid("functionName", name)
    if qualifier is not None and (len(qualifier) > MAX_QUALIFIER or not QUALIFIER.fullmatch(qualifier)):
        raise _invalid("qualifier", qualifier)
    of_name = found["qualifier"]
    if of_name and qualifier and of_name != qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise LambdaError("InvalidParameterValueException", message)
    return FunctionName(found["name"], qualifier or of_name, found["region"], found["account"])


def find(functions: Iterable[Function], target: FunctionName, region: str, account: str) -> Function:
    """Return the function with the ARN that it is invoked by.

    :param region: where the functions are
    :param account: whose the functions are
    :raises LambdaError: when there is no such function, version or alias
    """
    if target.region not in (None, region):
        message = f"Functions from '{target.region}' are not reachable in this region ('{region}')"
        raise LambdaError("ResourceNotFoundException", message)
    suffix = f":{target.qualifier}" if target.qualifier else ""
    for function in functions:
        known = target.qualifier in (None, LATEST, *function.qualifiers)
        if function.name == target.name and target.account in (None, account) and known:
            return replace(function, arn=f"{function.arn}{suffix}")
    place = f"{partition_of(region)}:lambda:{region}:{target.account or account}"
    arn = f"arn:{place}:function:{target.name}{suffix}"
    raise LambdaError("ResourceNotFoundException", f"Function not found: {arn}")


def check_payload(payload: bytes, kind: str) -> bytes:
    """Return the event; without one a function gets an empty object.

    :param kind: the invocation type
    :raises LambdaError: when it is too large or not JSON
    """
    limit = MAX_PAYLOAD[kind]
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise LambdaError("RequestTooLargeException", message)
    try:
        parse_json(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise LambdaError("InvalidRequestContentException", message) from error
    return payload or b"{}"


def read_client_context(encoded: str | None) -> str | None:
    """Return the client context as JSON.

    :raises LambdaError: when it is too large, or not a JSON object in base64
    """
    if encoded is None:
        return None
    if len(encoded) > MAX_CLIENT_CONTEXT:
        message = f"Client context must be at most {MAX_CLIENT_CONTEXT} bytes, got {len(encoded)}"
        raise LambdaError("InvalidRequestContentException", message)
    try:
        text = base64.b64decode(encoded, validate=True).decode()
        if isinstance(parse_json(text), dict):
            return text
    except (binascii.Error, ValueError):
        pass
    message = "Client context must be a valid Base64-encoded JSON object."
    raise LambdaError("InvalidRequestContentException", message)


def invocation_type(given: str | None, allowed: Iterable[str]) -> str:
    """Return the invocation type of a request.

    :raises LambdaError: for one that the operation does not have
    """
    kind = given or "RequestResponse"
    if kind not in allowed:
        raise _invalid("invocationType", kind)
    return kind


def _invalid(name: str, value: str) -> LambdaError:
    message = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint"
    return LambdaError("ValidationException", message)

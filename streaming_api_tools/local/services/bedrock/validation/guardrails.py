"""Check that a guardrail is named with its version.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html, "guardrailIdentifier"
"""

from __future__ import annotations

from collections.abc import Mapping

from .refusals import refused

IDENTIFIER, VERSION = "guardrailIdentifier", "guardrailVersion"
#: The member of a native body that says more of the guardrail.
BODY_MEMBER = "amazon-bedrock-guardrailConfig"
JSON = "application/json"


def check_pair(config: Mapping[str, object]) -> None:
    """Check that identifier and version are both there, or neither.

    :raises RefusedError: when one is missing
    """
    missing = [name for name in (IDENTIFIER, VERSION) if not config.get(name)]
    if len(missing) == 1:
        raise refused("guardrail pair", missing=missing[0])


def check_native_guardrail(members: Mapping[str, object], body: object) -> None:
    """Check the guardrail of a request whose body is native to the model.

    :param members: those in the headers
    :param body: of the request, parsed
    :raises RefusedError: when it is half a guardrail
    """
    check_pair(members)
    if members.get(IDENTIFIER):
        given = str(members.get("contentType") or JSON)
        if given.partition(";")[0].strip().lower() != JSON:
            raise refused("guardrail content type")
    elif isinstance(body, dict) and BODY_MEMBER in body:
        raise refused("guardrail body")

"""Require a guardrail in an IAM policy."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

CONDITION_KEY = "bedrock:GuardrailIdentifier"
DRAFT = "DRAFT"
Condition = dict[str, dict[str, "str | list[str]"]]

_ID = "[a-z0-9]+"  # GuardrailIdentifier of the service model of bedrock-runtime
_ARN_START = "arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:"
_ARN = f"{_ARN_START}guardrail/[a-z0-9]+"
# GuardrailCrossRegionGuardrailProfileIdentifier of the service model of bedrock
_PROFILE_ID = "[a-z0-9-]+[.]guardrail[.]v[0-9:]+"
_PROFILE = f"({_ARN_START}guardrail-profile/)?(?P<id>{_PROFILE_ID})"
_VERSION = f"[1-9][0-9]{{0,7}}|{DRAFT}"


@dataclass(frozen=True)
class Guardrail:
    """A guardrail of Amazon Bedrock, and whether a model may be called without it.

    :param identifier: its id or ARN.
    :param version: the one version that may be used: a number or ``DRAFT``. Default: - any version
    :param required: whether every call without it is denied. Default: True
    :param profile: id or ARN of the guardrail profile by which it works in several Regions. Default: - none
    """

    identifier: str
    version: str | None = None
    required: bool = True
    profile: str | None = None

    @classmethod
    def parse(cls, text: str) -> Guardrail:
        """Read ``ID``, ``ID:VERSION``, ``ARN`` or ``ARN:VERSION``.

        :raises ValueError: when it is none of them.
        """
        match = re.fullmatch(f"(?P<id>{_ID}|{_ARN})(:(?P<version>{_VERSION}))?", text)
        if match is None:
            raise ValueError(
                f"guardrail '{text}' is neither an id nor an ARN, each with a version or without, "
                "like 'gr1a2b3c4d5e', 'gr1a2b3c4d5e:1' or 'gr1a2b3c4d5e:DRAFT'"
            )
        return cls(match["id"], match["version"])

    def arn(self, partition: str, region: str, account: str) -> str:
        """Return the ARN without a version, which is the resource of ``bedrock:ApplyGuardrail``."""
        if not re.fullmatch(_ID, self.identifier):
            return self.identifier
        return f"arn:{partition}:bedrock:{region}:{account}:guardrail/{self.identifier}"

    def with_profile(self, profile: str) -> Guardrail:
        """Return this guardrail with a guardrail profile.

        :raises ValueError: when it is neither the id of one nor an ARN.
        """
        match = re.fullmatch(_PROFILE, profile)
        if match is None:
            raise ValueError(
                f"guardrail profile '{profile}' is neither an id nor an ARN, like 'us.guardrail.v1:0'"
            )
        return replace(self, profile=match["id"])

    def resources(self, partition: str, region: str, account: str) -> list[str]:
        """Return what ``bedrock:ApplyGuardrail`` is for: the guardrail, and its profile where that leads.

        https://docs.aws.amazon.com/bedrock/latest/userguide/guardrail-profiles-permissions.html lists the
        profile in each destination Region, which the id of the profile decides.
        """
        found = [self.arn(partition, region, account)]
        if self.profile:
            found.append(f"arn:{partition}:bedrock:*:{account}:guardrail-profile/{self.profile}")
        return found

    def conditions(self, arn: str) -> tuple[Condition, Condition]:
        """Return the condition of a call with this guardrail, and the condition of every other call.

        The forms are those of "Enforce the use of specific guardrails in model inference requests"
        (guardrails-permissions-id.html); its ``guardrail-id*`` for any version would also match longer ids.
        """
        if self.version is None:
            any_version: str | list[str] = [arn, f"{arn}:*"]
            return {"ArnLike": {CONDITION_KEY: any_version}}, {"ArnNotLike": {CONDITION_KEY: any_version}}
        exact = arn if self.version == DRAFT else f"{arn}:{self.version}"
        return {"StringEquals": {CONDITION_KEY: exact}}, {"StringNotEquals": {CONDITION_KEY: exact}}

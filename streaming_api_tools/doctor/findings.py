"""Holds the result of a requirement, and maps failures of AWS and of the network to one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from botocore import exceptions as botocore


class Status(str, Enum):
    """The outcome of a requirement."""

    OK = "ok"
    #: the deploy works, and something about it deserves a look
    WARN = "warn"
    FAIL = "fail"
    #: AWS did not answer, mostly for a lack of permission; the deploy may work all the same
    UNKNOWN = "unknown"
    #: nothing answered
    UNREACHABLE = "unreachable"
    #: not checked, because a requirement before it is not met
    SKIPPED = "skipped"


@dataclass(frozen=True)
class RequirementResult:
    """The result of one requirement.

    :param fix: the one command that helps, where the requirement is not met
    """

    check: str
    status: Status
    detail: str
    fix: str = ""


class RequirementFailed(Exception):
    """Raised when a requirement is not met, with the command that fixes it."""

    def __init__(self, detail: str, fix: str) -> None:
        super().__init__(detail)
        self.fix = fix


class CheckWarning(RequirementFailed):
    """Raised when a requirement is met with a reservation."""


class Skipped(Exception):
    """Raised when a requirement does not apply; the message gives the reason."""


CONFIGURE, LOGIN, SSO_LOGIN = "aws configure", "aws login", "aws sso login"

#: What botocore raises for credentials that are not there or have ended -> the command that gets new ones.
CREDENTIAL_ERRORS: dict[type[botocore.BotoCoreError], str] = {
    botocore.NoCredentialsError: CONFIGURE,
    botocore.PartialCredentialsError: CONFIGURE,
    botocore.ProfileNotFound: "aws configure --profile {profile}",
    botocore.CredentialRetrievalError: CONFIGURE,
    botocore.LoginError: LOGIN,
    botocore.SSOError: SSO_LOGIN,
    botocore.TokenRetrievalError: SSO_LOGIN,
}
#: What STS and the services answer to credentials that they do not accept.
#: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
CREDENTIAL_CODES: dict[str, str] = {
    "ExpiredToken": LOGIN,
    "ExpiredTokenException": LOGIN,
    "InvalidClientTokenId": CONFIGURE,
    "UnrecognizedClientException": CONFIGURE,
    "IncompleteSignature": CONFIGURE,
    "SignatureDoesNotMatch": CONFIGURE,
    "AuthFailure": CONFIGURE,
}
DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
THROTTLED_CODES = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
)
#: The errors of an endpoint that is not AWS for an operation that it lacks.
UNANSWERED_CODES = frozenset(
    {
        "400",
        "404",
        "501",
        "InvalidAction",
        "NotImplemented",
        "NotImplementedException",
        "UnknownOperation",
        "UnknownOperationException",
        "UnsupportedOperation",
    }
)
NO_ANSWER = (botocore.HTTPClientError, botocore.ConnectionError)


def refused(check: str, failure: botocore.BotoCoreError | botocore.ClientError) -> RequirementResult:
    """Return the result of a requirement whose request to AWS failed.

    :raises BotoCoreError, ClientError: the failure itself, when it is unexpected
    """
    detail = " ".join(str(failure).split())
    if isinstance(failure, botocore.ClientError):
        code = failure.response.get("Error", {}).get("Code", "")
        if code in CREDENTIAL_CODES:
            return RequirementResult(
                check, Status.FAIL, f"the credentials are not accepted: {code}", CREDENTIAL_CODES[code]
            )
        if code in DENIED_CODES:
            scp = ", denied by a service control policy" if "service control policy" in detail else ""
            asked = f"{failure.operation_name}: {code}{scp}"
            return RequirementResult(check, Status.UNKNOWN, f"the credentials may not ask {asked}")
        if code in THROTTLED_CODES:
            return RequirementResult(
                check, Status.UNKNOWN, f"AWS throttles {failure.operation_name}: run it again"
            )
        if code in UNANSWERED_CODES:
            operation = failure.operation_name
            return RequirementResult(check, Status.SKIPPED, f"this endpoint does not answer {operation}")
        raise failure
    for kind, fix in CREDENTIAL_ERRORS.items():
        if isinstance(failure, kind):
            return RequirementResult(check, Status.FAIL, detail, fix.format_map(failure.kwargs))
    if isinstance(failure, NO_ANSWER):
        return RequirementResult(check, Status.UNREACHABLE, detail)
    raise failure

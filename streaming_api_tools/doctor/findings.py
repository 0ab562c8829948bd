"""What a check finds, also when AWS, or the way to it, is what fails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from botocore import exceptions as botocore


class Status(str, Enum):
    """How a check ended."""

    OK = "ok"
    #: the deploy works, and something about it deserves a look
    WARN = "warn"
    FAIL = "fail"
    #: AWS did not say, mostly because the credentials may not ask; the deploy may work all the same
    UNKNOWN = "unknown"
    #: nothing answered
    UNREACHABLE = "unreachable"
    #: not looked at, because a check before it did not end well
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    :param fix: the one command that helps, for what failed
    """

    check: str
    status: Status
    detail: str
    fix: str = ""


class Failed(Exception):
    """What was asked for is not as it should be, and the command that fixes it."""

    def __init__(self, detail: str, fix: str) -> None:
        super().__init__(detail)
        self.fix = fix


class Doubtful(Failed):
    """What was asked for works, with a reservation."""


class NotAsked(Exception):
    """The check has nothing to ask about; says why."""


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
#: What an endpoint that is not AWS answers to an operation that it does not have.
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


def refused(check: str, failure: botocore.BotoCoreError | botocore.ClientError) -> Finding:
    """Return what it means for a check that asking AWS failed.

    :raises BotoCoreError, ClientError: the failure itself, when nobody expects it
    """
    detail = " ".join(str(failure).split())
    if isinstance(failure, botocore.ClientError):
        code = failure.response.get("Error", {}).get("Code", "")
        if code in CREDENTIAL_CODES:
            return Finding(
                check, Status.FAIL, f"the credentials are not accepted: {code}", CREDENTIAL_CODES[code]
            )
        if code in DENIED_CODES:
            scp = ", denied by a service control policy" if "service control policy" in detail else ""
            asked = f"{failure.operation_name}: {code}{scp}"
            return Finding(check, Status.UNKNOWN, f"the credentials may not ask {asked}")
        if code in THROTTLED_CODES:
            return Finding(check, Status.UNKNOWN, f"AWS throttles {failure.operation_name}: run it again")
        if code in UNANSWERED_CODES:
            operation = failure.operation_name
            return Finding(check, Status.SKIPPED, f"this endpoint does not answer {operation}")
        raise failure
    for kind, fix in CREDENTIAL_ERRORS.items():
        if isinstance(failure, kind):
            return Finding(check, Status.FAIL, detail, fix.format_map(failure.kwargs))
    if isinstance(failure, NO_ANSWER):
        return Finding(check, Status.UNREACHABLE, detail)
    raise failure

"""Write the findings of cdk-nag's regulated packs, with their answers, into docs/constructs-checks.md."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parent.parent / "docs" / "constructs-checks.md"
BEGIN, END = "<!-- scripts/nag_docs.py writes what follows -->\n", "<!-- up to here -->"
#: class in cdk_nag -> what its rules begin with
PACKS = {
    "HIPAASecurityChecks": "HIPAA.Security",
    "NIST80053R4Checks": "NIST.800.53.R4",
    "NIST80053R5Checks": "NIST.800.53.R5",
    "PCIDSS321Checks": "PCI.DSS.321",
}
_HIPAA, _R4, _R5, _PCI = PACKS.values()
_ALL = (_HIPAA, _R4, _R5, _PCI)


class Answer(NamedTuple):
    """The answer to a finding.

    :param packs: the packs that have the rule
    :param clean: whether an argument, or a resource that you pass, makes it clean
    :param text: which one, or why the rule does not apply
    """

    packs: tuple[str, ...]
    clean: bool
    text: str


ANSWERS = {
    "APIGWAssociatedWithWAF": Answer((_R5, _PCI), True, "`add_managed_web_acl()`, or `add_web_acl(arn)`"),
    "APIGWCacheEnabledAndEncrypted": Answer(
        _ALL, False, "API Gateway does not cache streams; a cache would break them"
    ),
    "APIGWSSLEnabled": Answer(
        (_HIPAA, _R5, _PCI),
        True,
        "`stage_options=StageOptions(client_certificate_id=...)`; the certificate is for HTTP servers; "
        "Lambda does not look at it",
    ),
    "CloudWatchAlarmAction": Answer(
        (_HIPAA, _R4, _R5),
        True,
        "`alarm_actions=` of `StreamingMonitoring`; `add_alarm_action` of `GradualRollout.error_alarm`, "
        "which rolls back without one, and of your own alarms",
    ),
    "CloudWatchLogGroupEncrypted": Answer(
        _ALL,
        True,
        "`log_encryption_key=` of functions and of `StreamingApi`, `encryption_key=` of `ApiKeyAuthorizer`",
    ),
    "IAMNoInlinePolicy": Answer(
        _ALL,
        False,
        "the role and its policy are of one function; a managed policy would be one more thing that others "
        "can attach. For a policy of your own, pass `role=role.without_policy_updates()`",
    ),
    "LambdaConcurrency": Answer(
        (_HIPAA, _R5),
        True,
        "`reserved_concurrent_executions=`; for the function of `ApiKeyAuthorizer`, "
        "`keys.function.node.default_child.reserved_concurrent_executions`",
    ),
    "LambdaDLQ": Answer(
        (_HIPAA, _R5),
        False,
        "a dead letter queue takes failed asynchronous events; API Gateway invokes synchronously",
    ),
    "LambdaInsideVPC": Answer(_ALL, True, "`vpc=` of functions and of `ApiKeyAuthorizer`"),
    "SNSEncryptedKMS": Answer(_ALL, True, "the topic is yours: `sns.Topic(..., master_key=key)`"),
    "SecretsManagerRotationEnabled": Answer(
        (_HIPAA, _R5),
        False,
        "a key that rotates by itself locks its client out; add a second name, and remove the first later",
    ),
    "SecretsManagerUsingKMSKey": Answer(
        (_HIPAA, _R5, _PCI), True, "`encryption_key=` of `ApiKeyAuthorizer`, or your own `secret=`"
    ),
    "WAFv2LoggingEnabled": Answer(
        _ALL,
        True,
        "`wafv2.CfnLoggingConfiguration` for the web ACL, which `add_managed_web_acl` returns; its log would "
        "hold no bodies, but headers with keys: redact `authorization` and `x-api-key`",
    ),
}


def table() -> str:
    """Return the table."""
    rows = ["| rule | packs | made clean by, or does not apply |", "|---|---|---|"]
    for rule, answer in ANSWERS.items():
        packs = ", ".join(answer.packs) if answer.packs != _ALL else "all four"
        text = answer.text if answer.clean else f"Does not apply: {answer.text}"
        rows.append(f"| `{rule}` | {packs} | {text[0].upper()}{text[1:]}. |")
    return "\n".join(rows) + "\n"


def render(page: str) -> str:
    """Return the page with the table as it is now."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, "the page has no place for the table"
    assert end, "the table has no end"
    return before + begin + "\n" + table() + "\n" + end + after


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")

"""Checks the permission for the project that a call belongs to.

botocore's service model documents since 1.44.8 that a call of a model needs its action on the project too:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html. Whether AWS denies a
role without it is not known, so its lack is a warning.
"""

from __future__ import annotations

from pathlib import Path

from . import identity, synthesized
from .clients import Aws
from .findings import CheckWarning, Skipped
from .models import ACTION

#: The account's own project, to which a call without one belongs.
DEFAULT = "default"
_NEEDED = "a call may need it, as AWS documents"


def permission(aws: Aws, model: str, project: str, role: str, cdk: str, cdk_out: Path) -> str:
    """Look for the action on the project, in the synthesized policies and in the policies of a role.

    :param project: id or ARN
    """
    caller = aws.sts.get_caller_identity()
    partition, account = caller["Arn"].split(":")[1], caller["Account"]
    arn = project
    if not project.startswith("arn:"):
        arn = f"arn:{partition}:bedrock:{aws.region}:{account}:project/{project}"
    try:
        statements = synthesized.statements(cdk_out, str(aws.region), account, ACTION)
    except ValueError:
        statements = None  # the check of the model says so
    if statements and not synthesized.allows(statements, arn):
        raise CheckWarning(f"the synthesized policy does not allow {arn}: {_NEEDED}", f"{cdk} synth")
    if role:
        _simulate(aws, model, project, role, arn)
    elif not statements:
        raise Skipped("pass --role with the ARN of the function's role")
    return f"calls in project {project} are allowed"


def _simulate(aws: Aws, model: str, project: str, role: str, arn: str) -> None:
    found = aws.iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=[ACTION], ResourceArns=[arn])[
        "EvaluationResults"
    ]
    if denied := identity.denials(found):
        named = "" if project == DEFAULT else f" --project {project}"
        account = role.split(":")[4]
        document = f'"$(streaming-api policy {model} --region {aws.region} --account {account}{named})"'
        fix = identity.put_policy(role, "call-the-model", document)
        raise CheckWarning(f"{role.rpartition('/')[2]}: {denied[0]}: {_NEEDED}", fix)

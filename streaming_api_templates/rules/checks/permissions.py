"""Judge the permissions of functions: whether API Gateway may invoke them."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.function_policy import MAX_POLICY_BYTES
from ...template.symbols import display
from ..rule import GUIDE, Finding, Rule, Severity, check
from ..subjects.permissions import covered
from ..subjects.read import Subjects

STREAM022 = Rule(
    "STREAM022",
    Severity.ERROR,
    "a function that API Gateway may not invoke",
    "add an AWS::Lambda::Permission for apigateway.amazonaws.com and "
    "lambda:InvokeFunction on the function, or alias, that the URI names",
    f"{GUIDE}/api-gateway-control-access-using-iam-policies-to-invoke-api.html",
)


@check(STREAM022, of="methods")
def missing_permission(subjects: Subjects) -> Iterator[Finding]:
    """Yield the methods whose function API Gateway may not invoke."""
    for method in subjects.methods:
        # a function of another app may have its permission there; Credentials name a role instead of one
        if method.function is None or method.integration.get("Credentials"):
            continue
        found = subjects.permissions.get(method.target, ())
        if covered(method, found):
            continue
        name = _shown(method.target)
        what = "no permission" if not found else "no permission whose SourceArn covers it"
        message = f"{method.label} invokes {name}, and there is {what} for API Gateway"
        yield STREAM022.found(method.resource, method.at("Uri"), message)


STREAM035 = Rule(
    "STREAM035",
    Severity.ERROR,
    f"a function with more permissions than its policy of {MAX_POLICY_BYTES:,} bytes holds",
    "replace the permissions of single methods by one whose SourceArn ends with /*/* or /*; the constructs "
    "do so from the 21st stream of a function in an API",
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
)


@check(STREAM035, of="function_policies")
def policy_size(subjects: Subjects) -> Iterator[Finding]:
    """Yield the first permission of each function that Lambda refuses."""
    for policy in subjects.function_policies:
        sizes = list(policy.sizes())
        full = next((index for index, size in enumerate(sizes) if size > MAX_POLICY_BYTES), None)
        if full is not None:
            refused = policy.permissions[full]
            message = (
                f"the {len(sizes)} permissions of {_shown(policy.target)} make a policy of at least "
                f"{sizes[-1]:,} bytes, of which Lambda takes {MAX_POLICY_BYTES:,}"
            )
            yield STREAM035.found(refused, refused.at("FunctionName"), message)


def _shown(target: str) -> str:
    return display(f"${{{target}}}")[2:-1]

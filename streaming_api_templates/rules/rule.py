"""Hold the rules, each with its check and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from ..template.cdk_metadata import path_of, reactions
from .subjects.read import Subjects
from .subjects.resources import Resource

GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
MODE = f"{GUIDE}/response-transfer-mode.html"
CONFIGURE = f"{GUIDE}/response-streaming-lambda-configure.html"


class Severity(IntEnum):
    """Severity of a rule: the lower, the worse."""

    ERROR = 1
    WARNING = 2

    def __str__(self) -> str:
        """Return the word for it."""
        return self.name.lower()


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule: what must not be, and what to do about it.

    :param id: acknowledged as ``StreamingRules::<id>``
    :param severity: an error is refused by API Gateway, breaks the answer or keeps it from streaming;
        a warning works, but not as it reads, or at somebody's cost
    :param title: what must not be, in a line
    :param fix: what to do
    :param link: where it is documented
    """

    id: str
    severity: Severity
    title: str
    fix: str
    link: str

    def found(self, resource: Resource, path: str, message: str) -> Finding:
        """Return a finding about a resource.

        :param resource: that breaks the rule
        :param path: property path in it, as the template has it
        :param message: what was got, in a line
        """
        notes, construct_path = resource.template.metadata, resource.construct_path
        acknowledged, already_reported = None, False
        if notes:
            construct_path = construct_path or path_of(notes, resource.logical_id)
            acknowledged, already_reported = reactions(notes, construct_path, self.id)
        return Finding(
            self,
            resource.template.name,
            resource.logical_id,
            path,
            message,
            construct_path,
            acknowledged,
            already_reported,
        )


@dataclass(frozen=True)
class Finding:
    """A place in a template that breaks a rule.

    :param rule: the rule
    :param template: name of the template
    :param logical_id: of the resource
    :param path: property path in the resource
    :param message: what was got
    :param construct_path: of the construct. Default: - the template is not the CDK's
    :param acknowledged: the reason for which it was acknowledged. Default: - it was not
    :param already_reported: True when the construct that defined the resource emits this warning itself, or
        would if that were not acknowledged there, so that the plugin must not repeat it. Default: False
    """

    rule: Rule
    template: str
    logical_id: str
    path: str
    message: str
    construct_path: str | None = None
    acknowledged: str | None = None
    already_reported: bool = False


Judge = Callable[[Subjects], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """A check with what it is about.

    :param rules: those whose findings it yields
    :param subjects: the attributes of :class:`Subjects` of which it looks at each item; it finds nothing when
        they are empty
    :param judge: yields the findings
    """

    rules: tuple[Rule, ...]
    subjects: tuple[str, ...]
    judge: Judge


#: Every check, in the order in which the modules define them.
CHECKS: list[Check] = []


def check(*rules: Rule, of: str | tuple[str, ...]) -> Callable[[Judge], Judge]:
    """Register a function as the check of one or more rules.

    :param of: attributes of :class:`Subjects`; without any item in them the function is not called
    """

    def register(function: Judge) -> Judge:
        CHECKS.append(Check(rules, (of,) if isinstance(of, str) else of, function))
        return function

    return register

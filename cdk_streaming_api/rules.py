"""Run the rules for streaming APIs as a validation plugin of the CDK."""

from __future__ import annotations

from pathlib import Path

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from streaming_api_templates.printable import one_line
from streaming_api_templates.rules.catalogue import RULES
from streaming_api_templates.rules.engine import find
from streaming_api_templates.rules.rule import Finding, Severity
from streaming_api_templates.template.assembly import read_files


@jsii.implements(IPolicyValidationPlugin)
class StreamingRules:
    """Looks for what does not go with response streaming, in the finished templates of any CDK app.

    Property overrides, L1 constructs and included templates are seen as they will be deployed::

        cdk.Validations.of(app).add_plugins(StreamingRules())

    An error fails the synthesis. A finding that is meant to be is acknowledged with a reason::

        cdk.Validations.of(api).acknowledge(
            cdk.Acknowledgment(id="StreamingRules::STREAM016", reason="the handler pings every 20 seconds")
        )

    The rules are listed in docs/rules.md; ``streaming-api check`` applies them without the CDK.
    """

    @property
    def name(self) -> str:
        """The name in reports and in acknowledged ids."""
        return "StreamingRules"

    @property
    def version(self) -> str:
        """The version of the rules."""
        return "1"

    @property
    def rule_ids(self) -> list[str]:
        """The ids of all rules."""
        return list(RULES)

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Return what the rules find in the templates.

        :param context: the synthesized templates.
        """
        # the names are the absolute paths, by which the CDK finds the constructs
        everything = find(read_files([Path(stack.template_path) for stack in context.stack_templates]))
        # our own constructs warn of the rest themselves, under the same ids
        found = [each for each in everything if not each.already_reported]
        return PolicyValidationPluginReport(
            success=all(each.rule.severity is not Severity.ERROR for each in found),
            violations=[_violation(each) for each in found],
        )


def _violation(found: Finding) -> PolicyViolation:
    return PolicyViolation(
        rule_name=found.rule.id,
        description=one_line(found.message),
        severity=str(found.rule.severity),
        fix=f"{found.rule.fix} ({found.rule.link})",
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=found.logical_id,
                template_path=found.template,
                locations=[one_line(found.path)],
            )
        ],
    )

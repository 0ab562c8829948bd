"""CloudFormation Validate as a native library, in place of the CDK's built-in WebAssembly build of it.

The rules are the same; the built-in build takes longer to start than everything else in a synthesis together.
Needs the wheel ``cloudformation-validate``::

    app = cdk.App(builtin_cloud_formation_validation=False)
    cdk.Validations.of(app).add_plugins(CloudFormationValidate())
"""

from __future__ import annotations

import atexit
from concurrent.futures import Future, ThreadPoolExecutor

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyValidationStack,
    PolicyViolatingResource,
    PolicyViolation,
)
from cloudformation_validate import (
    CompositeEngine,
    Diagnostic,
    EntityType,
    PseudoParameterOverrides,
    RuleFilterConfig,
    Severity,
    ValidateConfig,
    version,
)

# What the built-in plugin leaves out, since the CDK itself writes what these rules mind:
# aws-cdk-lib/core/lib/validation/cloudformation-validate-plugin.ts
IGNORED_RULES = ["W3005", "W1020", "E1018", "W9002", "W9013", "W1103"]
_SEVERITIES = {Severity.FATAL: "error", Severity.ERROR: "error", Severity.WARN: "warning"}


@jsii.implements(IPolicyValidationPlugin)
class CloudFormationValidate:
    """Validates every finished template of an app.

    It has the name of the built-in plugin, so that acknowledged rule ids keep their meaning and the feature
    flag ``@aws-cdk/core:validateAgainstDefaultRules`` still decides whether findings fail the synthesis.
    """

    def __init__(self) -> None:
        """Begin to compile the rules, for which the library needs neither Python nor Node."""
        # takes it as long as a stack takes the CDK, so it does not wait until the templates are there
        pool = ThreadPoolExecutor(1)
        self._compiled: Future[CompositeEngine] | None = pool.submit(CompositeEngine)
        pool.shutdown(wait=False)
        # an app that is never synthesized: the library is gone when the interpreter frees what is left
        atexit.register(self._take)

    @property
    def name(self) -> str:
        """The name in reports and in acknowledged ids."""
        return "CloudFormation Validate"

    @property
    def version(self) -> str:
        """The version of the rules."""
        return str(version())

    @property
    def rule_ids(self) -> list[str] | None:
        """None: to list the rules would mean to compile them a second time."""
        return None

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Return what the rules find in the templates.

        :param context: the synthesized templates.
        """
        engine = self._take() or CompositeEngine()
        violations = [
            _violation(diagnostic, stack)
            for stack in context.stack_templates
            for diagnostic in engine.validate_template(stack.template_path, _config(stack)).diagnostics
        ]
        return PolicyValidationPluginReport(
            success=all(violation.severity != "error" for violation in violations), violations=violations
        )

    def _take(self) -> CompositeEngine | None:
        """Hand the engine over to whoever asks first, so that it lives no longer than its use."""
        compiled, self._compiled = self._compiled, None
        return compiled.result() if compiled else None


def _config(stack: PolicyValidationStack) -> ValidateConfig:
    return ValidateConfig(
        exclude=RuleFilterConfig(ids=IGNORED_RULES),
        severity_level=Severity.WARN,
        pseudo_parameter_overrides=PseudoParameterOverrides(account_id=stack.account_id, region=stack.region),
    )


def _violation(diagnostic: Diagnostic, stack: PolicyValidationStack) -> PolicyViolation:
    path = diagnostic.property_path
    entity = diagnostic.entity
    resource = entity.logical_id if entity and entity.entity_type == EntityType.RESOURCE else None
    return PolicyViolation(
        rule_name=diagnostic.rule_id,
        description=f"{path.removeprefix('Properties.')}: {diagnostic.message}"
        if path
        else diagnostic.message,
        severity=_SEVERITIES[diagnostic.severity],
        fix=diagnostic.suggested_fix,
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=resource,
                construct_path=None if resource else stack.stack_construct_path,
                template_path=stack.template_path,
                locations=[path] if path else [],
            )
        ],
    )

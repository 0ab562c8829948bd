"""Grant exactly the permissions that calls of a Bedrock model need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import reduce
from typing import cast

from aws_cdk import Annotations, Aws, Stack, Token
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from .._common.keyword_options import checks_arguments
from .._common.tokens import check_known, check_list_known
from .context import context_key, model_arns
from .guardrail import Guardrail
from .invoked_model import DEFAULT_PROJECT, InvokedModel, SourceRegion
from .model_id import BedrockModelKind, ModelReference, parse, reference_of_kind
from .statements import INVOKE, IamStatement, count_statements, responses_statements, statements
from .vendor_api import MESSAGES, RESPONSES, serves_messages, serves_responses
from .warnings import model_warnings


@dataclass(frozen=True)
class BedrockModel:
    """A model that Amazon Bedrock serves, and the exact permission to stream from it.

    It is a value: it needs no app, and one can be granted to any number of functions, roles and users::

        nova = BedrockModel("amazon.nova-lite-v1:0")
        nova.grant_stream(fn)

    Everything that the Bedrock runtime takes as ``modelId`` is a model, and each kind gets the statements
    that AWS documents for it, ``bedrock:InvokeModelWithResponseStream`` alone, and the same on the project
    that the call belongs to:

    * a base model: its ARN in the stack's Region;
    * a geographic inference profile such as ``us.amazon.nova-lite-v1:0``: the profile, and the base model in
      the source and destination Regions under the condition ``bedrock:InferenceProfileArn``;
    * a global inference profile, ``global.amazon.nova-2-lite-v1:0``, in three statements: the profile
      requested in the stack's Region; the base model there, through the profile; and the base model without a
      Region, ``arn:aws:bedrock:::foundation-model/...``, through the profile, where ``aws:RequestedRegion``
      is ``unspecified``. A service control policy that denies Regions must leave ``unspecified`` open;
    * an application inference profile: its ARN, and the models behind it through it;
    * provisioned throughput, a custom model deployment, an imported model: its ARN;
    * a marketplace endpoint, a prompt, a prompt router: what ``docs/bedrock-iam.md`` lists.

    A geographic profile routes to other Regions from each source Region. State them, or let ``streaming-api
    doctor`` look them up into ``cdk.context.json``. With neither, the base model is allowed in every Region,
    still through the profile only, and a warning says so::

        BedrockModel("us.amazon.nova-lite-v1:0", destination_regions=["us-east-1", "us-east-2", "us-west-2"])

    A CDK token cannot be read at synth, so say what it names::

        BedrockModel(
            profile.attr_inference_profile_arn,
            kind=BedrockModelKind.APPLICATION_INFERENCE_PROFILE,
            models=[BedrockModel("amazon.nova-lite-v1:0")],
        )

    :param model_id: what the Bedrock runtime takes as ``modelId``: an id or an ARN.
    :param kind: what it names; required for a token, of which base models and system-defined inference
        profiles are taken as ids and all other kinds as ARNs. Default: - read from the id
    :param models: the models behind an application inference profile, a prompt or a prompt router, or the
        base model of a profile whose id is a token. Default: - what the id or cdk.context.json tells
    :param destination_regions: where a geographic inference profile may route to from the stack's Region.
        Default: - what cdk.context.json tells
    :param guardrail: id or ARN of the guardrail that goes with every call; a token is taken as ARN. It must
        be in the account of the caller. Default: - none
    :param guardrail_version: the one version that may be used, a number or ``DRAFT``. Default: - any version
    :param guardrail_profile: id or ARN of the guardrail profile, for a guardrail with cross-Region inference.
        Default: - the guardrail works in its own Region
    :param require_guardrail: whether calls of this model without the guardrail are denied, also those that
        another statement allows. Default: True
    :param project: id or ARN of the project that every call belongs to, in the account and Region of the
        caller; a token is taken as ARN. Callers have to send it as ``projectIdentifier``, which a
        ``BedrockFunction`` does. Default: the account's default project
    :raises ValueError: when Bedrock would not take the id; it names the nearest legal form.
    """

    model_id: str
    _: KW_ONLY
    kind: BedrockModelKind | None = None
    models: Sequence[BedrockModel] = ()
    destination_regions: Sequence[str] = ()
    guardrail: str | None = None
    guardrail_version: str | None = None
    require_guardrail: bool = True
    guardrail_profile: str | None = None
    project: str | None = None

    def __post_init__(self) -> None:
        check_list_known("destination_regions", self.destination_regions, "each is in an ARN")
        # frozen and hashable also when lists were given
        object.__setattr__(self, "models", tuple(self.models))
        object.__setattr__(self, "destination_regions", tuple(self.destination_regions))
        self._target()  # refuses what Bedrock would

    @checks_arguments
    def grant_stream(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to stream from this model, with ConverseStream or InvokeModelWithResponseStream.

        :param grantee: the function, role, user or group that calls the model.
        :raises ValueError: when an inference profile cannot be called from the Region of the grantee's stack.
        """
        return self._grant(grantee, statements)

    @checks_arguments
    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to call this model for one whole answer, with Converse or InvokeModel.

        :param grantee: the function, role, user or group that calls the model.
        :raises ValueError: when an inference profile cannot be called from the Region of the grantee's stack.
        """
        return self._grant(grantee, lambda target, source: statements(target, source, (INVOKE,)))

    @checks_arguments
    def grant_responses(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to stream from this model, with OpenAI's Responses API of Bedrock as well.

        AWS documents that it needs ``bedrock:InvokeModel`` on the account's default project besides.

        :param grantee: the function, role, user or group that calls the model.
        :raises ValueError: when the model is not known to have that API, or has a guardrail or a project,
            which that API does not hold.
        """
        return self._grant(grantee, responses_statements)

    @checks_arguments
    def grant_count_tokens(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to count the tokens of requests to this model, with CountTokens.

        AWS documents that it needs ``bedrock:CountTokens`` and ``bedrock:InvokeModel`` on the foundation
        model, also for a model that is called through an inference profile.

        :param grantee: the function, role, user or group that counts.
        :raises ValueError: when CountTokens is not known to cover the model.
        """
        source = _source_of(grantee)
        allowed = count_statements(self._target(), source)
        if not allowed:
            raise ValueError(
                f"model '{self.model_id}' must be one of Anthropic's from Claude 3.5 to 4.6, by its id: "
                "CountTokens is not known to cover others"
            )
        return reduce(lambda one, other: one.combine(other), [_add(grantee, each) for each in allowed])

    def _counts_tokens(self) -> bool:
        return bool(count_statements(self._target(), SourceRegion("", "", "")))

    def _vendor_apis(self) -> frozenset[str]:
        """Return the APIs of vendors that the model is known to have on Bedrock's own paths for them."""
        reference = self._reference()
        known = {MESSAGES: serves_messages(reference), RESPONSES: serves_responses(reference)}
        return frozenset(api for api, serves in known.items() if serves)

    def _grant(
        self,
        grantee: iam.IGrantable,
        needed: Callable[[InvokedModel, SourceRegion], list[IamStatement]],
    ) -> iam.Grant:
        scope, source = _scope_of(grantee), _source_of(grantee)
        target = self._target(scope, source)
        allowed = needed(target, source)
        if scope is not None:
            for warning in model_warnings(target, source):
                Annotations.of(scope).add_warning_v2(warning.warning_id, warning.message)
        grants = [_add(grantee, statement) for statement in allowed if statement["Effect"] == "Allow"]
        for statement in allowed:
            if statement["Effect"] == "Deny":
                grantee.grant_principal.add_to_principal_policy(iam.PolicyStatement.from_json(statement))
        return reduce(lambda one, other: one.combine(other), grants)

    def _target(self, scope: IConstruct | None = None, source: SourceRegion | None = None) -> InvokedModel:
        """Return the CDK-free model, completed from ``cdk.context.json``."""
        reference = self._reference()
        known: tuple[str, ...] = ()
        if scope is not None and source is not None and not self.destination_regions and not self.models:
            known = _context_model_arns(scope, source, reference)
        home = None if source is None else InvokedModel(reference).home(source)
        return InvokedModel(
            reference,
            models=tuple(model._target(scope, home) for model in self.models),
            destination_regions=tuple(self.destination_regions),
            model_arns=known,
            guardrail=self._guardrail(),
            project=DEFAULT_PROJECT if self.project is None else self.project,
        )

    def _reference(self) -> ModelReference:
        unresolved = bool(Token.is_unresolved(self.model_id))
        if unresolved and self.kind is not None:
            return reference_of_kind(self.model_id, self.kind)
        reference = parse(self.model_id, placeholders=unresolved)
        if self.kind not in (None, reference.kind):
            raise ValueError(f"kind of model id '{self.model_id}' is {reference.kind}, got {self.kind}")
        return reference

    def _guardrail(self) -> Guardrail | None:
        if self.guardrail is None:
            if self.guardrail_version is not None:
                raise ValueError(f"guardrail version '{self.guardrail_version}' needs a guardrail")
            if self.guardrail_profile is not None:
                raise ValueError(f"guardrail profile '{self.guardrail_profile}' needs a guardrail")
            return None
        check_known(
            "guardrail_profile", self.guardrail_profile, "its id is in the ARNs of all destination Regions"
        )
        guardrail = self._named_guardrail(self.guardrail)
        return guardrail.with_profile(self.guardrail_profile) if self.guardrail_profile else guardrail

    def _named_guardrail(self, guardrail: str) -> Guardrail:
        if Token.is_unresolved(guardrail) or Token.is_unresolved(self.guardrail_version):
            return Guardrail(guardrail, self.guardrail_version, self.require_guardrail)
        version = "" if self.guardrail_version is None else f":{self.guardrail_version}"
        named = Guardrail.parse(guardrail + version)
        return Guardrail(named.identifier, named.version, self.require_guardrail)


# the initializer is made from the fields
BedrockModel.__init__ = checks_arguments(BedrockModel.__init__)  # type: ignore[method-assign]


def _scope_of(grantee: iam.IGrantable) -> IConstruct | None:
    """Return the construct that the grant is about; principals such as an AWS account are none."""
    candidates: tuple[object, ...] = (grantee, grantee.grant_principal)
    return next((cast(IConstruct, each) for each in candidates if hasattr(each, "node")), None)


def _source_of(grantee: iam.IGrantable) -> SourceRegion:
    """Return where the grantee calls from."""
    scope = _scope_of(grantee)
    if scope is None:
        return SourceRegion(Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID)
    stack = Stack.of(scope)
    return SourceRegion(stack.partition, stack.region, stack.account)


def _context_model_arns(
    scope: IConstruct, source: SourceRegion, reference: ModelReference
) -> tuple[str, ...]:
    """Return the foundation models of a profile that ``cdk.context.json`` knows from the source Region."""
    region = reference.region or source.region
    if Token.is_unresolved(region) or Token.is_unresolved(reference.model_id):
        return ()
    key = context_key(region, reference.model_id)
    return model_arns(key, scope.node.try_get_context(key))


def _add(grantee: iam.IGrantable, statement: IamStatement) -> iam.Grant:
    return iam.Grant.add_to_principal(
        grantee=grantee,
        actions=statement["Action"],
        resource_arns=statement["Resource"],
        conditions=statement.get("Condition"),
    )

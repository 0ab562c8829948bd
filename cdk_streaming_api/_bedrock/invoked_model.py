"""Name the model that a call invokes and the Region of the caller, and return the ARNs of both."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .guardrail import Guardrail
from .model_id import PLACEHOLDER, ModelReference
from .model_id import BedrockModelKind as Kind
from .regions import check_prefix

#: The project that a call without one belongs to.
DEFAULT_PROJECT = "default"
# ProjectIdentifier of the service model of bedrock-runtime
_PROJECT = re.compile("(arn:aws(-[^:]+)?:bedrock:[0-9a-z-]{1,20}:[0-9]{12}:project/)?(?P<id>[a-zA-Z0-9_-]+)")
_PROFILES = (Kind.GEOGRAPHIC_INFERENCE_PROFILE, Kind.GLOBAL_INFERENCE_PROFILE)
#: Of these a token is the id itself; everything else is named by ARN.
NAMED_BY_ID = (Kind.FOUNDATION_MODEL, *_PROFILES)
# which kinds may stand behind which; CreateInferenceProfile, CreatePromptRouter and CreatePrompt say so
MODELS_BEHIND = {
    Kind.GEOGRAPHIC_INFERENCE_PROFILE: (Kind.FOUNDATION_MODEL,),
    Kind.GLOBAL_INFERENCE_PROFILE: (Kind.FOUNDATION_MODEL,),
    Kind.APPLICATION_INFERENCE_PROFILE: NAMED_BY_ID,
    Kind.DEFAULT_PROMPT_ROUTER: NAMED_BY_ID,
    Kind.PROMPT_ROUTER: (*NAMED_BY_ID, Kind.APPLICATION_INFERENCE_PROFILE),
    Kind.PROMPT: tuple(kind for kind in Kind if kind is not Kind.PROMPT),
}
# ConverseStream, projectIdentifier: "For a non-default project, the inference target must resolve to a
# foundation model or system-defined inference profile."
_IN_NAMED_PROJECTS = (*NAMED_BY_ID, Kind.DEFAULT_PROMPT_ROUTER, Kind.PROMPT_ROUTER, Kind.PROMPT)


@dataclass(frozen=True)
class SourceRegion:
    """The source Region of a call, as AWS names it, in its partition and account."""

    partition: str
    region: str
    account: str


@dataclass(frozen=True)
class InvokedModel:
    """A model that a call invokes, without the CDK.

    :param reference: the parsed model id.
    :param models: the models behind a profile, a prompt or a prompt router. Default: - what the id tells
    :param destination_regions: where a geographic profile may route to from its source. Default: - not known
    :param model_arns: a profile's foundation models as GetInferenceProfile lists them. Default: - not known
    :param guardrail: the guardrail that goes with the call. Default: - none
    :param project: id or ARN of the project that the call belongs to. Default: the account's default project
    :raises ValueError: when the kind takes no such models, destinations or project.
    """

    reference: ModelReference
    models: tuple[InvokedModel, ...] = ()
    destination_regions: tuple[str, ...] = ()
    model_arns: tuple[str, ...] = ()
    guardrail: Guardrail | None = None
    project: str = DEFAULT_PROJECT

    def __post_init__(self) -> None:
        self._check_behind()
        self._check_project()

    def _check_behind(self) -> None:
        kind, name = self.reference.kind, self.reference.model_id
        if self.destination_regions and kind is not Kind.GEOGRAPHIC_INFERENCE_PROFILE:
            raise ValueError(
                f"destination regions belong to a geographic inference profile, got the {kind.value} '{name}'"
            )
        for region in self.destination_regions:
            if PLACEHOLDER not in region and not re.fullmatch("[a-z0-9-]{1,20}", region):
                raise ValueError(f"destination regions of '{name}' must be names of Regions, got '{region}'")
        if self.models and self.reference.foundation_model_id:
            raise ValueError(f"model id '{name}' already says its model; leave models out")
        for model in self.models:
            if model.reference.kind not in MODELS_BEHIND.get(kind, ()):
                raise ValueError(
                    f"the {model.reference.kind.value} '{model.reference.model_id}' cannot be behind "
                    f"the {kind.value} '{name}'"
                )
            if model.guardrail is not None:
                raise ValueError(f"the guardrail belongs to '{name}', not to the models behind it")

    def _check_project(self) -> None:
        if PLACEHOLDER in self.project:
            named = None
        elif (named := _PROJECT.fullmatch(self.project)) is None:
            raise ValueError(f"project '{self.project}' is neither an id nor an ARN, like 'proj_a1b2c3d4e5'")
        kind = self.reference.kind
        if (named is None or named["id"] != DEFAULT_PROJECT) and kind not in _IN_NAMED_PROJECTS:
            raise ValueError(
                f"the {kind.value} '{self.reference.model_id}' can be called in the default project only, "
                f"got project '{self.project}'"
            )

    def home(self, source: SourceRegion) -> SourceRegion:
        """Return where the target is: an ARN says it, a bare id is looked up where the call is made."""
        reference = self.reference
        return SourceRegion(
            reference.partition or source.partition,
            reference.region or source.region,
            reference.account or source.account,
        )

    def check(self, source: SourceRegion) -> None:
        """Refuse a profile that cannot be called from the source.

        :raises ValueError: with the id that is probably meant.
        """
        region = self.home(source).region
        if self.reference.prefix is not None and PLACEHOLDER not in region:
            check_prefix(self.reference.model_id, self.reference.prefix, region)
        for model in self.models:
            model.check(self.home(source))

    def arn(self, source: SourceRegion) -> str:
        """Return the ARN of what the model id names."""
        reference = self.reference
        if reference.kind not in NAMED_BY_ID or reference.model_id.startswith("arn:"):
            return reference.model_id
        if reference.kind is Kind.FOUNDATION_MODEL:
            return foundation_model_arn(source, source.region, reference.resource_id)
        owner = f"arn:{source.partition}:bedrock:{source.region}:{source.account}"
        return f"{owner}:inference-profile/{reference.resource_id}"

    def project_arn(self, source: SourceRegion) -> str:
        """Return the ARN of the project, which is in the caller's account and where the call is sent to."""
        if self.project.startswith("arn:") or PLACEHOLDER in self.project:
            return self.project
        home = self.home(source)
        return f"arn:{home.partition}:bedrock:{home.region}:{source.account}:project/{self.project}"

    def foundation_model_arns(self, source: SourceRegion) -> list[str]:
        """Return the foundation models that a call may run on, in every Region that it may run in."""
        kind, home = self.reference.kind, self.home(source)
        if kind is Kind.FOUNDATION_MODEL:
            return [self.arn(source)]
        if kind is Kind.GLOBAL_INFERENCE_PROFILE:
            return [arn for pair in self.global_model_arns(source) for arn in pair]
        if kind is Kind.GEOGRAPHIC_INFERENCE_PROFILE:
            return [arn for name in self._model_names() for arn in self._in_every_region(home, name)]
        behind = [arn for model in self.models for arn in model.foundation_model_arns(home)]
        return list(self.model_arns) or behind or [foundation_model_arn(home, "*", "*")]

    def global_model_arns(self, source: SourceRegion) -> list[tuple[str, str]]:
        """Return each model behind a global profile as a pair: in the source Region, and without a Region."""
        home = self.home(source)
        return [
            (foundation_model_arn(home, home.region, name), foundation_model_arn(home, "", name))
            for name in self._model_names()
        ]

    def _model_names(self) -> list[str]:
        if self.reference.foundation_model_id:
            return [self.reference.foundation_model_id]
        return [model.reference.resource_id for model in self.models] or ["*"]

    def _in_every_region(self, home: SourceRegion, name: str) -> list[str]:
        if self.model_arns:
            return [foundation_model_arn(home, home.region, name), *self.model_arns]
        regions = (home.region, *self.destination_regions) if self.destination_regions else ("*",)
        return [foundation_model_arn(home, region, name) for region in regions]


def foundation_model_arn(where: SourceRegion, region: str, model: str) -> str:
    """Return the ARN of a foundation model, which belongs to no account."""
    return f"arn:{where.partition}:bedrock:{region}::foundation-model/{model}"

"""Apply the decisions of the deployment to every request.

``BEDROCK_SETTINGS`` is a JSON object; every member may be missing:

``models``
    the models that a caller may choose, the first of which is the default: ``modelId``; where the model has a
    guardrail or a project, ``guardrailConfig`` and ``projectIdentifier`` as in ConverseStream; ``vendorApi``,
    :data:`MESSAGES` or :data:`RESPONSES`, where requests of that API reach it on Bedrock's own path for it;
    ``price``, as :mod:`chat.usage.prices` has it. Without ``models`` there is one: ``BEDROCK_MODEL_ID``
``maxTokens``
    the most tokens that an answer may have
``system``
    the system prompt
``serviceTier``, ``latency``
    ``serviceTier.type`` and ``performanceConfig.latency`` of ConverseStream
``callerMaySet``
    members of ConverseStream that a caller may set although they are decided here: some of
    :data:`DECIDED_HERE`
``callerMaySend``
    what a caller may send in ``additionalModelRequestFields`` and beside it, in the grammar of
    :class:`chat.limits.caller_fields.CallerFields`
``relay``
    how requests of Anthropic's API reach Anthropic's models: :data:`INVOKE`, or :data:`NO_RELAY` for
    ConverseStream. Default: INVOKE
``strictMembers``
    whether members of a request that nobody reads are refused instead of dropped
``logContent``
    whether prompts and answers are logged
"""

from __future__ import annotations

import json

from .json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .limits.caller_fields import CallerFields
    from .limits.families import Family

#: Members of ConverseStream that cost money or guard something, so that a caller sets them only if told so.
GUARDRAIL = "guardrailConfig"
# A project decides who pays, and how long Bedrock keeps what was said.
PROJECT = "projectIdentifier"
DECIDED_HERE = (GUARDRAIL, "performanceConfig", PROJECT, "serviceTier")
#: What Bedrock's own members in the request of a model begin with; the guardrail's is one of them.
RESERVED = "amazon-bedrock-"
#: The member of ConverseStream that has members of the model's own request.
EXTRA = "additionalModelRequestFields"
#: The member of an authorizer's context that has a JSON list of the models of a caller.
ALLOWED_MODELS = "streaming_api_models"
#: Values of ``relay``: InvokeModelWithResponseStream with a body in Anthropic's words, or none.
INVOKE, NO_RELAY = "invoke", "none"
#: Values of ``vendorApi``: Anthropic's Messages, and OpenAI's Responses.
MESSAGES, RESPONSES = "messages", "responses"


class AllowedModel:
    """A model that callers may choose.

    :param model_id: what Bedrock takes: an id or an ARN
    :param guardrail: ``guardrailConfig`` of every request to it. Default: - none
    :param project: ``projectIdentifier`` of every request to it. Default: - the account's default project
    :param vendor_api: MESSAGES or RESPONSES. Default: - requests of neither reach it as they are
    :param price: by service tier, as :mod:`chat.usage.prices` has it. Default: - not known
    """

    __slots__ = ("guardrail", "model_id", "name", "price", "project", "vendor_api")

    def __init__(
        self,
        model_id: str,
        guardrail: dict[str, str] | None = None,
        project: str | None = None,
        vendor_api: str | None = None,
        price: dict[str, list[float | None]] | None = None,
    ) -> None:
        self.model_id = model_id
        self.price = price
        self.guardrail = guardrail
        self.project = project
        self.vendor_api = vendor_api
        # an ARN tells the account and the region, which are not the caller's business
        self.name = model_id.rpartition("/")[2] if model_id.startswith("arn:") else model_id

    @property
    def family(self) -> Family | None:
        """The family of the model; None where the id does not tell it."""
        from .limits.families import family_of  # not every route asks for it

        return family_of(self.model_id)


class ChatSettings:
    """The settings of the function.

    :param model_id: BEDROCK_MODEL_ID
    :param text: BEDROCK_SETTINGS
    """

    def __init__(self, model_id: str, text: str | None = None) -> None:
        given: dict[str, Any] = json.loads(text or "{}")
        models = given.get("models") or [{"modelId": model_id}]
        self.models = [
            AllowedModel(
                each["modelId"],
                each.get(GUARDRAIL),
                each.get(PROJECT),
                each.get("vendorApi"),
                each.get("price"),
            )
            for each in models
        ]
        self.max_tokens: int | None = given.get("maxTokens")
        self.system: str | None = given.get("system")
        self.service_tier: str | None = given.get("serviceTier")
        self.latency: str | None = given.get("latency")
        self.caller_may_set = frozenset(given.get("callerMaySet", ()))
        self._caller_may_send: Sequence[str] | None = given.get("callerMaySend")
        self._caller_fields: CallerFields | None = None
        self.relay: str = given.get("relay", INVOKE)
        self.strict_members: bool = given.get("strictMembers", False)
        self.log_content: bool = given.get("logContent", False)

    @property
    def caller_fields(self) -> CallerFields:
        """The fields that a caller may send beside the members of ConverseStream."""
        if self._caller_fields is None:
            from .limits.caller_fields import DEFAULTS, CallerFields  # few requests have any

            given = self._caller_may_send
            self._caller_fields = CallerFields((DEFAULTS,) if given is None else given)
        return self._caller_fields

    def model(self, name: str | None) -> AllowedModel:
        """Return the model that a caller names, or the default.

        :raises HTTPError: 404 for a model that is not allowed
        """
        if not name and self.models:
            return self.models[0]
        for model in self.models:
            if name in (model.name, model.model_id):
                return model
        from lambda_streaming import HTTPError  # only an error pays for it

        raise HTTPError(
            404, "the model does not exist or cannot be used", code="model_not_found", param="model"
        )

    def for_caller(self, event: Mapping[str, Any]) -> ChatSettings:
        """Return the settings of one caller, who may use some of the models where the authorizer says so.

        :param event: of API Gateway, which has the authorizer's context
        """
        context = event.get("requestContext") or {}
        named = (context.get("authorizer") or {}).get(ALLOWED_MODELS)
        if named is None:
            return self
        from copy import copy  # few callers pay for it

        allowed = set(json.loads(named))
        own = copy(self)
        own.models = [each for each in self.models if allowed & {each.name, each.model_id}]
        return own

    def relays(self, model: AllowedModel) -> bool:
        """Return whether a model gets requests of Anthropic's API as they are.

        That is one whose id says that it is Anthropic's. An ARN goes through ConverseStream, whatever it
        names.
        """
        if self.relay == NO_RELAY or model.model_id.startswith("arn:"):
            return False
        from .limits.families import ANTHROPIC  # not every route asks for it

        return model.family is ANTHROPIC

    def vendor_api(self, model: AllowedModel) -> str | None:
        """Return the API of a vendor in which a model is asked on Bedrock's own path for it; None for none.

        These paths are not known to hold a guardrail, a project, a tier or a latency for every request.
        """
        decided = model.guardrail or model.project or self.service_tier or self.latency
        return None if decided else model.vendor_api

    def check(self, model: AllowedModel, members: dict[str, Any]) -> None:
        """Refuse members that the caller may not decide.

        :raises HTTPError: 400 that names the member
        """
        self._check_members(members)
        if not _is_text(members):
            self.caller_fields.check_content(members)
        system = self.system and "system" not in self.caller_may_set
        guardrail = model.guardrail and GUARDRAIL not in self.caller_may_set
        if system or guardrail:
            from .limits.decided_content import check_guarded_content, check_system_messages

            if system:
                check_system_messages(members)
            if guardrail:
                check_guarded_content(members)

    def _check_members(self, members: dict[str, Any]) -> None:
        for name in (*DECIDED_HERE, "system") if self.system else DECIDED_HERE:
            if name in members and name not in self.caller_may_set:
                raise bad_request(f"{name} is decided by this API and cannot be set", "not_allowed", name)

    def check_native(self, fields: dict[str, Any], within: str = "") -> None:
        """Refuse members of a native request that the caller may not decide.

        :param fields: members of the model's own request
        :param within: their path in the body, with a dot at its end; empty for the body itself
        :raises HTTPError: 400 that names the member
        """
        for name in fields:
            member = GUARDRAIL if name.startswith(RESERVED) else name
            decided = member == GUARDRAIL or (member == "system" and self.system)
            if decided and member not in self.caller_may_set:
                path = f"{within}{name}"
                raise bad_request(f"{path} is decided by this API and cannot be set", "not_allowed", path)

    def decided(self, model: AllowedModel, members: dict[str, Any]) -> dict[str, Any]:
        """Return the members with what was decided at deployment.

        :raises HTTPError: 400 for a member that the caller may not decide
        """
        self.check(model, members)
        decided: dict[str, Any] = {}
        if model.guardrail:
            decided[GUARDRAIL] = {**model.guardrail, **members.get(GUARDRAIL, {})}
        if model.project and PROJECT not in members:
            decided[PROJECT] = model.project
        if self.service_tier and "serviceTier" not in members:
            decided["serviceTier"] = {"type": self.service_tier}
        if self.latency and "performanceConfig" not in members:
            decided["performanceConfig"] = {"latency": self.latency}
        return {**members, **decided}

    def arguments(
        self,
        model: AllowedModel,
        members: dict[str, Any],
        own_fields: dict[str, Any] | None = None,
        own_system: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments of ``converse_stream`` for the members that a caller asked for.

        :param own_fields: further ``additionalModelRequestFields``, which the format wrote and not the caller
        :param own_system: further blocks of the system prompt, which the format wrote as well
        :raises HTTPError: 400 for a member that the caller may not decide
        """
        merged = {"modelId": model.model_id, **self.decided(model, members)}
        system = [*members.get("system", []), *(own_system or [])]
        if self.system:
            system.insert(0, {"text": self.system})
        if system:
            merged["system"] = system
        fields, own_fields = members.get(EXTRA, {}), own_fields or {}
        if fields:
            self.check_native(fields, f"{EXTRA}.")
            # the reserved ones are decided above
            self.caller_fields.check({n: v for n, v in fields.items() if not n.startswith(RESERVED)}, EXTRA)
        if self.max_tokens is not None and (fields or own_fields):
            from .limits.token_limit import limited_fields  # few requests have any

            open_ended = self.caller_fields.everything
            fields = limited_fields(fields, own_fields, model.family, self.max_tokens, EXTRA, open_ended)
        if self.max_tokens is not None:
            config = merged.get("inferenceConfig", {})
            asked = config.get("maxTokens", self.max_tokens)
            merged["inferenceConfig"] = {**config, "maxTokens": min(asked, self.max_tokens)}
        if own_fields or EXTRA in members:
            merged[EXTRA] = {**fields, **own_fields}
        return merged


def _is_text(members: dict[str, Any]) -> bool:
    """Return whether members have no tools and no blocks but of text, as most requests do."""
    contents = [members.get("system", ()), *(message["content"] for message in members.get("messages", ()))]
    return "toolConfig" not in members and all(
        "text" in block and len(block) == 1 for content in contents for block in content
    )

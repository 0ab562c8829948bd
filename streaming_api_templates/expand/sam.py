"""Turn SAM's resources into the CloudFormation resources that they stand for, as far as HTTP needs them.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
``aws-sam-translator`` is the oracle: tests/unit/streaming_api_templates/expand/test_sam_oracle.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..template.lenient_json import Json, items, mapping, text
from ..template.template import Template
from .origin import Expansion, Origin
from .sam_api import add_api
from .sam_events import IMPLICIT_API, IMPLICIT_HTTP_API, HttpEvent, add_event, add_start

Object = Mapping[str, Json]
#: Resolves what decides which resources there are.
Settle = Callable[[Json], Json]
TRANSFORM = "AWS::Serverless-2016-10-31"
#: Properties of SAM's functions that Lambda's do not have, or spell otherwise.
_OWN = {
    "AutoPublishAlias",
    "CodeUri",
    "Events",
    "FunctionUrlConfig",
    "InlineCode",
    "Policies",
}
_KINDS = ("Api", "Function", "HttpApi", "LayerVersion", "StateMachine")
#: Lists that a resource's own value replaces; others are joined.
_REPLACED = {"Architectures"}


def is_sam(template: Template) -> bool:
    """Tell whether a template has SAM's transform."""
    transforms = template.content.get("Transform")
    return TRANSFORM in (transforms if isinstance(transforms, list) else [transforms])


def has_sam_types(template: Template) -> bool:
    """Tell whether a template has resources of SAM's types, with the transform or without it."""
    return is_sam(template) or any(
        str(entry.get("Type")).startswith("AWS::Serverless::") for entry in template.resources.values()
    )


def _written(template: Template) -> dict[str, dict[str, Object]]:
    """Return the properties of SAM's resources by kind, with the globals of the template.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    found: dict[str, dict[str, Object]] = {kind: {} for kind in _KINDS}
    general = mapping(template.content.get("Globals"))
    for logical_id, entry in template.resources.items():
        _, _, kind = str(entry.get("Type")).partition("AWS::Serverless::")
        if kind in found:
            section, ignored = general.get(kind), entry.get("IgnoreGlobals")
            own = entry.get("Properties")
            properties: Object = own if isinstance(own, dict) else {}
            if isinstance(section, dict) and ignored != "*":
                names = ignored if isinstance(ignored, list) else []
                properties = _merged({k: v for k, v in section.items() if k not in names}, properties)
            found[kind][logical_id] = properties
    return found


def expand_sam(template: Template, settle: Settle) -> Expansion:
    """Return the resources of a template without SAM's.

    :param settle: resolves a value as far as it is known
    """
    expansion = Expansion(dict(template.resources))
    _Sam(template, settle, expansion).expand()
    return expansion


class _Sam:
    def __init__(self, template: Template, settle: Settle, expansion: Expansion) -> None:
        self._template = template
        self._settle = settle
        self._expansion = expansion
        self._written = expansion.written = _written(template)
        self._apis = self._written["Api"]

    def expand(self) -> None:
        functions = self._written["Function"]
        for logical_id, layer in self._written["LayerVersion"].items():
            content = {**layer, "Content": layer.get("ContentUri")}
            self._replace(logical_id, "AWS::Lambda::LayerVersion", content)
        for logical_id, api in self._written["HttpApi"].items():
            http_api = {"ProtocolType": "HTTP", **api, "Body": api.get("DefinitionBody")}
            paths = {"": "Properties", "Body": "Properties.DefinitionBody"}
            self._replace(logical_id, "AWS::ApiGatewayV2::Api", http_api, paths)
        for logical_id, properties in functions.items():
            self._function(logical_id, properties)
        events = [
            event
            for logical_id, each in functions.items()
            for event in self._events(logical_id, each, ("Api", "HttpApi"))
        ]
        starts = [
            event
            for logical_id, each in self._written["StateMachine"].items()
            for event in self._events(logical_id, each, ("Api",))
        ]
        if any(event.api == IMPLICIT_API for event in [*events, *starts]) and IMPLICIT_API not in self._apis:
            general = mapping(mapping(self._template.content.get("Globals")).get("Api"))
            self._apis[IMPLICIT_API] = {**general, "StageName": "Prod"}
        for logical_id, api in self._apis.items():
            rest = self._rest(logical_id)
            add_api(self._expansion, logical_id, api, rest)
        for event in events:
            if event.kind == "HttpApi":
                self._http_event(event)
            else:
                add_event(self._expansion, event, self._apis.get(event.api), self._settle)
        for event in starts:
            add_start(self._expansion, event, self._apis.get(event.api), self._settle)

    def _rest(self, logical_id: str) -> Object:
        entry = self._template.resources.get(logical_id, {})
        return {name: entry[name] for name in ("Condition", "DependsOn", "Metadata") if name in entry}

    def _replace(
        self, logical_id: str, kind: str, properties: Object, paths: Mapping[str, str] | None = None
    ) -> None:
        origin = Origin(logical_id, paths) if paths else Origin(logical_id)
        self._expansion.add(logical_id, kind, properties, origin, **self._rest(logical_id))

    def _function(self, logical_id: str, properties: Object) -> None:
        own = {name: value for name, value in properties.items() if name not in _OWN}
        code = properties.get("CodeUri")
        if "InlineCode" in properties:
            code = {"ZipFile": properties["InlineCode"]}
        elif isinstance(code, dict) and "Bucket" in code:
            code = {"S3Bucket": code["Bucket"], "S3Key": code.get("Key")}
        own["Code"] = "." if code is None else code
        if "Role" not in own:
            own["Role"] = {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]}
            self._role(logical_id, properties)
        paths = {"": "Properties", "Code.ZipFile": "Properties.InlineCode"}
        self._replace(logical_id, "AWS::Lambda::Function", own, paths)
        if alias := self._alias(properties):
            named = {"FunctionName": {"Ref": logical_id}, "FunctionVersion": "1", "Name": alias}
            origin = Origin(logical_id, {"": "Properties.AutoPublishAlias"})
            self._with_function(logical_id, f"{logical_id}Alias{alias}", "AWS::Lambda::Alias", named, origin)
        if url := mapping(properties.get("FunctionUrlConfig")):
            origin = Origin(logical_id, {"": "Properties.FunctionUrlConfig"})
            target = {"TargetFunctionArn": {"Ref": self._invoked(logical_id, properties)}, **url}
            self._with_function(logical_id, f"{logical_id}Url", "AWS::Lambda::Url", target, origin)

    def _with_function(
        self, function: str, logical_id: str, kind: str, properties: Object, origin: Origin
    ) -> None:
        """Add a resource that is there under the same condition as a function."""
        self._expansion.add(logical_id, kind, properties, origin, **self._condition(function))

    def _alias(self, properties: Object) -> str:
        return text(self._settle(properties.get("AutoPublishAlias")))

    def _invoked(self, logical_id: str, properties: Object) -> str:
        """Return what invokes a function: its alias, where SAM publishes one, or itself."""
        alias = self._alias(properties)
        return f"{logical_id}Alias{alias}" if alias else logical_id

    def _condition(self, logical_id: str) -> Object:
        return {name: value for name, value in self._rest(logical_id).items() if name == "Condition"}

    def _role(self, logical_id: str, properties: Object) -> None:
        """Add the role that SAM makes, with its policies each as a resource of its own."""
        role, managed = f"{logical_id}Role", []
        for index, policy in enumerate(items(self._settle(properties.get("Policies")))):
            place = f"Properties.Policies.{index}"
            if "Statement" in mapping(policy):
                inline = {"RoleName": {"Ref": role}, "PolicyDocument": policy}
                origin = Origin(logical_id, {"PolicyDocument": place})
                name = f"{role}Policy{index}"
                self._with_function(logical_id, name, "AWS::IAM::RolePolicy", inline, origin)
            elif isinstance(policy, str):
                known = ":" in policy or "${" in policy
                arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{policy}"}
                managed.append(policy if known else arn)
        origin = Origin(logical_id, {"": "Properties.Policies"})
        self._with_function(logical_id, role, "AWS::IAM::Role", {"ManagedPolicyArns": managed}, origin)

    def _events(self, logical_id: str, properties: Object, kinds: tuple[str, ...]) -> list[HttpEvent]:
        """Return the events of a function or a state machine that HTTP requests cause."""
        found = []
        name = self._invoked(logical_id, properties)
        target: Json = {"Ref": name} if name != logical_id else {"Fn::GetAtt": [logical_id, "Arn"]}
        for event, entry in mapping(properties.get("Events")).items():
            kind, settings = text(mapping(entry).get("Type")), mapping(mapping(entry).get("Properties"))
            if kind in kinds:
                api = settings.get("RestApiId" if kind == "Api" else "ApiId")
                implicit = IMPLICIT_API if kind == "Api" else IMPLICIT_HTTP_API
                named = implicit if api is None else text(mapping(api).get("Ref", api))
                rest = self._condition(logical_id)
                found.append(HttpEvent(event, kind, logical_id, target, {"Ref": name}, named, settings, rest))
        return found

    def _http_event(self, event: HttpEvent) -> None:
        place = f"Properties.Events.{event.name}"
        origin = Origin(event.function, {"IntegrationUri": place, "": f"{place}.Properties"})
        properties = {
            "ApiId": {"Ref": event.api},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": event.target,
        }
        self._expansion.add(
            f"{event.function} {event.name}",
            "AWS::ApiGatewayV2::Integration",
            properties,
            origin,
            **event.condition,
        )


def _merged(general: Object, own: Object) -> dict[str, Json]:
    """Return the globals under the properties of a resource: maps are merged, lists joined."""
    merged: dict[str, Json] = dict(general)
    for name, value in own.items():
        before = merged.get(name)
        if isinstance(before, dict) and isinstance(value, dict) and not _is_intrinsic(before, value):
            merged[name] = _merged(before, value)
        elif isinstance(before, list) and isinstance(value, list) and name not in _REPLACED:
            merged[name] = [*before, *value]
        else:
            merged[name] = value
    return merged


def _is_intrinsic(*values: Object) -> bool:
    return any(len(each) == 1 and next(iter(each)).startswith(("Fn::", "Ref")) for each in values)

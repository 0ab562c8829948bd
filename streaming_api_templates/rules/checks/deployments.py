"""Judge the deployments of streaming APIs: what they wait for, and what they do not see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...template.lenient_json import Json, mapping
from ..rule import Finding, Rule, Severity, check
from ..subjects.read import Subjects

STREAM028 = Rule(
    "STREAM028",
    Severity.ERROR,
    "a deployment that does not wait for the method",
    "add the method to DependsOn of the AWS::ApiGateway::Deployment: otherwise the stage "
    "may be deployed without it",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-apigateway-deployment.html",
)


@check(STREAM028, of="stages")
def missing_dependency(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that a deployment may leave out."""
    for stage in subjects.stages:
        deployment = stage.resource
        if deployment.type != "AWS::ApiGateway::Deployment":
            continue
        waited = subjects.resources.waited_for(deployment)
        for method in stage.streams:
            # what is in another template cannot be named in DependsOn
            here = deployment.template is method.resource.template
            declared = method.resource.origin is None
            if here and declared and method.resource.logical_id not in waited:
                message = f"the deployment {deployment.logical_id} does not depend on {method.label}"
                yield STREAM028.found(method.resource, "DependsOn", message)


STREAM029 = Rule(
    "STREAM029",
    Severity.WARNING,
    "a property override that does not change the deployment",
    "pass the value to the construct instead; where there is no property for it, call "
    "api.latest_deployment.add_to_logical_id({...}) with the value and acknowledge this "
    "finding",
    "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_apigateway.Deployment.html"
    "#addwbrtowbrlogicalwbriddata",
)


@check(STREAM029, of="hashed_as_given")
def unseen_override(subjects: Subjects) -> Iterator[Finding]:
    """Yield the property overrides whose change leaves the stage with the old deployment."""
    for resource in subjects.hashed_as_given:
        given = resource.template.given.get(resource.logical_id, ()) if resource.origin is None else ()
        if not given:
            continue
        written = mapping(_canonical(resource.as_written.get("Properties")))
        changes = [sorted(_differences(mapping(_canonical(each)), written, "Properties")) for each in given]
        if changed := min(changes, key=len):
            names = ", ".join(path.removeprefix("Properties.") for path in changed)
            message = (
                f"{names} differs from what the construct was given, "
                "so that a change of it leaves the stage with the old deployment"
            )
            yield STREAM029.found(resource, changed[0], message)


def _canonical(value: Json) -> Json:
    """Return a value with the names of CloudFormation and without what is empty, as the CDK writes it."""
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    if not isinstance(value, dict):
        return value
    members = ((name[:1].upper() + name[1:], _canonical(each)) for name, each in value.items())
    return {name: each for name, each in members if each not in (None, {}, [])}


def _differences(given: Mapping[str, Json], written: Mapping[str, Json], path: str) -> Iterator[str]:
    for name in given.keys() | written.keys():
        old, new = given.get(name), written.get(name)
        if (
            isinstance(old, dict)
            and isinstance(new, dict)
            and not _is_intrinsic(old)
            and not _is_intrinsic(new)
        ):
            yield from _differences(old, new, f"{path}.{name}")
        elif old != new:
            yield f"{path}.{name}"


def _is_intrinsic(value: Mapping[str, Json]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))

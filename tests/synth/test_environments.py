"""Three environments of a platform in one account: 20 APIs with 300 routes in each, and the same in small."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.assembly import read
from tests.synth.conftest import new_app
from tests.synth.environments import PLATFORM, SMALL, Products, Size, environments

Resources = Mapping[str, Mapping[str, Any]]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_RESOURCES = 500
MOST_BYTES = 1_000_000
#: Names of what is in something else, and of what AWS has.
OF_SOMETHING_ELSE = {"MetricName", "StageName", "PolicyName", "DeploymentConfigName"}


@pytest.fixture(scope="module", params=[SMALL, pytest.param(PLATFORM, marks=pytest.mark.slow)], ids=str)
def size(request: pytest.FixtureRequest) -> Size:
    found: Size = request.param
    return found


@pytest.fixture(scope="module")
def assembly(size: Size, context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the app, whose time is printed."""
    began = time.process_time()
    app = new_app(context, tmp_path_factory.mktemp("environments") / "cdk.out")
    environments(app, size)
    folder = Path(app.synth().directory)
    routes = 3 * size.stacks * size.apis * size.routes
    print(f"{routes} routes of {size}: {time.process_time() - began:.1f} s of Python")
    return folder


@pytest.fixture(scope="module")
def stacks(assembly: Path) -> dict[str, Resources]:
    """The name of each stack -> its resources."""
    found = {}
    for manifest in assembly.rglob("manifest.json"):
        artifacts = json.loads(manifest.read_text("utf-8"))["artifacts"]
        for artifact_id, each in artifacts.items():
            if each["type"] == "aws:cloudformation:stack":
                properties = each["properties"]
                template = json.loads((manifest.parent / properties["templateFile"]).read_text("utf-8"))
                found[properties.get("stackName", artifact_id)] = template["Resources"]
    return found


def of_type(resources: Resources, kind: str) -> list[Mapping[str, Any]]:
    return [each.get("Properties", {}) for each in resources.values() if each["Type"] == kind]


def names(resources: Resources) -> Iterator[str]:
    """Yield every name that a stack gives to a resource, and that is no reference."""
    for each in resources.values():
        for key, value in each.get("Properties", {}).items():
            if key.endswith("Name") and key not in OF_SOMETHING_ELSE and isinstance(value, str):
                yield f"{each['Type']} {value}"


def test_environments_have_every_route(stacks: dict[str, Resources], size: Size) -> None:
    methods = [len(of_type(each, "AWS::ApiGateway::Method")) for each in stacks.values()]
    assert methods == [size.apis * size.routes] * 3 * size.stacks
    assert {name.rpartition("-")[0] for name in stacks} == {"dev", "live", "Test"}


def test_environments_share_no_name_and_no_namespace(stacks: dict[str, Resources], size: Size) -> None:
    counts = Counter(name for each in stacks.values() for name in names(each))
    assert [name for name, count in counts.items() if count > 1] == []
    apis = [
        (stack, api["Name"])
        for stack, each in stacks.items()
        for api in of_type(each, "AWS::ApiGateway::RestApi")
    ]
    assert len(apis) == 3 * size.stacks * size.apis
    assert all(name.startswith(f"{stack}-Api") for stack, name in apis)
    spaces: Counter[str] = Counter()
    for each in stacks.values():
        filters = of_type(each, "AWS::Logs::MetricFilter")
        spaces.update({it["MetricTransformations"][0]["MetricNamespace"] for it in filters})
    assert spaces
    assert set(spaces.values()) == {1}


def test_environments_alarm_for_none_but_themselves(stacks: dict[str, Resources]) -> None:
    watched = Counter(
        json.dumps([alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions")])
        for each in stacks.values()
        for alarm in of_type(each, "AWS::CloudWatch::Alarm")
        # the account has one quota for a model
        if "Namespace" in alarm and alarm["Namespace"] != "AWS/Bedrock"
    )
    shared = [metric for metric, count in watched.items() if count > 1]
    # a reference means another resource in each stack
    assert [metric for metric in shared if '"Ref"' not in metric and "Fn::" not in metric] == []
    assert watched


def test_environments_fit_into_their_templates(assembly: Path, stacks: dict[str, Resources]) -> None:
    assert max(len(each) for each in stacks.values()) <= MOST_RESOURCES
    assert max(file.stat().st_size for file in assembly.rglob("*.template.json")) < MOST_BYTES


def test_environments_have_no_finding(assembly: Path) -> None:
    # STREAM035 adds up the policy of each function
    assert {(each.rule.id, each.message) for each in find(read(assembly))} == set()


def test_environments_have_the_same_ids(stacks: dict[str, Resources], size: Size) -> None:
    # the id of a deployment is a hash of what it deploys; the CDK's id of a permission, and ours of an alarm
    # of a function, have the path of the stack in them
    own = re.compile("Deployment[0-9A-F]{8}[0-9a-f]*$|(Dev|Test|Prod)S[0-9].*$")
    for number in range(size.stacks):
        first, *others = (
            Counter(own.sub("", each) for each in stacks[name])
            for name in (f"dev-{number}", f"Test-S{number}", f"live-{number}")
        )
        assert others == [first, first]


def test_environments_further_route_changes_its_own_api_alone(
    context: dict[str, object], tmp_path: Path
) -> None:
    before, after = (
        resources_of(context, tmp_path / str(further), further_routes=further) for further in (0, 1)
    )
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    new = sorted(after[name]["Type"].rpartition("::")[2] for name in added)
    assert new == ["Deployment", "Method", "Permission", "Resource", "Resource"]
    assert [before[name]["Type"] for name in removed] == ["AWS::ApiGateway::Deployment"]
    assert {after[name]["Type"] for name in changed} <= {
        "AWS::ApiGateway::Stage",
        "AWS::CloudWatch::Dashboard",
    }
    assert all(name.startswith(("Api0", "Monitoring")) for name in changed | added | removed)


def resources_of(context: dict[str, object], folder: Path, *, further_routes: int) -> Resources:
    """Return the resources of one stack."""
    app = new_app(context, folder)
    stack = Products(app, "Products", size=SMALL, further_routes=further_routes)
    file = Path(app.synth().directory) / stack.template_file
    found: Resources = json.loads(file.read_text("utf-8"))["Resources"]
    return found

"""What the README shows is executed: its Python here, its commands by the suites that the table names."""

from __future__ import annotations

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
#: Somebody reads it in two minutes; the rest is in docs/.
WORDS = 600
SHELL = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]

#: The test that runs a command of the README, as ``file::test``.
RUN_BY = {
    "make demo": "tests/deploy/test_demo.py::test_make_demo_deploys_streams_and_proves_as_in_the_readme",
    "make wheel": "tests/deploy/test_delivery_docs.py::test_delivery_docs_command_builds_a_release",
    'pip install "dist/cdk_streaming_api': "tests/wheel/test_wheel.py::test_wheel_installs_its_dependencies",
    "make local LOCAL_FLAGS=--no-auth": "tests/deploy/test_make_local.py::test_make_local_curl_of_the_readme",
    "curl --no-buffer": "tests/deploy/test_make_local.py::test_make_local_curl_of_the_readme_is_answered",
    "streaming-api smoke": "tests/deploy/test_demo.py::test_make_demo_deploys_streams_and_proves",
}


def test_readme_example_synthesizes_to_a_streaming_post() -> None:
    (block,) = (block for block in PYTHON if "@stream" not in block)
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Readme")
    exec(compile(block, "README.md", "exec"), {"self": stack})
    methods = Template.from_stack(stack).find_resources(
        "AWS::ApiGateway::Method", {"Properties": {"Integration": {"ResponseTransferMode": "STREAM"}}}
    )
    assert [method["Properties"]["HttpMethod"] for method in methods.values()] == ["POST"]


def test_readme_handler_streams_what_it_yields() -> None:
    (block,) = (block for block in PYTHON if "@stream" in block)
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)
    handler = names["handler"]
    assert callable(handler)
    response = handler({"httpMethod": "GET"}, None)
    assert response.status == 200
    assert response.chunks == [b'data: {"n":%d}\n\n' % n for n in range(10)]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^):]+)\)", README))
def test_readme_links_lead_to_existing_files(link: str) -> None:
    assert (ROOT / link).is_file()


def test_readme_has_at_most_600_words() -> None:
    assert len(README.split()) <= WORDS


def test_readme_states_its_status_before_the_first_heading() -> None:
    screen = README.partition("\n## ")[0]
    assert "Status: alpha" in screen
    assert "(docs/unverified.md)" in screen


@pytest.mark.parametrize("command", SHELL)
def test_readme_commands_are_run_by_a_test(command: str) -> None:
    place = max((known for known in RUN_BY if command.startswith(known)), key=len)
    file, _, words = RUN_BY[place].partition("::")
    assert words in (ROOT / file).read_text("utf-8")

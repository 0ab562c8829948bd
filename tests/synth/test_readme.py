"""What the README shows is executed: its Python here, its commands by the suites that the table names."""

from __future__ import annotations

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
FORMATS = (ROOT / "docs" / "formats.md").read_text("utf-8")
# those of clients are run by tests/clients/test_docs.py, which reads them from the page about formats
PYTHON = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if block not in FORMATS]
JAVASCRIPT = re.findall(r"```javascript\n(.*?)```", README, re.DOTALL)
SHELL = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]

#: The test that runs a command of the README, as ``file::test``.
RUN_BY = {
    "make demo": "tests/deploy/test_demo.py::test_the_demo_deploys_prints_tokens_as_they_arrive",
    "make test": ".ci/run::make test",
    "make deploy": "tests/deploy/test_make_deploy.py::test_without_credentials",
    "make destroy": "tests/deploy/test_make_deploy.py::test_make_destroy",
    "make local": "tests/deploy/test_make_local.py::test_make_local_serves",
    "make local LOCAL_FLAGS=--no-auth": "tests/deploy/test_make_local.py::test_the_curl_of_the_readme",
    "curl --no-buffer": "tests/deploy/test_make_local.py::test_the_curl_of_the_readme",
    "streaming-api open": "tests/page/test_server.py::test_the_browser_of_the_user_is_opened",
    "streaming-api smoke": "tests/deploy/test_demo.py::test_the_demo_deploys_prints_tokens_as_they_arrive",
}


def test_the_constructs_of_the_readme_synthesize(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(next(block for block in PYTHON if "@stream" in block))
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Readme")
    names: dict[str, object] = {"self": stack}
    for block in PYTHON:
        if "@stream" not in block:
            # jsii resolves relative paths against the directory that it was started in
            exec(compile(block.replace('"reports")', f'"{tmp_path}")'), "README.md", "exec"), names)
    methods = Template.from_stack(stack).find_resources(
        "AWS::ApiGateway::Method", {"Properties": {"Integration": {"ResponseTransferMode": "STREAM"}}}
    )
    assert {method["Properties"]["HttpMethod"] for method in methods.values()} == {"POST", "GET"}


def test_the_handler_of_the_readme_streams_what_it_yields() -> None:
    names: dict[str, object] = {}
    exec(compile(next(block for block in PYTHON if "@stream" in block), "README.md", "exec"), names)
    handler = names["handler"]
    assert callable(handler)
    response = handler({"httpMethod": "GET", "queryStringParameters": {"n": "2"}}, None)
    assert response.status == 200
    assert b"".join(response.chunks) == b'data: {"n":0}\n\ndata: {"n":1}\n\n'
    assert handler({"httpMethod": "GET", "queryStringParameters": None}, None).status == 400


@pytest.mark.parametrize("client", JAVASCRIPT)
def test_a_client_of_the_readme_is_run_with_the_page_about_formats(client: str) -> None:
    assert client in FORMATS


@pytest.mark.parametrize("link", re.findall(r"\]\(([^):]+)\)", README))
def test_a_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).is_file()


def test_the_readme_is_a_front_door() -> None:
    assert len(README.splitlines()) < 250


@pytest.mark.parametrize("command", SHELL)
def test_a_command_of_the_readme_is_run_by_a_test(command: str) -> None:
    place = max((known for known in RUN_BY if command.startswith(known)), key=len)
    file, _, words = RUN_BY[place].partition("::")
    assert words in (ROOT / file).read_text("utf-8")

"""What the pages show is executed: the tutorial as a whole here, every other block where the table says."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk.assertions import Template
from processes import running

from cdk_streaming_api import BedrockModel, StreamingApi
from tests.support.stretched import gaps, until_proved

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
BIN = ROOT / ".venv" / "bin"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
#: The pages whose blocks are executed by this file, beside those of `tests/page/test_docs.py`.
PAGES = (
    "index",
    "tutorial",
    "how-to",
    "how-to-browser",
    "how-to-keys",
    "how-to-migrate",
    "how-to-other-tools",
    "how-to-own-app",
    "deploy",
    "page",
    "architecture",
    "security",
    "limits-and-cost",
)
#: A command -> the test that runs it, as ``file::words``.
RUN_BY = {
    "make demo": "tests/deploy/test_demo.py::test_make_demo_deploys_streams_and_proves_as_in_the_readme",
    "make deploy": "tests/deploy/test_make_deploy.py::test_make_deploy_without_credentials_stops",
    "make destroy": "tests/deploy/test_make_deploy.py::test_make_destroy",
    "make local LOCAL_FLAGS=--no-auth": "tests/deploy/test_make_local.py::test_make_local_curl_of_the_readme",
    ".venv/bin/streaming-api chat": "tests/deploy/test_make_local.py::test_make_local_serves_signed_requests",
    "curl --no-buffer -d": "tests/deploy/test_make_local.py::test_make_local_curl_of_the_readme_is_answered",
    ".venv/bin/streaming-api open": "tests/page/test_server.py::test_open_command_prints_its_address",
    "streaming-api open": "tests/page/test_server.py::test_open_command_opens_the_browser_of_the_user",
    ".venv/bin/streaming-api smoke": "tests/docs/test_blocks.py::test_tutorial_smoke_proves_streaming",
    ".venv/bin/cdk synth": "tests/docs/test_blocks.py::def tutorial",
    ".venv/bin/streaming-api local": "tests/docs/test_blocks.py::def serving",
    "curl --no-buffer ": "tests/docs/test_blocks.py::test_tutorial_function_counts_down",
    "curl ": "tests/docs/test_blocks.py::test_tutorial_function_refuses_an_invalid_number",
    ".venv/bin/pip install --quiet --target tools": (
        "tests/docs/test_tutorial_mcp.py::test_tutorial_mcp_version_is_the_tested_one"
    ),
    "rm -rf countdown": "tests/docs/test_tutorial_mcp.py::test_tutorial_leaves_nothing_behind",
    "PYTHONPATH=tools .venv/bin/python": "tests/docs/test_tutorial_mcp.py::test_tutorial_mcp_client_reads",
    "streaming-api smoke": "tests/deploy/test_demo.py::test_make_demo_deploys_streams_and_proves",
    "python -m venv": "tests/wheel/test_wheel.py::test_wheel_installs_its_dependencies_into_an_empty",
    'pip install "cdk_streaming_api': "tests/wheel/test_wheel.py::test_wheel_installs_its_dependencies",
    "uv pip compile": "tests/unit/cdk_streaming_api/bundle/test_refusals.py::test_bundle_lock_command",
    "python -m cdk_streaming_api.bundle": "tests/docs/test_how_to.py::test_how_to_own_app_bundle",
    "npx cdk synth --quiet --build": "tests/docs/test_how_to.py::test_how_to_own_app_bundle",
    "npx cdk synth": "tests/docs/test_how_to.py::def own_app",
    "npx cdk deploy": "tests/deploy/test_demo.py::test_make_demo_deploys_streams_and_proves_as_in_the_readme",
    "pip install -r": "tests/wheel/test_init.py::test_init_app_installs_its_requirements",
    "npm ci": "tests/unit/streaming_api_tools/test_init.py::test_init_has_the_command_line_of",
    "pytest": "tests/wheel/test_init.py::test_init_app_synthesizes_tests_itself_and_streams",
    "streaming-api doctor": "tests/smoke/test_doctor_command.py::test_doctor_command_account_gets_ready",
    "cd my-app": "tests/wheel/following.py::def _run",
    "streaming-api init": "tests/docs/test_how_to.py::test_how_to_own_app_init_writes",
    "echo 'eval": "tests/unit/streaming_api_tools/test_cli.py::test_completion_as_documented",
    "streaming-api local": "tests/docs/test_how_to.py::def serving",
    "aws secretsmanager create-secret": "tests/docs/test_how_to.py::test_how_to_keys_command_creates",
    "streaming-api keys rotate": "tests/store/test_keys.py::test_keys_are_added_rotated_and_revoked",
    "sha256sum --check": "tests/docs/test_other_tools.py::test_other_tools_hash_of_the_layer",
    "python -m zipfile": "tests/docs/test_other_tools.py::test_other_tools_archive_has_the_handler",
    "uvx --from": "tests/wheel/test_wheel.py::test_wheel_runs_its_command_by_itself_with_uvx",
    "streaming-api check": "tests/docs/test_other_tools.py::test_other_tools_source_has_no_finding",
    "streaming-api explain": "tests/docs/test_blocks.py::test_how_to_explain_command_finds_the_error",
}


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in a language."""
    text = (DOCS / f"{page}.md").read_text("utf-8")
    return [code for name, code in BLOCK.findall(text) if name == language]


def command(page: str, beginning: str) -> list[str]:
    """Return the one command of a page that begins so."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    (found,) = (line for line in lines if line.startswith(beginning))
    words = shlex.split(found)
    if words[0].startswith(".venv"):
        words[0] = str(ROOT / words[0])
    elif words[0] == "streaming-api":
        words[0] = str(BIN / words[0])
    return words


def environment() -> dict[str, str]:
    """Return an environment without anything of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {
        "PATH": path,
        "NO_PROXY": "*",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "AWS_REGION": "us-east-1",
    }


@pytest.mark.parametrize("page", PAGES)
def test_docs_every_command_is_run_by_a_test(page: str) -> None:
    for line in "".join(blocks(page, "sh")).splitlines():
        place = max((known for known in RUN_BY if line.startswith(known)), key=len)
        file, _, words = RUN_BY[place].partition("::")
        assert words in (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_docs_every_page_with_code_has_a_test(path: Path) -> None:
    languages = {language for language, _ in BLOCK.findall(path.read_text("utf-8"))} - {"text"}
    if not languages or path.stem in PAGES:
        return
    family = f"{path.stem.partition('-')[0]}*.md"
    tests = [test.read_text("utf-8") for test in (ROOT / "tests").rglob("*.py")]
    assert any(
        path.name in test or family in test or ('"docs"' in test and f'"{path.stem}"' in test)
        for test in tests
    )


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app of the tutorial, written and synthesized as the page says."""
    folder = tmp_path_factory.mktemp("tutorial")
    handler, app, *_ = blocks("tutorial", "python")
    (folder / "countdown").mkdir()
    (folder / "countdown" / "app.py").write_text(handler, "utf-8")
    (folder / "tutorial_app.py").write_text(app, "utf-8")
    synth = command("tutorial", '.venv/bin/cdk synth --quiet --app "python tutorial_app.py"')
    done = subprocess.run(synth, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the tutorial's app and yield the URL."""
    local = [*command("tutorial", ".venv/bin/streaming-api local --no-auth tutorial.out"), "--port", "0"]
    local[local.index("tutorial.out")] = str(folder / "tutorial.out")
    with running(local, environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        with process.stdout as lines:
            yield lines.readline().removeprefix("listening on ").strip()


@pytest.fixture(scope="module")
def served(tutorial: Path) -> Iterator[str]:
    """The tutorial's app, served."""
    with serving(tutorial) as url:
        yield url


def run(words: list[str], url: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the tutorial at the port where its app is served."""
    if words[0] == "curl" and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    at = [word.replace("http://127.0.0.1:3000", url) for word in words]
    return subprocess.run(at, env=environment(), capture_output=True, text=True, timeout=60)


def test_tutorial_function_counts_down(served: str) -> None:
    done = run(command("tutorial", 'curl --no-buffer "http'), served)
    assert done.stdout == blocks("tutorial", "text")[0]


def test_tutorial_function_refuses_an_invalid_number(served: str) -> None:
    done = run(command("tutorial", 'curl "http'), served)
    assert '"message":"from must be a number","code":"invalid_number","param":"from"' in done.stdout


def test_tutorial_smoke_proves_streaming(served: str) -> None:
    smoke = [*command("tutorial", ".venv/bin/streaming-api smoke"), "--runs", "1"]
    done = until_proved(
        lambda times: run([*smoke, *gaps(times, 50, 150)], served), lambda done: done.returncode == 0
    )
    assert done.stdout.splitlines()[-1] == "STREAMING"
    assert done.returncode == 0


def test_tutorial_stack_has_the_probe_url_output(tutorial: Path) -> None:
    template = json.loads((tutorial / "tutorial.out" / "Tutorial.template.json").read_text("utf-8"))
    assert "ProbeUrl" in template["Outputs"]


def test_how_to_explain_command_finds_the_error() -> None:
    done = subprocess.run(
        command("how-to", "streaming-api explain"), env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "timeout" in done.stdout


def test_how_to_heartbeat_example_streams() -> None:
    (code,) = blocks("how-to", "python")
    names: dict[str, object] = {}
    exec(compile(code, "how-to.md", "exec"), names)
    handler = names["handler"]
    assert callable(handler)
    assert handler({}, None).chunks == [b'data: {"state":"thinking"}\n\n']


def test_how_to_browser_construct_allows_the_origin() -> None:
    (code,) = blocks("how-to-browser", "python")
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False), "Docs")
    names: dict[str, object] = {
        "self": stack,
        "apigateway": apigateway,
        "StreamingApi": StreamingApi,
        "model": BedrockModel("amazon.nova-lite-v1:0"),
        "user_pool": cognito.UserPool.from_user_pool_arn(
            stack, "Pool", "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_abc"
        ),
    }
    exec(compile(code, "how-to-browser.md", "exec"), names)
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::ApiGateway::Method", {"HttpMethod": "OPTIONS"})
    template.has_resource_properties(
        "AWS::ApiGateway::Method", {"HttpMethod": "POST", "AuthorizationType": "COGNITO_USER_POOLS"}
    )
    responses = template.find_resources("AWS::ApiGateway::GatewayResponse")
    header = "gatewayresponse.header.Access-Control-Allow-Origin"
    assert responses
    assert all(header in each["Properties"]["ResponseParameters"] for each in responses.values())
    functions = template.find_resources("AWS::Lambda::Function").values()
    variables = [each["Properties"].get("Environment", {}).get("Variables", {}) for each in functions]
    assert "https://app.example.com" in [each.get("CORS_ALLOW_ORIGIN") for each in variables]

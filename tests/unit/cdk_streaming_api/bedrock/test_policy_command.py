"""``python -m cdk_streaming_api.policy``: one JSON document on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bedrock_iam_docs import EXAMPLES, SOURCE

from cdk_streaming_api._bedrock.invoked_model import InvokedModel
from cdk_streaming_api._bedrock.statements import policy_document, statements
from cdk_streaming_api.policy import main

PLACE = ["--region", "us-east-1", "--account", "111122223333"]


def options(target: InvokedModel) -> list[str]:
    named = [each for model in target.models for each in ("--model", model.reference.model_id)]
    destinations = {region for each in (target, *target.models) for region in each.destination_regions}
    return [*named, *(["--destinations", ",".join(sorted(destinations))] if destinations else [])]


@pytest.mark.parametrize("target", EXAMPLES.values(), ids=lambda target: target.reference.kind.name)
def test_policy_command_prints_only_the_policy_document_of_every_kind(
    target: InvokedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([target.reference.model_id, *PLACE, *options(target)]) == 0
    assert json.loads(capsys.readouterr().out) == policy_document(statements(target, SOURCE))


def test_policy_command_invoke_option_adds_invoke_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["amazon.nova-lite-v1:0", *PLACE, "--invoke"]) == 0
    for statement in json.loads(capsys.readouterr().out)["Statement"]:
        assert statement["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]


def test_policy_command_guardrail_option_requires_the_guardrail(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["amazon.nova-lite-v1:0", *PLACE, "--guardrail", "gr1:2"]) == 0
    found = json.loads(capsys.readouterr().out)["Statement"]
    assert [each["Effect"] for each in found] == ["Allow", "Allow", "Deny", "Allow"]


def test_policy_command_guardrail_profile_option_allows_the_profile(
    capsys: pytest.CaptureFixture[str],
) -> None:
    profile = ["--guardrail-profile", "us.guardrail.v1:0"]
    assert main(["amazon.nova-lite-v1:0", *PLACE, "--guardrail", "gr1:2", *profile]) == 0
    use = json.loads(capsys.readouterr().out)["Statement"][-1]
    assert use["Resource"][1].endswith(":bedrock:*:111122223333:guardrail-profile/us.guardrail.v1:0")


@pytest.mark.parametrize(
    ("place", "partition"),
    [
        (["--region", "us-gov-west-1"], "aws-us-gov"),
        (["--region", "cn-north-1"], "aws-cn"),
        (["--region", "us-east-1", "--partition", "aws-iso"], "aws-iso"),
    ],
)
def test_policy_command_partition_defaults_to_partition_of_region(
    place: list[str], partition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["amazon.nova-lite-v1:0", *place, "--account", "111122223333"]) == 0
    assert f'"arn:{partition}:bedrock:' in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nova-lite"],
        ["arn:aws:bedrock:us-east-1:111122223333:agent/x"],
        ["arn:${AWS::Partition}:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"],
        ["eu.amazon.nova-lite-v1:0"],
        ["amazon.nova-lite-v1:0", "--guardrail", "NO"],
        ["amazon.nova-lite-v1:0", "--guardrail-profile", "us.guardrail.v1:0"],
        ["amazon.nova-lite-v1:0", "--destinations", "us-west-2"],
        ["amazon.nova-lite-v1:0", "--model", "amazon.nova-pro-v1:0"],
    ],
)
def test_policy_command_refused_argument_is_one_line_on_stderr_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, *PLACE]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("streaming-api policy: ")


@pytest.mark.parametrize(
    "place", [[], ["--region", "us-east-1"], ["--region", "US", "--account", "111122223333"]]
)
def test_policy_command_missing_or_malformed_region_or_account_is_usage_error(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["amazon.nova-lite-v1:0", *place])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def test_policy_command_wildcard_prints_warning_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["us.amazon.nova-lite-v1:0", *PLACE]) == 0
    printed = capsys.readouterr()
    assert "warning: the destination Regions of" in printed.err
    assert json.loads(printed.out)["Version"] == "2012-10-17"


def test_policy_command_starts_no_node_and_imports_no_cdk() -> None:
    probe = (
        "import sys; from cdk_streaming_api.policy import main; "
        f"code = main(['amazon.nova-lite-v1:0', *{PLACE!r}]); "
        "sys.exit(code or int(bool({'aws_cdk', 'jsii', 'constructs'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", probe], env={"PATH": ""}, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["policy amazon.nova-lite-v1:0 " + " ".join(PLACE), "check t.json"])
def test_python_m_commands_closed_stdout_ends_silently(command: str, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}', "utf-8")
    module, *arguments = command.split()
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", f"cdk_streaming_api.{module}", *arguments],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writing)
    # what a shell reports for SIGPIPE
    assert (done.returncode, done.stderr) == (141, b"")


def test_policy_command_streaming_api_policy_is_the_same_command() -> None:
    command = [sys.executable, "-m", "streaming_api_tools", "policy", "nova-lite", *PLACE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("streaming-api policy: model id 'nova-lite' has no provider")


def test_policy_command_responses_option_allows_invoke_model_on_the_project_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["us.openai.gpt-5.6-sol", *PLACE, "--destinations", "us-east-1", "--responses"]) == 0
    found = json.loads(capsys.readouterr().out)["Statement"]
    assert found[-1] == {
        "Effect": "Allow",
        "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        "Resource": ["arn:aws:bedrock:us-east-1:111122223333:project/default"],
    }
    assert {str(each["Action"]) for each in found[:-1]} == {"['bedrock:InvokeModelWithResponseStream']"}


def test_policy_command_responses_option_of_another_model_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["amazon.nova-lite-v1:0", *PLACE, "--responses"]) == 2
    assert "is not known to have the Responses API" in capsys.readouterr().err

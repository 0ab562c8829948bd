"""``streaming-api keys`` against a stand-in for the services that it asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from streaming_api_tools import aws
from streaming_api_tools.cli import cli
from streaming_api_tools.keys.secret import region_of

ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:team-keys-AbCdEf"
ALICE = "key-of-alice-0123456789"


class Services:
    """CloudFormation, Lambda and Secrets Manager, as far as the command asks them."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {"team-keys": json.dumps({"alice": ALICE})}
        self.variables: dict[str, dict[str, str]] = {}
        self.written: list[str] = []

    def describe_stack_resources(self, *, StackName: str) -> Mapping[str, Any]:
        if StackName != "Chat":
            raise refused("ValidationError", "DescribeStackResources")
        resources = [
            {"PhysicalResourceId": name, "ResourceType": "AWS::Lambda::Function"} for name in self.variables
        ]
        return {
            "StackResources": [
                *resources,
                {"PhysicalResourceId": "api", "ResourceType": "AWS::ApiGateway::RestApi"},
            ]
        }

    def get_function_configuration(self, *, FunctionName: str) -> Mapping[str, Any]:
        return {"Environment": {"Variables": self.variables[FunctionName]}}

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, Any]:
        if SecretId not in self.secrets:
            raise refused("ResourceNotFoundException", "GetSecretValue")
        return {"SecretString": self.secrets[SecretId]}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> Mapping[str, Any]:
        self.secrets[SecretId] = SecretString
        self.written.append(SecretId)
        return {}

    def keys(self, secret: str = "team-keys") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.secrets[secret])
        return found


def refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}}, operation)


@pytest.fixture(name="services")
def _services(monkeypatch: pytest.MonkeyPatch) -> Services:
    found = Services()
    monkeypatch.setattr(aws.Account, "client", lambda self, kind, service, **_: found)
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *arguments])


def test_keys_list_prints_names_and_no_key(services: Services) -> None:
    done = run("list", "team-keys")
    assert (done.exit_code, done.stdout) == (0, "alice\n")
    assert ALICE not in done.output


def test_keys_list_prints_the_attributes_of_the_stack(services: Services) -> None:
    services.variables = {
        "chat": {"BEDROCK_MODEL_ID": "m"},
        "keys": {"KEYS_SECRET_ARN": "team-keys", "ATTRIBUTES_SECRET_ARN": "team"},
    }
    services.secrets["team"] = json.dumps({"alice": {"expires": "2027-01-01T00:00:00Z"}})
    assert run("list", "Chat").stdout == 'alice  {"expires": "2027-01-01T00:00:00Z"}\n'
    done = run("list", "Chat", "--json")
    assert json.loads(done.stdout) == [{"client": "alice", "attributes": {"expires": "2027-01-01T00:00:00Z"}}]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_keys_list_shows_a_hostile_name_without_its_commands(services: Services, form: list[str]) -> None:
    services.secrets["team-keys"] = json.dumps({"\x1b[2Jevil\n::error::": ALICE, "\u202eb": ALICE + "2"})
    done = run("list", "team-keys", *form)
    assert done.exit_code == 0
    assert not {"\x1b", "\u202e"} & set(done.output)
    assert len(done.stdout.splitlines()) == (1 if form else 2)


def test_keys_add_writes_a_new_key_and_prints_it_once(services: Services) -> None:
    done = run("add", "team-keys", "carol")
    assert done.exit_code == 0
    keys = services.keys()
    assert keys["alice"] == ALICE
    assert len(keys["carol"]) == 48
    assert done.stdout == f"{keys['carol']}\n"
    assert keys["carol"] not in done.stderr
    assert "keys.add_api_key('carol')" in done.stderr


def test_keys_rotate_adds_the_next_name_and_leaves_the_value_of_the_old_one(services: Services) -> None:
    names = []
    for _ in range(3):
        done = run("rotate", "team-keys", "alice")
        assert done.exit_code == 0
        names.append(done.stderr.split("'")[1])
        assert "streaming-api keys revoke team-keys alice" in done.stderr
        assert services.keys()["alice"] == ALICE
    assert names == ["alice-2", "alice-3", "alice-4"]
    assert len(set(services.keys().values())) == 4


def test_keys_rotate_gives_the_new_name_the_attributes_first(services: Services) -> None:
    services.secrets["team"] = json.dumps({"alice": {"models": ["m"]}, "bob": {}})
    assert run("rotate", "team-keys", "alice", "--attributes", "team").exit_code == 0
    assert services.keys("team") == {"alice": {"models": ["m"]}, "bob": {}, "alice-2": {"models": ["m"]}}
    assert services.written == ["team", "team-keys"]


def test_keys_revoke_removes_the_client_and_its_attributes(services: Services) -> None:
    services.secrets["team"] = json.dumps({"alice": {"models": ["m"]}})
    done = run("revoke", "team-keys", "alice", "--attributes", "team")
    assert done.exit_code == 0
    assert services.keys() == services.keys("team") == {}
    assert services.written == ["team-keys", "team"]
    assert done.stdout == ""


@pytest.mark.parametrize(
    "command",
    [["add", "team-keys", "bob"], ["rotate", "team-keys", "alice"], ["revoke", "team-keys", "alice"]],
)
def test_keys_dry_run_writes_nothing_and_shows_no_key(services: Services, command: list[str]) -> None:
    done = run(*command, "--dry-run")
    assert done.exit_code == 0
    assert services.written == []
    assert done.stdout == ""
    assert "would " in done.stderr


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["add", "team-keys", "alice"], 1, "client 'alice' has a key already"),
        (["rotate", "team-keys", "bob"], 1, "the secret has no client 'bob'"),
        (["revoke", "team-keys", "bob"], 1, "the secret has no client 'bob'"),
        (["add", "team-keys", "a:b"], 2, "name of a new client must be 1 to 64 of"),
        (["add", "team-keys", "\x1b[2J"], 2, "name of a new client must be 1 to 64 of"),
        (["list", "other-keys"], 3, "cannot read secret other-keys"),
        (["list", "bad"], 3, "secret bad is not a JSON object of client names to keys"),
        (["list", "nested"], 3, "secret nested is not a JSON object of client names to keys"),
        (["list", "twice"], 3, "secret twice has a client twice"),
        (["list", "Chat"], 3, "stack Chat must have one ApiKeyAuthorizer, got 0"),
    ],
)
def test_keys_that_cannot_be_changed_say_why_and_show_no_key(
    services: Services, command: list[str], code: int, says: str
) -> None:
    services.secrets |= {
        "bad": f'"{ALICE}"',
        "nested": json.dumps({"alice": {"key": ALICE}}),
        "twice": f'{{"a": "{ALICE}", "a": "{ALICE}"}}',
    }
    done = run(*command)
    assert done.exit_code == code
    assert says in done.stderr
    assert ALICE not in done.output
    assert "\x1b" not in done.output
    assert services.written == []


def test_keys_rotate_prints_a_command_that_a_shell_takes_as_it_is(services: Services) -> None:
    services.secrets["team-keys"] = json.dumps({"$(id)": ALICE})
    done = run("rotate", "team-keys", "$(id)")
    assert done.exit_code == 2
    done = run("revoke", "team-keys", "$(id)'", "--dry-run")
    assert done.exit_code == 1
    services.secrets["team-keys"] = json.dumps({"bob": ALICE})
    services.secrets["team; keys"] = services.secrets["team-keys"]
    assert "revoke 'team; keys' bob" in run("rotate", "team; keys", "bob").stderr


def test_keys_of_an_arn_are_read_in_its_region() -> None:
    assert region_of(ARN) == "eu-west-1"
    assert region_of("team-keys") is None


def test_keys_command_takes_no_key(services: Services) -> None:
    done = run("add", "team-keys", "bob", ALICE)
    assert done.exit_code == 2
    assert services.written == []

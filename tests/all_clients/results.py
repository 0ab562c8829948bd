"""Keep what came of each cell of the matrix in results.json, from which docs/clients.md is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.all_clients.clients import HERE, SCENARIOS, Client

FILE = HERE / "results.json"
Outcome = dict[str, Any]
GOOD = "yes"


@dataclass
class Results:
    """The results of this run over those of earlier ones.

    :param clients: id of a client -> its title, its version, and its cells by scenario
    :param known: the clients that there are
    """

    clients: dict[str, dict[str, Any]]
    known: Sequence[Client]

    @classmethod
    def load(cls, known: Sequence[Client]) -> Results:
        """Return what the file has."""
        return cls(json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}, known)

    def note(self, client: Client, scenario: str, cell: str) -> None:
        """Write the result of a cell, whatever becomes of the others."""
        row = self.clients.setdefault(client.id, {})
        cells = row.get("cells", {})
        row.update(title=client.title, version=client.version, cells={**cells, scenario: cell})
        self._save()

    def _save(self) -> None:
        rows = {client.id: self._row(client) for client in self.known if client.id in self.clients}
        FILE.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", "utf-8")

    def _row(self, client: Client) -> dict[str, Any]:
        row = self.clients[client.id]
        cells = {name: row["cells"][name] for name in SCENARIOS if name in row["cells"]}
        return {"title": row["title"], "version": row["version"], "cells": cells}

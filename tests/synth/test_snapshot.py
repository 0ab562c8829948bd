"""The template of the reference deployment as a whole, so that no change of it goes unseen.

``UPDATE_SNAPSHOTS=1`` writes it anew; the difference is then read in the commit.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

SNAPSHOT = Path(__file__).parent / "snapshots" / "StreamingChat.json"

#: What changes with every change of the sources: hashes of assets, and what is derived from them.
MASKS = {
    r"[0-9a-f]{64}": "ASSET",
    r"(Deployment[0-9A-F]{8})[0-9a-f]{32}": r"\1HASH",
    r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}": r"\1HASH",
}


def test_snapshot_template_is_the_reviewed_one(assembly: Path) -> None:
    text = (assembly / "StreamingChat.template.json").read_text("utf-8")
    for pattern, mask in MASKS.items():
        text = re.sub(pattern, mask, text)
    found = json.loads(text)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    assert found == json.loads(SNAPSHOT.read_text("utf-8"))

"""Waits for what a signal raises."""

from __future__ import annotations

import time
from typing import NoReturn


def wait_for_alarm() -> NoReturn:
    """Wait until the handler of a signal raises.

    ``signal.pause`` waits for the next signal where one came right before it, and an alarm may come but once.
    """
    while True:
        time.sleep(0.01)

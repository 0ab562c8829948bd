"""Finds the hop that holds an answer back, by comparing it with a direct invocation of the function."""

from __future__ import annotations

from .verdicts import FAILED, OUTCOMES, PASSED, Verdict

FUNCTION, GATEWAY, NETWORK, UNKNOWN = "function", "gateway", "network", "unknown"
STREAM = "STREAM"


def localise(through_api: Verdict, direct: Verdict, transfer_mode: str | None) -> tuple[str, str]:
    """Return the hop that is at fault, and the sentence for the report.

    :param through_api: the verdict on the API, which is not a success
    :param direct: the verdict on the function, invoked without the API
    :param transfer_mode: the ``responseTransferMode`` that the stage serves. Default: - not known
    """
    if OUTCOMES[direct].exit_code == FAILED:
        return FUNCTION, f"invoked directly, the function is {direct.value} too: the fault is in it"
    if OUTCOMES[direct].exit_code != PASSED:
        return UNKNOWN, f"the function could not be compared: invoked directly it is {direct.value}"
    if transfer_mode == STREAM and through_api in (Verdict.BUFFERED, Verdict.BATCHED, Verdict.STALLED):
        return NETWORK, (
            "invoked directly, the function streams, and the stage serves the method with STREAM: what holds"
            " the answer back is between the API and this machine"
        )
    mode = f", which serves the method with {transfer_mode}" if transfer_mode else ""
    return (
        GATEWAY,
        f"invoked directly, the function streams: the fault is at the API{mode}, or between it and here",
    )

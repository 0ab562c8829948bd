"""Become the runtime of a function in a child process that never outlives the gateway.

Started as a script in the task root: ``python bootstrap.py PARENT_PID python HANDLER`` runs AWS's own runtime
interface client in this process, ``python bootstrap.py PARENT_PID exec COMMAND...`` becomes any other.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent is gone, even when that was killed by SIGKILL.

    What the process becomes by ``exec`` is killed as well. Only Linux has this; elsewhere the runtime ends
    when its next request to the Runtime API fails.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the gateway is gone")


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    if sys.argv[2] == "exec":
        try:
            os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606 - the process of the function, by its command line
        except OSError as error:
            sys.exit(f"cannot run {sys.argv[3]}: {error.strerror}")
    # as `python -m` has it, and as on Lambda: the task root, not the directory of this file
    sys.path[0] = os.getcwd()
    sys.argv = ["awslambdaric", sys.argv[3]]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)

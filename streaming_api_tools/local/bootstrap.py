"""The first file of a child process: runs AWS's own runtime interface client, and never outlives the gateway.

Started as a script, ``python bootstrap.py PARENT_PID HANDLER``, in the task root.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent is gone, even when that was killed by SIGKILL.

    Only Linux has this; elsewhere the runtime ends when its next request to the Runtime API fails.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the gateway is gone")


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    # as `python -m` has it, and as on Lambda: the task root, not the directory of this file
    sys.path[0] = os.getcwd()
    sys.argv = ["awslambdaric", sys.argv[2]]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)

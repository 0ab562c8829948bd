"""The fault matrix: what a client and Lambda see of each fault, in each form of a handler.

The tests run every case and compare; docs/security.md is written from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """What is seen of a response.

    :param client: what reaches the client
    :param runtime: what Lambda's Runtime API gets
    """

    client: str
    runtime: str


WHOLE = Seen("a response that looks complete", "a complete response")
FAILED = Seen("502", "a function error")
REFUSED = Seen("a real status, JSON", "a complete response")
LATE = Seen("504, JSON", "a complete response")
REPORTED = Seen("an error event", "error trailers")
CUT = Seen("a cut connection", "a response without its end")
REJECTED = Seen("a cut connection", "that the response stops after its refusal")

#: The form of a handler, and what it is called in tests/runtime/functions/faults.py.
FORMS = (
    *("generator", "async generator", "Response", "writer", "writer with threads", "ASGI", "WSGI"),
    "plain text",
)


@dataclass(frozen=True)
class Fault:
    """A row of the matrix.

    :param name: of the strike in tests/runtime/functions/strikes.py
    :param title: of the row
    :param when: "before" or "after" the first byte
    :param seen: in the forms that send server-sent events
    :param plain: in the form that sends plain text, if it is not the same
    :param reader: how the Runtime API reads: "all", "nothing" after the head, or "refuses" soon
    :param timeout: of the function, in seconds
    """

    name: str
    title: str
    when: str
    seen: Seen
    plain: Seen | None = None
    reader: str = "all"
    timeout: float = 60


#: Long enough for a slow machine to begin, and short enough for a hundred cases.
DEADLINE = 1.0


def deadline(name: str, title: str, when: str = "after", seen: Seen = REPORTED, reader: str = "all") -> Fault:
    """Return the row of a state in which the handler is at its deadline."""
    plain = CUT if seen is REPORTED else None
    return Fault(name, title, when, seen, plain, reader=reader, timeout=DEADLINE)


BLOCKED = (
    deadline("receive", "reads from a socket"),
    deadline("sleep", "sleeps"),
    deadline("lock", "waits for a lock"),
    deadline("join", "joins a thread"),
    deadline("computes", "computes in Python"),
    deadline("bare_except", "tries again after a bare `except`"),
    deadline("thread_pool", "leaves a `with ThreadPoolExecutor()`"),
    deadline("sleeps_in_finally", "sleeps in a `finally`"),
    deadline("finalizer", "is in a `__del__`"),
    deadline("weak_finalizer", "is in a `weakref.finalize`"),
    deadline("c_code", "is in C code that releases the GIL"),
    deadline("async_finally", "awaits in a `finally`"),
    deadline("swallows_cancel", "swallows its `CancelledError`"),
    deadline("executor", "leaves `run_in_executor` in a `with` pool"),
)

DEADLINES = (
    *BLOCKED,
    deadline("produces", "sends items"),
    deadline("imports", "imports a module"),
    deadline("import_lock", "waits for an import lock that a thread keeps"),
    Fault("floods", "waits for a client that reads nothing", "after", CUT, reader="nothing", timeout=3),
    deadline("c_code_with_gil", "is in C code that holds the GIL, until Lambda kills it", seen=CUT),
)

FAULTS = (
    Fault("raises", "an exception", "before", FAILED),
    Fault("refuses", "an `HTTPError`", "before", REFUSED),
    deadline("receive", "the deadline", "before", LATE),
    deadline("imports", "the deadline while a module is imported", "before", LATE),
    Fault("no_files", "an exception while no file can be opened", "before", FAILED),
    Fault("raises", "an exception", "after", REPORTED, CUT),
    Fault("refuses", "an `HTTPError`", "after", REPORTED, CUT),
    Fault("cannot_be_told", "an `HTTPError` that has no form in JSON", "after", REPORTED, CUT),
    Fault("is_mute", "an exception whose `__str__` raises", "after", REPORTED, CUT),
    Fault("cut_upstream", "the upstream cuts its response", "after", REPORTED, CUT),
    Fault(
        "no_files", "an exception while no file can be opened, and no module imported", "after", REPORTED, CUT
    ),
    *DEADLINES,
    Fault("produces", "the Runtime API answers early", "after", REJECTED, reader="refuses"),
    Fault("exits", "`sys.exit()`", "after", REPORTED, CUT),
    Fault("exits_at_once", "`os._exit()`", "after", CUT),
    Fault("is_killed", "the process is killed", "after", CUT),
)


@dataclass(frozen=True)
class Case:
    """A cell of the matrix."""

    form: str
    fault: Fault
    seen: Seen = field(default=WHOLE)

    @property
    def id(self) -> str:
        """The name of the case in the log of the tests."""
        reader = "" if self.fault.reader == "all" else f" {self.fault.reader}"
        return f"{self.fault.name} {self.fault.when}{reader} - {self.form}"


def cases() -> list[Case]:
    """Return every cell of the matrix."""
    return [
        Case(form, fault, (fault.plain if form == "plain text" else None) or fault.seen)
        for fault in FAULTS
        for form in FORMS
    ]

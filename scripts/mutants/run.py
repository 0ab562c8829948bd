"""Judge many mutants: several at a time, and none twice while neither its module nor its tests changed."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from .judge import BrokenRun, Copy, limit_of
from .modules import ROOT, judges
from .sample import Mutant, applied

#: mutant -> whether a test failed
Verdicts = dict[Mutant, bool]
CACHE = ROOT / ".cache" / "mutants" / "verdicts.json"


class Cache:
    """Verdicts of earlier runs, by what was judged.

    :param anew: whether to forget them
    """

    def __init__(self, anew: bool) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, int] = {}
        if CACHE.is_file() and not anew:
            self._known = json.loads(CACHE.read_text("utf-8"))

    def get(self, key: str) -> int | None:
        """Return what was kept."""
        return self._known.get(key)

    def keep(self, key: str, value: int) -> None:
        """Keep it at once, so that a run that is stopped goes on where it was."""
        with self._lock:
            self._known[key] = value
            CACHE.parent.mkdir(parents=True, exist_ok=True)
            CACHE.write_text(json.dumps(self._known), "utf-8")


def key_of(text: str, tests: Iterable[str], root: Path) -> str:
    """Return the key of a text and the tests that judge it."""
    found = hashlib.sha256(text.encode())
    for test in tests:
        file = root / test
        for each in sorted(file.rglob("*.py")) if file.is_dir() else [file]:
            found.update(each.read_bytes())
    return found.hexdigest()


def judge_all(mutants: Iterable[Mutant], workers: int, anew: bool) -> Verdicts:
    """Return the verdict of each mutant; raise ``BrokenRun`` if a run cannot tell.

    :param workers: how many are judged at a time
    :param anew: whether to judge again what an earlier run has judged
    """
    run = _Run(mutants, Cache(anew))
    with TemporaryDirectory(prefix="mutants-") as folder, ExitStack() as stack:
        copies = [stack.enter_context(Copy(Path(folder) / str(number))) for number in range(workers)]
        threads = [threading.Thread(target=run.work, args=[copy]) for copy in copies]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    if run.broken:
        raise run.broken[0]
    return run.verdicts


class _Run:
    """The state that the workers share: the mutants that are left, by module, and what was found."""

    def __init__(self, mutants: Iterable[Mutant], cache: Cache) -> None:
        self.verdicts: Verdicts = {}
        self.broken: list[BrokenRun] = []
        self._cache = cache
        self._locks: defaultdict[tuple[str, ...], threading.Lock] = defaultdict(threading.Lock)
        self._modules: queue.SimpleQueue[list[Mutant]] = queue.SimpleQueue()
        by_module: dict[str, list[Mutant]] = {}
        for mutant in mutants:
            by_module.setdefault(mutant.file, []).append(mutant)
        for each in by_module.values():
            self._modules.put(each)
        self._all = sum(map(len, by_module.values()))

    def work(self, copy: Copy) -> None:
        """Judge module after module in a copy of the checkout."""
        try:
            while not self.broken:
                for mutant in self._modules.get_nowait():
                    self.verdicts[mutant] = self._judge(copy, mutant)
        except queue.Empty:
            return
        except BrokenRun as broken:
            self.broken.append(broken)

    def _judge(self, copy: Copy, mutant: Mutant) -> bool:
        """Return whether a test fails: the closest are asked first, since most mutants fail there."""
        text = applied(mutant, copy.folder)
        assert text is not None
        closest, others = judges(mutant.file)[:1], judges(mutant.file)[1:]
        key = key_of(mutant.file + text, [*closest, *others], copy.folder)
        known = self._cache.get(key)
        if known is None:
            known = int(any(self._fail(copy, mutant.file, text, each) for each in (closest, others) if each))
            self._cache.keep(key, known)
            progress = f"{len(self.verdicts) + 1}/{self._all}"
            print(f"{progress} {'killed' if known else 'SURVIVED'} {mutant}", flush=True)
        return bool(known)

    def _fail(self, copy: Copy, module: str, text: str, tests: tuple[str, ...]) -> bool:
        with self._locks[tests]:
            limit = self._limit(copy, module, tests)
        return copy.run(module, text, tests, limit).failed

    def _limit(self, copy: Copy, module: str, tests: tuple[str, ...]) -> int:
        """Return how long the tests of a mutant may take, once the unchanged code passed them."""
        key = key_of(f"control {copy.sources}", tests, copy.folder)
        known = self._cache.get(key)
        if known is None:
            known = limit_of(copy, module, tests)
            self._cache.keep(key, known)
        return known

"""Find mutants in the code, keep a list of them that fits it, and count what tests make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from mutants.__main__ import STALE
from mutants.equivalent import EQUIVALENT
from mutants.modules import CLOSEST, ROOT, TESTS, judges, modules
from mutants.places import OPERATORS, changed, places
from mutants.sample import MOST_GONE, SIZE, Judged, Mutant, applied, choose, load, mutants_of, save
from mutants.score import LEAST, score

LISTED = load()


def variants(text: str) -> set[str]:
    """Return a module after each change, without its last line end."""
    return {changed(text, place).rstrip("\n") for place in places(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = a < b\n", {"x = a <= b"}),
        ("x = a <= b < c\n", {"x = a < b < c", "x = a <= b <= c"}),
        ("x = a == b\n", {"x = a != b"}),
        ("x = a in b\n", {"x = a not in b"}),
        ("x = a  not  in b\n", {"x = a  in b"}),
        ("x = (a) is not (b)\n", {"x = (a) is (b)"}),
        ("x = a is b\n", {"x = a is not b"}),
        ("x = a and b or c\n", {"x = a or b or c", "x = a and b and c"}),
        ("x = (\n    a  # and\n    and b\n)\n", {"x = (\n    a  # and\n    or b\n)"}),
        ("x = not (a or b)\n", {"x = (a or b)", "x = not (a and b)"}),
        ("x = True\n", {"x = False"}),
        ("x = 599\n", {"x = 600", "x = 598"}),
        ("x = 0\n", {"x = 1"}),
        ("x = '\N{EURO SIGN}' + y[1_000]\n", {f"x = '\N{EURO SIGN}' + y[{each}]" for each in (999, 1001)}),
        ("def f(): return a\n", {"def f(): return None"}),
        ("async def f():\n    return [\n        a,\n    ]\n", {"async def f():\n    return None"}),
        ("def f(x=1): pass\n", {"def f(x=0): pass", "def f(x=2): pass"}),
        ("def f(): return True\n", {"def f(): return False"}),
        ("x: int = 2\n", {"x: int = 1", "x: int = 3"}),
    ],
)
def test_mutants_place_is_changed_and_nothing_around_it(text: str, expected: set[str]) -> None:
    assert variants(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '"""Return 1 and not 2."""\n',
        "def f(x: Literal[1], *y: A[2]) -> B[3]:\n    return None\n",
        "Kind = Literal[1, 2]\n",
        "x: Annotated[int, 1 < 2]\n",
        "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    x = 1\n",
        "if __name__ == '__main__':\n    main(1)\n",
        "__all__ = [True]\n",
        "_LOG.warning('%d', 1 < 2)\n",
        "x = f'{1 < 2}'\n",
        "@dataclass(frozen=True)\nclass A:\n    pass\n",
        "def f():\n    return\n",
    ],
)
def test_mutants_what_no_test_could_tell_is_left_out(text: str) -> None:
    assert variants(text) == set()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with a module that is judged."""
    module = tmp_path / "lambda_src" / "authorizer" / "tiny.py"
    module.parent.mkdir(parents=True)
    module.write_text("def f(a):\n    return a < 1 or a < 1\n\n\nx = 2\n", "utf-8")
    return tmp_path


def test_mutants_place_that_moved_is_found_again(checkout: Path) -> None:
    module = checkout / "lambda_src" / "authorizer" / "tiny.py"
    name = str(module.relative_to(checkout))
    known = mutants_of(name, module.read_text("utf-8"))
    assert len(known) == 10
    module.write_text(
        "import a\n\n" + module.read_text("utf-8").replace("    return", "        return"), "utf-8"
    )
    assert [each.number for each in known if each.before == "<"] == [0, 1]
    for mutant in known:
        text = applied(mutant, checkout)
        assert text
        assert text.startswith("import a\n\n")


def test_mutants_place_whose_line_changed_is_gone(checkout: Path) -> None:
    module = checkout / "lambda_src" / "authorizer" / "tiny.py"
    known = mutants_of(str(module.relative_to(checkout)), module.read_text("utf-8"))
    module.write_text(module.read_text("utf-8").replace("x = 2", "y = 2"), "utf-8")
    gone = [mutant for mutant in known if applied(mutant, checkout) is None]
    assert {mutant.line for mutant in gone} == {"x = 2"}
    module.unlink()
    assert all(applied(mutant, checkout) is None for mutant in known)


def test_mutants_choice_of_a_seed_is_the_same_and_changes_with_the_lines_only(checkout: Path) -> None:
    chosen = {each.mutant for each in choose("a", 6, checkout)}
    assert len(chosen) == 6
    assert {each.mutant for each in choose("a", 6, checkout)} == chosen
    assert any({each.mutant for each in choose(seed, 6, checkout)} != chosen for seed in "bcdefg")
    module = checkout / "lambda_src" / "authorizer" / "tiny.py"
    module.write_text(module.read_text("utf-8").replace("x = 2", "y = 2"), "utf-8")
    others = {mutant for mutant in chosen if mutant.line != "x = 2"}
    assert others <= {each.mutant for each in choose("a", 8, checkout)}


def test_mutants_list_is_read_as_it_was_written(checkout: Path) -> None:
    chosen = [replace(each, verdict="killed") for each in choose("a", 6, checkout)]
    save(chosen, checkout / "list.json")
    assert load(checkout / "list.json") == chosen


def test_mutants_score_leaves_the_equivalent_out() -> None:
    mutant = Mutant("a.py", "x = 1", "integer", "1", "2")
    verdicts = ["killed"] * 97 + ["survived"] * 3 + ["equivalent"] * 10 + [None] * 2
    found = score(Judged(mutant, (), verdict) for verdict in verdicts)
    assert found == (97, 3, 10, 2)
    assert found.share == LEAST
    assert str(found) == "97 of 100 killed (97.0%), 10 equivalent"


def test_mutants_committed_list_has_its_size_and_each_operator() -> None:
    assert len({each.mutant for each in LISTED}) == len(LISTED) == SIZE == 200
    assert {each.mutant.operator for each in LISTED} == set(OPERATORS)
    assert {each.verdict for each in LISTED} <= {"killed", "survived", "equivalent", None}
    assert score(LISTED).share >= LEAST


def test_mutants_committed_list_fits_the_code() -> None:
    gone = [str(each.mutant) for each in LISTED if applied(each.mutant) is None]
    assert len(gone) <= MOST_GONE * SIZE, "\n".join([STALE, *gone])


def test_mutants_committed_list_names_the_tests_that_judge() -> None:
    for each in LISTED:
        if (ROOT / each.mutant.file).is_file():
            assert each.judges == judges(each.mutant.file)


def test_mutants_named_equivalent_are_in_the_list_with_a_reason() -> None:
    named = {each.mutant for each in LISTED if each.verdict == "equivalent"}
    assert named == set(EQUIVALENT)
    assert all(len(reason.split()) >= 4 for reason in EQUIVALENT.values())


def test_mutants_every_judged_module_has_tests_that_exist() -> None:
    found = modules()
    assert len(found) > 100
    for module in found:
        assert all((ROOT / test).exists() for test in judges(module)), module
    for row in (*TESTS, *CLOSEST):
        assert any(module.startswith(row) for module in found), f"{row} names no module"

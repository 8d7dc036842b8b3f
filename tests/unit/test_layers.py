"""Who imports whom, read from the source: DESIGN §5."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("installer", "backends", "screens")
COMPOSITION_ROOT = ROOT / "installer" / "__main__.py"
COMPOSITION_ROOTS = (COMPOSITION_ROOT, ROOT / "installer" / "upkeep" / "__main__.py")
RUNNER = ROOT / "backends" / "runner.py"
FORBIDDEN = {
    "installer": {"backends", "screens", "textual", "rich", "tests"},
    "backends": {"screens", "textual", "rich", "tests"},
    "screens": {"backends", "tests"},
}
PROCESS_MODULES = {"subprocess", "pty", "multiprocessing"}
PROCESS_CALLS = {"fork", "forkpty", "system", "popen", "posix_spawn", "posix_spawnp"}


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, folder
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """First names of all modules imported anywhere, in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide who imports whom"
            yield str(node.module).split(".")[0]


def process_starts(tree: ast.AST) -> Iterator[str]:
    yield from PROCESS_MODULES.intersection(imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "asyncio"):
            yield from (alias.name for alias in node.names if _starts(alias.name))
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("os", "asyncio")
            and _starts(node.attr)
        ):
            yield node.attr


def _starts(name: str) -> bool:
    return (
        name in PROCESS_CALLS
        or name.startswith(("exec", "spawn"))
        or name.startswith("create_subprocess")
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_imports_only_what_it_may(folder: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(folder)
        if path not in COMPOSITION_ROOTS
        for name in FORBIDDEN[folder].intersection(imported(ast.parse(path.read_text())))
    }
    assert wrong == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_the_runner_starts_processes(folder: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(folder)
        if path != RUNNER
        for name in process_starts(ast.parse(path.read_text()))
    }
    assert wrong == set()


def test_the_runner_itself_is_found_by_this_test() -> None:
    assert "subprocess" in set(process_starts(ast.parse(RUNNER.read_text())))


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess",
        "def f():\n    from subprocess import run",
        "import os\nos.fork()",
        "import os\nos.execv('/bin/sh', [])",
        "from os import system",
        "import pty",
        "import asyncio\nasyncio.create_subprocess_exec('sh')",
    ],
)
def test_every_way_to_start_a_process_is_found(code: str) -> None:
    assert set(process_starts(ast.parse(code)))


@pytest.mark.parametrize("root", COMPOSITION_ROOTS)
def test_the_composition_roots_know_all_three(root: Path) -> None:
    assert {"backends", "screens", "installer"} <= set(imported(ast.parse(root.read_text())))

"""The tools that are looked for before anything is written are those that the backends call."""

import ast
from collections.abc import Iterator
from pathlib import Path

from installer.__main__ import NEEDED_TOOLS

ROOT = Path(__file__).parents[2]
OPTIONAL = {
    "efibootmgr": "the disk starts by the removable path too",
    "lsblk": "sysfs has the rest; NVRAM entries that point nowhere stay",
    "udevadm": "called where udev runs only",
    "systemctl": "reboot and poweroff are called where it is not",
}


def called() -> Iterator[str]:
    """First words of every command line that is written out in backends/."""
    for path in sorted((ROOT / "backends").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for words in command_lines(node):
                if words and isinstance(words[0], ast.Constant):
                    yield str(words[0].value)


def command_lines(node: ast.AST) -> Iterator[list[ast.expr]]:
    """Lists named argv, lists given to a runner, and the words after a device for a maker."""
    if isinstance(node, ast.Assign):
        named = any(isinstance(each, ast.Name) and each.id == "argv" for each in node.targets)
        if named and isinstance(node.value, ast.List | ast.Tuple):
            yield node.value.elts
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        runs = node.func.attr in ("run", "_run")
        if runs and isinstance(first := node.args[0], ast.List | ast.Tuple):
            yield first.elts
        if node.func.attr == "_make":
            yield node.args[1:]


def test_every_tool_is_looked_for_or_can_be_done_without() -> None:
    assert set(called()) == {*NEEDED_TOOLS, *OPTIONAL}


def test_no_tool_is_named_twice() -> None:
    assert len(set(NEEDED_TOOLS)) == len(NEEDED_TOOLS)

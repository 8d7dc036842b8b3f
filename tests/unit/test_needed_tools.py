"""The tools that are looked for before anything is written are those that the backends call."""

import ast
from collections.abc import Iterator
from pathlib import Path

from installer.__main__ import NEEDED_TOOLS

ROOT = Path(__file__).parents[2]
OPTIONAL = {
    "mdel": "with mcopy and mmd, on an installed system only; without it the ESP stays as it is",
    "fsck.fat": "likewise",
    "efibootmgr": "the disk starts by the removable path too",
    "lsblk": "sysfs has the rest; NVRAM entries that point nowhere stay",
    "udevadm": "called where udev runs only",
    "gpgv": "without it every release is as good as unsigned",
    "ckbcomp": "the console keeps the keyboard layout that it has, and the screen says so",
    "loadkeys": "as with ckbcomp",
    "nmcli": "the machine stays connected as it was started, and the screen says so",
    "systemctl": "reboot and poweroff are called where it is not",
}


def called() -> Iterator[str]:
    """First words of every command line that is written out in backends/."""
    for path in sorted((ROOT / "backends").glob("*.py")):
        tree = ast.parse(path.read_text())
        arguments = set(arguments_of_a_tool(tree))
        for node in ast.walk(tree):
            for words in command_lines(node):
                if node not in arguments and words and isinstance(words[0], ast.Constant):
                    yield str(words[0].value)


def arguments_of_a_tool(tree: ast.Module) -> Iterator[ast.AST]:
    """Assignments to argv in functions that hand it on as ``*argv``: the tool is named there."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and any(
            isinstance(node, ast.Starred) and is_argv(node.value) for node in ast.walk(function)
        ):
            yield from ast.walk(function)


def is_argv(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "argv"


def command_lines(node: ast.AST) -> Iterator[list[ast.expr]]:
    """Lists named argv, lists given to a runner, what is yielded, the words after a device."""
    if (
        isinstance(node, ast.Assign)
        and any(is_argv(each) for each in node.targets)
        and isinstance(node.value, ast.List | ast.Tuple)
    ):
        yield node.value.elts
    if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
        first = node.value.elts[:1]
        if all(isinstance(each, ast.Constant) and is_word(each.value) for each in first):
            yield node.value.elts
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        runs = node.func.attr in ("run", "_run")
        if runs and isinstance(first_argument := node.args[0], ast.List | ast.Tuple):
            yield first_argument.elts
        if node.func.attr == "_make":
            yield node.args[1:]


def is_word(value: object) -> bool:
    return isinstance(value, str) and value.isalpha()


def test_every_tool_is_looked_for_or_can_be_done_without() -> None:
    assert set(called()) == {*NEEDED_TOOLS, *OPTIONAL}


def test_no_tool_is_named_twice() -> None:
    assert len(set(NEEDED_TOOLS)) == len(NEEDED_TOOLS)

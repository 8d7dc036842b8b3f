"""What the command line costs to start: nothing heavy is imported before it is used."""

import subprocess
import sys

import pytest

HEAVY = ("textual", "rich", "requests", "pydantic", "pyudev", "psutil", "yaml", "subprocess")
SCREENS_ONLY = ("textual", "rich", "screens", "zxcvbn", "segno")


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["installer.cli", "installer.__main__"])
def test_the_command_line_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}") & set(HEAVY) == set()


def test_an_unattended_install_never_loads_textual() -> None:
    modules = loaded_by(
        "import contextlib, installer.execution, installer.session_local;"
        " from installer.answers import Source;"
        " from installer.__main__ import _machinery, _releases, _sources;"
        " from installer.journal import RunDirectory; run = RunDirectory();"
        " _machinery(run.mounts, contextlib.ExitStack(), Source(url='file:///'), print, print);"
        " _sources(run); _releases(run)"
    )
    assert not {each for each in modules if each.split(".")[0] in SCREENS_ONLY}
    assert "backends.images" in modules


def test_the_first_screen_does_not_wait_for_what_later_ones_need() -> None:
    modules = loaded_by("import screens.app, screens.wizard")
    assert not {"zxcvbn", "segno", "yaml", "pydantic"} & modules
    assert "screens.passphrase" in modules

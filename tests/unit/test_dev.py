"""``./dev`` and what it is told: a word that it does not take changes nothing.

As somebody who is not root and has no sudo, so that whatever is not refused ends there.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "cat", "awk")
KINDS = "there are lint unit ui tools vm faults"
TAKES_NONE = ("pictures", "record", "compare", "docs", "catalogues", "setup", "clean")


@pytest.fixture
def somebody(tmp_path: Path) -> dict[str, str]:
    """Their environment; with a cache that has something in it."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "kept").write_text("")
    return {"PATH": str(tools), "HOME": str(tmp_path), "ATOMOS_CACHE": str(tmp_path / "cache")}


def dev(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    argv = [str(ROOT / "dev"), *words]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("name", [*TAKES_NONE, "test", "test-all", "bench", "release"])
def test_help_says_the_lines_of_that_command_and_no_other(
    somebody: dict[str, str], tmp_path: Path, name: str, flag: str
) -> None:
    done = dev(somebody, name, flag)
    assert (done.returncode, done.stderr) == (0, "")
    commands = [line.split()[1] for line in done.stdout.splitlines() if "  ./dev " in line]
    assert commands
    assert set(commands) == {name}
    assert "Images and snapshots" not in done.stdout
    assert (tmp_path / "cache" / "kept").exists()


@pytest.mark.parametrize("name", TAKES_NONE)
def test_arguments_that_a_command_does_not_take(somebody: dict[str, str], name: str) -> None:
    done = dev(somebody, name, "everything")
    assert done.returncode == 2
    assert f"[dev] ./dev {name} takes no arguments: everything" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("test unit screens", f"no such kind of tests: screens; {KINDS}"),
        ("test-all unit", "not understood: unit; a part is --shard I/N, with I from 1 to N"),
        ("test-all --shard", "a part is --shard I/N"),
        ("test-all --shard 4/3", "a part is --shard I/N"),
        ("test-all --shard 4/3x", "a part is --shard I/N"),
        ("test-all --shard 0/3", "a part is --shard I/N"),
        ("test-all --shard 3", "a part is --shard I/N"),
        ("test-all --shard 1/2/3", "a part is --shard I/N"),
        ("test-all --shard /3", "a part is --shard I/N"),
        ("bench", "what is to be measured: writer, screens or update"),
        ("bench disk", "what is to be measured: writer, screens or update"),
        ("release /tmp/x", "a release for real machines is signed; ./dev keys DIR makes a key"),
    ],
)
def test_what_is_not_understood_is_said_before_anything_is_done(
    somebody: dict[str, str], words: str, said: str
) -> None:
    done = dev(somebody, *words.split())
    assert done.returncode == 2
    assert said in done.stderr
    assert f"  ./dev {words.split()[0]}" in done.stderr


@pytest.mark.parametrize("words", ["test-all --shard 3/3", "test faults --all", "test", "setup"])
def test_without_root_and_sudo_it_is_said_in_words(somebody: dict[str, str], words: str) -> None:
    done = dev(somebody, *words.split())
    assert done.returncode == 1
    says = f"[dev] this needs root, and there is no sudo here. As root: {ROOT}/dev {words}\n"
    assert done.stderr == says


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("live --base alpine", "Alpine's live image is: ./dev build live --alpine"),
        ("ids --base debian-12", "--base is of the system image: ./dev build system --base debian"),
        ("live --weight heavy", "--weight: invalid choice: 'heavy' (choose from "),
        ("release --for-machines --weight generic", "./dev release: error: release needs a folder"),
    ],
)
def test_an_image_that_there_is_not(tmp_path: Path, words: str, said: str) -> None:
    """``build live --base alpine`` built the live image of Debian, and did not say so."""
    argv = [sys.executable, str(ROOT / "mkimage-profile" / "build.py"), *words.split()]
    environment = {"ATOMOS_CACHE": str(tmp_path)}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_scenario_that_would_not_end_in_time_is_skipped_and_says_why() -> None:
    argv = [sys.executable, "-m", "pytest", "-m", "not extended", "tests/vm"]
    environment = {**os.environ, "ATOMOS_LAST_BEGIN": "1"}
    done = subprocess.run(
        argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "it would not end in time on a machine as slow as this one" in done.stdout
    assert " passed" not in done.stdout

"""`./dev build live --alpine`: what it says where something is missing, and what it leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.alpine_tree import ROOT
from tests.tools.web import closed_port, served

INDEX = "v3.24/main/x86_64/APKINDEX.tar.gz"


def mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text().splitlines()


def build(*argv: str, archive: str, aports: Path | None) -> subprocess.CompletedProcess[str]:
    """The command, with its exit status and words; it leaves no mounts behind."""
    environment = {**os.environ, "ATOMOS_ALPINE_ARCHIVE": archive, "NO_COLOR": "1"}
    environment.pop("ATOMOS_APORTS", None)
    if aports is not None:
        environment["ATOMOS_APORTS"] = str(aports)
    command = [sys.executable, str(ROOT / "mkimage-profile/build.py"), *argv]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        said, errors = process.communicate()
    left = [line for line in mounts() if f"/merge-{process.pid}-" in line]
    assert left == []
    return subprocess.CompletedProcess(command, process.returncode, said, errors)


@pytest.fixture
def aports(tmp_path: Path) -> Path:
    scripts = tmp_path / "aports/scripts"
    scripts.mkdir(parents=True)
    (scripts / "mkimage.sh").write_text("echo made nothing\n")
    return scripts.parent


def test_all_that_is_missing_is_said_at_once() -> None:
    archive = f"http://127.0.0.1:{closed_port()}/alpine"
    done = build("live", "--alpine", archive=archive, aports=None)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Alpine's live medium cannot be made here" in done.stderr
    assert "set ATOMOS_APORTS to that folder" in done.stderr
    assert f"{archive}/{INDEX} cannot be had" in done.stderr
    assert "Set ATOMOS_ALPINE_ARCHIVE to a mirror" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_aports(tmp_path: Path) -> None:
    with served(tmp_path) as archive:
        done = build("live", "--alpine", archive=archive, aports=tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path} has no scripts/mkimage.sh" in done.stderr
    assert "404 File not found" in done.stderr


def test_an_archive_that_has_no_packages(tmp_path: Path, aports: Path) -> None:
    """apk's own words are there, and no half-made medium, and no mounts."""
    folder = tmp_path / "archive"
    (folder / INDEX).parent.mkdir(parents=True)
    (folder / INDEX).write_bytes(b"no index")
    with served(folder) as archive:
        done = build("live", "--alpine", archive=archive, aports=aports)
    assert done.returncode == 2
    assert "the Alpine live medium was not made (status" in done.stderr
    assert f"{archive}/v3.24/main" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((ROOT / "build/alpine").iterdir())


def test_a_system_image_of_alpine_is_another_word() -> None:
    done = build("system", "--alpine", archive="", aports=None)
    assert done.returncode == 2
    assert "a system image has --base alpine" in done.stderr

"""The volume ATOMOS-ANSWERS: what is copied of it, and that it is let go."""

import shlex
import subprocess
from pathlib import Path

import pytest

from backends.mounts import mount_points_below
from tests.tools.conftest import LoopMaker
from tests.tools.remix_bench import ROOT

SCRIPT = ROOT / "live/medium/usr/lib/atomos/live/unattended"
PACKED_BYTES = 6 << 20
"""Of a release beside the answers."""


def volume(tmp_path: Path, loop: LoopMaker, *, with_answers: bool = True) -> str:
    content = tmp_path / "content"
    (content / "keys and more").mkdir(parents=True)
    if with_answers:
        (content / "answers.yaml").write_text("version: 1\n")
    (content / "keys and more" / "a key.pub").write_text("ssh-ed25519 A\n")
    (content / "link").symlink_to("answers.yaml")
    (content / "atomos_1.0_x86-64.squashfs").write_bytes(bytes(PACKED_BYTES))
    file = tmp_path / "volume.img"
    with file.open("wb") as made:
        made.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-d", str(content), str(file)], check=True)
    return loop(file=file)


def unattended(tmp_path: Path, device: str, shell: str) -> subprocess.CompletedProcess[str]:
    """As on a medium whose /run is smaller than the volume."""
    run, installer = tmp_path / "run", tmp_path / "atomos-install"
    installer.write_text('#!/bin/sh\necho "with $*"\n')
    installer.chmod(0o755)
    run.mkdir()
    text = SCRIPT.read_text().replace("/usr/bin/atomos-install", str(installer))
    text = text.replace("/run/atomos", str(run / "atomos"))
    (tmp_path / "unattended").write_text(text.replace("/dev/atomos-answers", device))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(run)], check=True)
    argv = [*shlex.split(shell), str(tmp_path / "unattended")]
    return subprocess.run(argv, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("shell", ["dash", "busybox sh"])
def test_a_release_beside_the_answers_is_left_there(
    tmp_path: Path, loop: LoopMaker, shell: str
) -> None:
    run = tmp_path / "run"
    try:
        done = unattended(tmp_path, volume(tmp_path, loop), shell)
        assert done.returncode == 0, done.stderr
        answers = run / "atomos/answers"
        assert done.stdout == f"with run --answers {answers}/answers.yaml\n"
        assert (answers / "keys and more/a key.pub").read_text() == "ssh-ed25519 A\n"
        assert (answers / "link").readlink() == Path("answers.yaml")
        assert not (answers / "atomos_1.0_x86-64.squashfs").exists()
        assert (answers / "answers.yaml").stat().st_mode & 0o077 == 0
        assert mount_points_below(run) == [run]
    finally:
        subprocess.run(["umount", "--recursive", str(run)], check=True)


def test_a_copy_that_fails_leaves_nothing_mounted(tmp_path: Path, loop: LoopMaker) -> None:
    run = tmp_path / "run"
    device = volume(tmp_path, loop)
    try:
        failing = "env PATH=" + str(tmp_path / "bin") + ":/usr/sbin:/usr/bin:/sbin:/bin sh"
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/cp").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "bin/cp").chmod(0o755)
        done = unattended(tmp_path, device, failing)
        assert done.returncode == 1
        assert done.stdout == ""
        assert mount_points_below(run) == [run]
    finally:
        subprocess.run(["umount", "--recursive", str(run)], check=True)

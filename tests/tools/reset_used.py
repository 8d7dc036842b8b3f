"""A system that somebody has used for a while, to be reset, and looks at what is there."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers import User
from installer.boot_state import BootState, SlotState
from installer.quantity import MIB
from installer.secret import Secret
from tests.tools.boot_disk import DISK_SIZE, BootDisk, Shell, make_boot_disk, shell_in
from tests.tools.conftest import LoopMaker
from tests.tools.reset_machine import ResetMachine
from tests.tools.small_disk import SETTINGS, Disk, DiskMaker

ADA = User(name="ada", password_hash=Secret("$6$salt$" + "a" * 86), groups=("video",))
UPPER = "@var/lib/atomos/etc/upper"
BEGUN = BootState(a=SlotState(tries=2), started="a")
ALL = ("@home", "@nix", "@snapshots", "@var")


@pytest.fixture(params=["dash", "busybox"])
def machine(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make_disk: DiskMaker,
    loop: LoopMaker,
    runner: Runner,
    mounts: Mounts,
) -> Iterator[ResetMachine]:
    boot = make_boot_disk(loop(DISK_SIZE), Makers(runner, mounts), mounts)
    with shell_in(tmp_path, request.param) as shell:
        yield used_machine(shell, boot, make_disk())


def used_machine(shell: Shell, boot: BootDisk, disk: Disk) -> ResetMachine:
    """It was used for a while, and has been started once more from Root A."""
    boot.put((BEGUN.to_block(), BEGUN.to_block()))
    disk.add_user(ADA)
    disk.set_up(SETTINGS)
    with disk.tree() as root:
        use(root)
    with disk.top() as top:
        make_nested(top)
    shell.started_from(boot)
    return ResetMachine(shell=shell, boot=boot, disk=disk)


def use(root: Path) -> None:
    """Leave what an owner leaves."""
    etc = root / "etc"
    (etc / "ssh").mkdir(mode=0o755)
    (etc / "ssh/ssh_host_ed25519_key").write_text("secret\n")
    (etc / "ssh/ssh_host_ed25519_key").chmod(0o600)
    (etc / "ssh/ssh_host_rsa_key").symlink_to("/home/elsewhere")
    (etc / "hosts").write_text("127.0.0.1 mine\n")
    (etc / "fstab").write_text("LABEL=none /mnt ext4 defaults 0 0\n")
    (etc / "sudoers.d").mkdir()
    (etc / "sudoers.d/mine").write_text("ada ALL=(ALL) NOPASSWD: ALL\n")
    (root / "var/lib/atomos-test/state").write_text("of the old system\n")
    (root / "nix/store").mkdir()
    (root / "home/ada/letter").write_text("dear\n")


def make_nested(top: Path) -> None:
    """As containers leave it: subvolumes in /var, one read-only with another in it."""
    for name in ("machines", "machines/in it"):
        subprocess.run(
            ["btrfs", "-q", "subvolume", "create", str(top / "@var/lib" / name)], check=True
        )
    argv = ["btrfs", "property", "set", "-t", "subvol", str(top / "@var/lib/machines"), "ro"]
    subprocess.run([*argv, "true"], check=True)


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as opened:
        for length in (MIB, 4096, 512):
            with contextlib.suppress(OSError):
                while True:
                    opened.write(os.urandom(length))
    assert os.statvfs(file.parent).f_bavail * 4096 < MIB


def tree_of(folder: Path) -> dict[str, str]:
    """Kinds, modes, owners and contents of all below, but for the overlay's work."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status, name = path.lstat(), str(path.relative_to(folder))
        if "/etc/work" in name:
            continue
        text = path.read_text() if path.is_file() and not path.is_symlink() else ""
        found[name] = f"{status.st_mode:o} {status.st_uid}:{status.st_gid} {text}"
    return found


def upper_files(top: Path) -> set[str]:
    upper = top / UPPER
    return {str(path.relative_to(upper)) for path in upper.rglob("*") if not path.is_dir()}

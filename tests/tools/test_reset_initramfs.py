"""A reset by the Debian image's own initramfs: with its tools, and nothing of this machine's."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.image_var import differences
from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers import User
from installer.boot_state import BootState, SlotState, parse
from installer.secret import Secret
from tests.tools.boot_disk import DISK_SIZE, make_boot_disk, shell_in
from tests.tools.conftest import LoopMaker
from tests.tools.debian_12 import unpacked_initramfs
from tests.tools.reset_machine import ResetMachine
from tests.tools.reset_machine import request as asking
from tests.tools.small_disk import SETTINGS, DiskMaker

ADA = User(name="ada", password_hash=Secret("$6$salt$" + "a" * 86))
BEGUN = BootState(a=SlotState(tries=2), started="a")
SLOT = "run/atomos/slot"


@pytest.fixture(scope="module")
def initramfs(built_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked_initramfs(built_image, tmp_path_factory.mktemp("initramfs"))


@pytest.fixture
def machine(
    tmp_path: Path, make_disk: DiskMaker, loop: LoopMaker, runner: Runner, mounts: Mounts
) -> Iterator[ResetMachine]:
    boot = make_boot_disk(loop(DISK_SIZE), Makers(runner, mounts), mounts)
    boot.put((BEGUN.to_block(), BEGUN.to_block()))
    disk = make_disk()
    disk.add_user(ADA)
    disk.set_up(SETTINGS)
    with disk.tree() as root:
        (root / "etc/hosts").write_text("127.0.0.1 mine\n")
        (root / "var/lib/mine").mkdir()
    with shell_in(tmp_path, "dash") as shell:
        shell.started_from(boot)
        yield ResetMachine(shell=shell, boot=boot, disk=disk)


def umount(place: Path) -> None:
    subprocess.run(["umount", place], check=True)


@contextlib.contextmanager
def started(tree: Path, machine: ResetMachine) -> Iterator[None]:
    """What the kernel, systemd and lay-data.sh have made by then; and no console."""
    with contextlib.ExitStack() as stack:

        def mount(place: str, *argv: str | Path) -> None:
            subprocess.run(["mount", *argv, tree / place], check=True)
            stack.callback(umount, tree / place)

        mount("dev", "--bind", "/dev")
        mount("proc", "-t", "proc", "proc")
        mount("proc/cmdline", "--bind", machine.shell.top / "proc/cmdline")
        mount("sys", "--bind", "/sys")
        mount("sys/class/tty", "-t", "tmpfs", "none")
        mount("run", "-t", "tmpfs", "tmpfs")
        (tree / SLOT).mkdir(parents=True)
        mount(SLOT, "--bind", stack.enter_context(machine.image()))
        yield


@pytest.mark.parametrize("level", ["settings", "system"])
def test_the_initramfs_has_all_that_it_needs(
    initramfs: Path, machine: ResetMachine, level: str
) -> None:
    machine.ask(asking(level))
    with started(initramfs, machine):
        script = "/usr/lib/atomos/reset"
        argv = ["chroot", str(initramfs), script, machine.disk.data, f"/{SLOT}"]
        subprocess.run(argv, check=True)
        told = (initramfs / "run/motd.d/atomos-reset").read_text()
    assert "reset: " in told
    assert machine.asked() is None
    machine.disk.verify_user(ADA)
    with machine.disk.tree() as root:
        assert "mine" not in (root / "etc/hosts").read_text()
        assert (root / "var/lib/mine").exists() is (level == "settings")
    if level == "system":
        with machine.disk.top() as top, machine.image() as image:
            assert list(differences(image / "var", top / "@var")) == []
    assert {parse(each or b"") for each in machine.boot.blocks()} == {BEGUN}

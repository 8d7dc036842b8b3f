"""How ``boot-state`` finds the slot's disk: by links or without, under a container and volumes."""

import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from installer.boot_state import BootState, SlotState
from tests.tools.boot_disk import DISK_SIZE, BootDisk, Shell, make_boot_disk, shell_in
from tests.tools.conftest import LoopMaker

BLOCK = BootState(a=SlotState(tries=2), started="a").to_block()
REFUNDED = BootState().to_block()
CONTAINER = "a70c0de0-0000-4000-8000-000000000005"
OTHER_CONTAINER = "a70c0de0-0000-4000-8000-000000000006"
LOCKED = (
    f"root=/dev/atomos/a rd.luks.name={CONTAINER}=atomos rd.luks.options=tries=0 rd.lvm.vg=atomos",
    f"root=/dev/mapper/atomos-a cryptroot=UUID={CONTAINER} cryptdm=cr",
    # A person's own container, in what the answers add to the command line.
    f"root=/dev/atomos/a rd.luks.name={CONTAINER}=atomos rd.luks.name={OTHER_CONTAINER}=mine",
)

needs_cryptsetup = pytest.mark.skipif(
    shutil.which("cryptsetup", path="/usr/sbin:/sbin") is None, reason="no cryptsetup"
)


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path, loop: LoopMaker) -> Iterator[Shell]:
    """Gone before the disks are, which is why it asks for them."""
    with shell_in(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def make_disk(loop: LoopMaker, runner: Runner, mounts: Mounts) -> Callable[[], BootDisk]:
    def make() -> BootDisk:
        disk = make_boot_disk(loop(DISK_SIZE), Makers(runner, mounts), mounts)
        disk.put((BLOCK, BLOCK))
        return disk

    return make


@pytest.fixture
def disk(make_disk: Callable[[], BootDisk]) -> BootDisk:
    return make_disk()


def lock(disk: BootDisk, container: str = CONTAINER) -> None:
    """Make the disk's container; no kernel has to be able to open it."""
    argv = ["cryptsetup", "luksFormat", "--type", "luks2", "--batch-mode", "--uuid", container]
    argv += ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--key-file", "-"]
    subprocess.run([*argv, disk.container], input=b"secret", check=True)


def mapped(shell: Shell, number: int, name: str, below: Path) -> Path:
    """Add a mapped device to the shell's /sys."""
    folder = shell.top / f"sys/class/block/dm-{number}"
    (folder / "dm").mkdir(parents=True)
    (folder / "dm/name").write_text(f"{name}\n")
    (folder / "slaves").mkdir()
    (folder / "slaves" / below.name).symlink_to(below)
    return folder


@pytest.mark.parametrize("form", ["PARTUUID={}", "/dev/disk/by-partuuid/{}"])
def test_a_slot_is_found_by_udevs_link(shell: Shell, disk: BootDisk, form: str) -> None:
    """Of a UUID that blkid knows nothing about."""
    slot = str(uuid.uuid4())
    shell.plug_in(disk)
    shell.link(f"by-partuuid/{slot}", f"{disk.device}p2")
    shell.started_with(f"root={form.format(slot)} atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)


@pytest.mark.parametrize("form", ["PARTUUID={}", "/dev/disk/by-partuuid/{}"])
def test_a_slot_is_found_without_udev(shell: Shell, disk: BootDisk, form: str) -> None:
    """By util-linux's blkid; busybox' knows no partitions' UUIDs."""
    (shell.tools / "blkid").unlink()
    (shell.tools / "blkid").symlink_to(str(shutil.which("blkid", path="/usr/sbin:/sbin")))
    shell.plug_in(disk)
    shell.started_with(f"root={form.format(disk.slot_uuid)} atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)


def test_a_slot_is_found_by_its_nodes_name(shell: Shell, disk: BootDisk) -> None:
    shell.plug_in(disk)
    shell.started_with(f"root={disk.device}p2 atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)


@needs_cryptsetup
@pytest.mark.parametrize("command_line", LOCKED)
def test_before_a_passphrase_the_locked_container_says_which_disk(
    shell: Shell, make_disk: Callable[[], BootDisk], command_line: str
) -> None:
    other, disk = make_disk(), make_disk()
    lock(other, OTHER_CONTAINER)
    lock(disk)
    shell.plug_in(other)
    shell.plug_in(disk)
    shell.started_with(f"{command_line} atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)
    shell.boot_state("take")
    assert disk.blocks() == (BLOCK, BLOCK)
    shell.boot_state("refund")
    assert other.blocks() == (BLOCK, BLOCK)


def test_before_a_passphrase_no_disk_is_read_where_udev_has_the_link(
    shell: Shell, disk: BootDisk
) -> None:
    shell.plug_in(disk)
    shell.link(f"by-uuid/{CONTAINER}", f"{disk.device}p3")
    shell.started_with(f"{LOCKED[0]} atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)


@pytest.mark.parametrize("root", ["/dev/atomos/a", "/dev/mapper/atomos-a"])
def test_afterwards_the_volume_lies_in_the_container(
    shell: Shell, disk: BootDisk, root: str
) -> None:
    shell.plug_in(disk)
    partition = shell.top / "sys/class/block" / Path(disk.container).name
    container = mapped(shell, 0, "atomos", partition)
    mapped(shell, 1, "atomos-data", container)
    mapped(shell, 2, "atomos-a", container)
    shell.started_with(f"root={root} rd.luks.name={CONTAINER}=atomos atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)


def test_a_slot_on_no_partition_is_an_error(shell: Shell, disk: BootDisk) -> None:
    shell.started_with(f"root={disk.device} atomos.slot=a")
    name = Path(disk.device).name
    assert shell.refused("refund") == f"boot-state: no disk has /dev/{name} on it\n"

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
from tests.tools.boot_disk import DISK_SIZE, ROOT, BootDisk, Shell, make_boot_disk, shell_in
from tests.tools.conftest import LoopMaker

BLOCK = BootState(a=SlotState(tries=2), started="a").to_block()
REFUNDED = BootState().to_block()
SLOT_DISK = ROOT / "live/system/usr/lib/atomos/slot-disk.sh"
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


def mapped(
    shell: Shell, number: int, name: str, below: Path, identity: str = "CRYPT-LUKS2-x"
) -> Path:
    """Add a mapped device to the shell's /sys."""
    folder = shell.top / f"sys/class/block/dm-{number}"
    (folder / "dm").mkdir(parents=True)
    (folder / "dm/name").write_text(f"{name}\n")
    (folder / "dm/uuid").write_text(f"{identity}\n")
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
    mapped(shell, 1, "atomos-data", container, "LVM-x")
    mapped(shell, 2, "atomos-a", container, "LVM-x")
    shell.started_with(f"root={root} rd.luks.name={CONTAINER}=atomos atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)


VERITY = (
    "root=/dev/mapper/root",
    "root=/dev/mapper/root systemd.verity_root_data={device}",
)


@pytest.mark.parametrize("command_line", VERITY)
def test_a_slot_under_dm_verity_is_found(shell: Shell, disk: BootDisk, command_line: str) -> None:
    shell.plug_in(disk)
    slot = shell.top / "sys/class/block" / Path(f"{disk.device}p2").name
    mapped(shell, 0, "root", slot, "CRYPT-VERITY-x-root")
    line = command_line.format(device=f"/dev/disk/by-partuuid/{disk.slot_uuid}")
    shell.link(f"by-partuuid/{disk.slot_uuid}", f"{disk.device}p2")
    shell.started_with(f"{line} atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)


@needs_cryptsetup
@pytest.mark.parametrize("command_line", VERITY)
def test_a_volume_under_dm_verity_is_found(shell: Shell, disk: BootDisk, command_line: str) -> None:
    """Locked, by the container, and afterwards through volume and container."""
    lock(disk)
    shell.plug_in(disk)
    line = command_line.format(device="/dev/atomos/a")
    shell.started_with(f"{line} rd.luks.name={CONTAINER}=atomos atomos.slot=a")
    shell.boot_state("refund")
    assert disk.blocks() == (REFUNDED, REFUNDED)
    partition = shell.top / "sys/class/block" / Path(disk.container).name
    container = mapped(shell, 0, "atomos", partition)
    volume = mapped(shell, 1, "atomos-a", container, "LVM-x")
    mapped(shell, 2, "root", volume, "CRYPT-VERITY-x-root")
    shell.boot_state("take")
    assert disk.blocks() == (BLOCK, BLOCK)


DATA_OF = f'. {SLOT_DISK}; data_of "$1"'


def test_the_data_of_a_partition_are_on_its_own_disk(
    shell: Shell, make_disk: Callable[[], BootDisk]
) -> None:
    """Whether dm-verity lies between or not."""
    other, disk = make_disk(), make_disk()
    for each in (other, disk):
        argv = ["mkfs.ext4", "-q", "-F", "-L", "atomos-data", each.container]
        subprocess.run(argv, check=True)
        shell.plug_in(each)
    slot = shell.top / "sys/class/block" / Path(f"{disk.device}p2").name
    verity = mapped(shell, 7, "root", slot, "CRYPT-VERITY-x-root")
    for name in (slot.name, verity.name):
        done = shell.run("-c", DATA_OF, "sh", name)
        assert (done.returncode, done.stdout) == (0, f"{Path(disk.container).name}\n")
    subprocess.run(["wipefs", "-q", "-a", disk.container], check=True)
    done = shell.run("-c", DATA_OF, "sh", verity.name)
    assert (done.returncode, done.stdout) == (1, "")


def test_the_data_of_a_volume_are_the_volume_beside_it(shell: Shell, disk: BootDisk) -> None:
    shell.plug_in(disk)
    partition = shell.top / "sys/class/block" / Path(disk.container).name
    container = mapped(shell, 0, "atomos", partition)
    volume = mapped(shell, 1, "atomos-a", container, "LVM-x")
    mapped(shell, 2, "atomos-data", container, "LVM-x")
    mapped(shell, 3, "root", volume, "CRYPT-VERITY-x-root")
    for name in ("dm-1", "dm-3"):
        done = shell.run("-c", DATA_OF, "sh", name)
        assert (done.returncode, done.stdout) == (0, "dm-2\n")


def test_a_slot_on_no_partition_is_an_error(shell: Shell, disk: BootDisk) -> None:
    shell.started_with(f"root={disk.device} atomos.slot=a")
    name = Path(disk.device).name
    assert shell.refused("refund") == f"boot-state: no disk has /dev/{name} on it\n"

"""What is found on machines whose /sys, /proc and /run are laid out in a folder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from backends.device_facts import DeviceFacts, Properties
from backends.esp import LOADER_FILES
from backends.hardware_live import LiveHardware
from backends.probe import ProbedProperties
from backends.sysfs import Sysfs
from backends.udev import UdevProperties, has_database, udev_devices
from installer.errors import ToolFailed
from installer.hardware import Contents, Disk, Firmware, Machine, Transport
from tests.unit.fake_tree import FakeTree

ATA = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda"
USB = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0/block/sdb"
NVME = "pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1"
MMC = "pci0000:00/0000:00:1c.0/mmc_host/mmc0/mmc0:0001/block/mmcblk0"
VIRTIO = "pci0000:00/0000:00:02.0/virtio1/block/vda"


@dataclass(frozen=True, kw_only=True)
class Done:
    stdout: str
    returncode: int = 0


@dataclass(frozen=True)
class FakeTools:
    """Answers as lsblk and blkid would; what it has no answer for fails."""

    answers: dict[str, Done] = field(default_factory=dict)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    once: dict[str, Done] = field(default_factory=dict)
    """Answers that are given the first time."""

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        device: str | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> Done:
        self.calls.append(tuple(argv))
        asked = device or argv[0]
        done = self.once.pop(asked, None) or self.answers.get(asked)
        if done is None or done.returncode not in ok:
            raise ToolFailed(tuple(argv), "is not installed", "", device=device)
        return done


@pytest.fixture
def tree(tmp_path: Path) -> FakeTree:
    return FakeTree(tmp_path)


def machine_of(tree: FakeTree, tools: FakeTools | None = None) -> Machine:
    return LiveHardware(tools or FakeTools(), tree.root).machine()


def only_disk(tree: FakeTree, tools: FakeTools | None = None) -> Disk:
    (disk,) = machine_of(tree, tools).disks
    return disk


def test_a_sata_disk_from_sysfs_alone(tree: FakeTree) -> None:
    tree.block(
        ATA,
        sectors=7814037168,
        number="8:0",
        queue__logical_block_size="4096\n",
        queue__physical_block_size="4096\n",
        queue__rotational="1\n",
        queue__discard_max_bytes="2147483136\n",
        device__model="HGST HUS726040AL\n",
        device__vpd_pg80=b"\x00\x80\x00\x08  K7G0AB",
        ro="1\n",
        removable="0\n",
    )
    tree.link("dev/disk/by-id/ata-HGST_K7G0AB", "../../sda")
    tree.link("dev/disk/by-id/wwn-0x5000", "../../sda")
    assert only_disk(tree) == Disk(
        path="/dev/sda",
        ids=("ata-HGST_K7G0AB", "wwn-0x5000"),
        serial="K7G0AB",
        model="HGST HUS726040AL",
        transport=Transport.ATA,
        size_bytes=4000787030016,
        logical_sector_bytes=4096,
        physical_sector_bytes=4096,
        read_only=True,
        rotational=True,
        discards=True,
    )


@pytest.mark.parametrize(
    ("way", "transport"),
    [
        (ATA, Transport.ATA),
        (USB, Transport.USB),
        (NVME, Transport.NVME),
        ("virtual/nvme-subsystem/nvme-subsys0/nvme0n1", Transport.NVME),
        (MMC, Transport.MMC),
        (VIRTIO, Transport.VIRTIO),
        ("pci0000:00/virtio3/host2/target2:0:0/2:0:0:0/block/sdc", Transport.SCSI),
        ("vbd-51712/block/xvda", Transport.OTHER),
    ],
)
def test_transports(tree: FakeTree, way: str, transport: Transport) -> None:
    tree.block(way, sectors=2048, number="8:0")
    assert only_disk(tree).transport is transport


def test_what_is_not_a_disk_is_not_offered(tree: FakeTree) -> None:
    tree.block(MMC, sectors=122142720, number="179:0", device__name="DG4064\n")
    for minor, part in enumerate(("boot0", "boot1", "rpmb", "gp0"), start=8):
        tree.block(f"{MMC}/../mmcblk0{part}", sectors=8192, number=f"179:{minor}")
    for minor, name in enumerate(("zram0", "ram0", "loop0", "dm-0", "md127", "nbd0")):
        tree.block(f"virtual/block/{name}", sectors=2048, number=f"240:{minor}")
    tree.block("pci0000:00/ata2/host1/block/sr0", sectors=1500000, number="11:0")
    tree.block("platform/floppy.0/block/fd0", sectors=8, number="2:0")
    tree.block(f"{USB[:-3]}sdc", sectors=0, number="8:32")
    tree.block("pci0000:00/nvme/nvme1/nvme1c1n1", sectors=2048, number="0:0", hidden="1\n")
    machine = machine_of(tree)
    assert [(disk.path, disk.model) for disk in machine.disks] == [("/dev/mmcblk0", "DG4064")]
    with_loops = LiveHardware(FakeTools(), tree.root, include_loop=True).machine()
    assert [disk.path for disk in with_loops.disks] == ["/dev/loop0", "/dev/mmcblk0"]


def test_partitions_come_in_the_order_of_their_numbers(tree: FakeTree) -> None:
    tree.block(NVME, sectors=1000215216, number="259:0")
    for number in (10, 9, 1):
        tree.partition(
            f"{NVME}/nvme0n1p{number}", start=2048 * number, sectors=4096, number=f"259:{number}"
        )
    found = [
        (part.path, part.number, part.start_bytes, part.size_bytes)
        for part in only_disk(tree).partitions
    ]
    assert found == [
        (f"/dev/nvme0n1p{number}", number, 1048576 * number, 2097152) for number in (1, 9, 10)
    ]


def test_names_come_in_natural_order(tree: FakeTree) -> None:
    for number in (10, 9):
        tree.block(f"pci/nvme/nvme{number}/nvme{number}n1", sectors=8, number=f"259:{number}")
    assert [disk.path for disk in machine_of(tree).disks] == ["/dev/nvme9n1", "/dev/nvme10n1"]


def test_lsblk_and_blkid_are_asked_where_udev_is_not(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0", device__model="Samsung SSD 860 \n")
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    rows = [{"name": "sda", "model": "Samsung SSD 860 EVO 250GB", "serial": None}]
    tools = FakeTools(
        {
            "lsblk": Done(stdout=json.dumps({"blockdevices": rows})),
            "/dev/sda": Done(stdout="ID_PART_TABLE_TYPE=gpt\nID_PART_TABLE_UUID=x\n"),
            "/dev/sda1": Done(
                stdout="ID_FS_TYPE=ext4\nID_FS_LABEL=a_b\nID_FS_LABEL_ENC=a\\x20b\n"
                "ID_FS_UUID=U\nID_FS_UUID_ENC=U\nID_PART_ENTRY_SCHEME=gpt\n"
                "ID_PART_ENTRY_NAME=my\\x20b\\xc3\\xbcro\nID_PART_ENTRY_UUID=AB\n"
                "ID_PART_ENTRY_TYPE=CD\n"
            ),
        }
    )
    disk = only_disk(tree, tools)
    assert (disk.model, disk.serial, disk.table) == ("Samsung SSD 860 EVO 250GB", None, "gpt")
    (part,) = disk.partitions
    assert (part.type_guid, part.label, part.guid) == ("cd", "my büro", "ab")
    assert part.contents == Contents(kind="ext4", label="a b", uuid="U")
    assert ("blkid", "-p", "-o", "udev", "/dev/sda1") in tools.calls


@pytest.mark.parametrize(
    ("done", "contents"),
    [
        (Done(stdout="", returncode=2), None),
        (Done(stdout="", returncode=8), Contents(kind="ambivalent")),
        (Done(stdout="ID_FS_TYPE=swap\n"), Contents(kind="swap")),
    ],
)
def test_what_blkid_finds(tree: FakeTree, done: Done, contents: Contents | None) -> None:
    tree.block(ATA, sectors=2048, number="8:0")
    assert only_disk(tree, FakeTools({"/dev/sda": done})).contents == contents


def test_a_partition_that_could_not_be_read_once_is_read_again(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    entry = Done(stdout="ID_PART_ENTRY_NAME=atomos-esp\n")
    tools = FakeTools({"/dev/sda1": entry}, once={"/dev/sda1": Done(stdout="", returncode=2)})
    (part,) = only_disk(tree, tools).partitions
    assert part.label == "atomos-esp"


def test_properties_of_the_udev_database() -> None:
    ata = DeviceFacts(
        {
            "ID_MODEL": "Samsung_SSD_860_EVO",
            "ID_MODEL_ENC": "Samsung\\x20SSD\\x20860\\x20EVO\\x20\\x20",
            "ID_SERIAL": "Samsung_SSD_860_EVO_S1",
            "ID_SERIAL_SHORT": "S1",
        }
    )
    assert (ata.model, ata.serial) == ("Samsung SSD 860 EVO", "S1")
    assert DeviceFacts({"ID_SERIAL": "virtio-serial"}).serial == "virtio-serial"
    dos = DeviceFacts({"ID_PART_ENTRY_SCHEME": "dos", "ID_PART_ENTRY_TYPE": "0x83"})
    assert dos.type_guid is None


@dataclass(frozen=True)
class KnownDevice:
    """A device as pyudev has it."""

    is_initialized: bool
    properties: dict[str, str]


@dataclass(frozen=True)
class KnownProperties:
    known: Properties

    def properties(self, name: str) -> Properties:
        return self.known


def test_udev_is_asked_first_and_probing_where_it_is_not_ready() -> None:
    devices = {
        "sda": KnownDevice(is_initialized=True, properties={"ID_MODEL": "udev's"}),
        "sdb": KnownDevice(is_initialized=False, properties={"ID_MODEL": "half"}),
    }
    udev = UdevProperties(devices.get, KnownProperties({"ID_MODEL": "probed"}))
    found = [DeviceFacts(udev.properties(name)).model for name in ("sda", "sdb", "sdc")]
    assert found == ["udev's", "probed", "probed"]


def test_the_real_udev_library_knows_no_such_device() -> None:
    assert udev_devices()("no-such-disk") is None


def test_a_database_is_one_that_holds_something(tree: FakeTree) -> None:
    assert not has_database(tree.root)
    (tree.root / "run/udev/data").mkdir(parents=True)
    assert not has_database(tree.root)
    tree.file("run/udev/data/b8:0", "I:1\n")
    assert has_database(tree.root)


def test_broken_words_of_lsblk_leave_sysfs() -> None:
    tools = FakeTools({"lsblk": Done(stdout="lsblk: failed")})
    found: Properties = ProbedProperties(tools).properties("sda")
    assert found == {}


def test_a_disk_without_a_medium_or_a_node_is_not_said_to_be_damaged(tree: FakeTree) -> None:
    tree.block(USB, sectors=2048000, number="8:16")
    disk = only_disk(tree)
    assert (disk.damaged, disk.held) == (False, False)


def test_partitions_are_those_of_the_disk_and_not_of_one_whose_name_begins_alike(
    tree: FakeTree,
) -> None:
    for number, name in enumerate(("nvme0n1", "nvme0n10")):
        tree.block(f"pci/nvme/nvme0/{name}", sectors=4096, number=f"259:{number}")
        tree.partition(
            f"pci/nvme/nvme0/{name}/{name}p1", start=8, sectors=8, number=f"259:{number + 8}"
        )
    assert Sysfs(tree.root).partitions("nvme0n1") == ("nvme0n1p1",)


def test_firmware_and_secure_boot(tree: FakeTree) -> None:
    machine = machine_of(tree)
    assert (machine.firmware, machine.secure_boot) == (Firmware.BIOS, False)
    variable = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    tree.file(variable, b"\x06\x00\x00\x00\x00")
    machine = machine_of(tree)
    assert (machine.firmware, machine.secure_boot) == (Firmware.UEFI, False)
    tree.file(variable, b"\x06\x00\x00\x00\x01")
    assert machine_of(tree).secure_boot
    tree.file(variable, b"\x01")
    assert not machine_of(tree).secure_boot


@pytest.mark.parametrize(
    ("command_line", "console"),
    [
        ("quiet console=tty0 console=ttyS0,115200n8\n", "ttyS0,115200n8"),
        ("console=ttyS0 console=ttyS1,9600 console=tty1", "ttyS1,9600"),
        ("netconsole=ttyS0 console=tty0", None),
        ("console=ttyS0,115200 console=ttyS1,9600'", "ttyS0,115200"),
        ('console=ttyS0;reboot console=ttyS"x" console=ttyS0\\', None),
        ("console=ttyS\xe9", None),
        ("", None),
    ],
)
def test_the_serial_console_is_the_last_one(
    tree: FakeTree, command_line: str, console: str | None
) -> None:
    tree.file("proc/cmdline", command_line)
    assert machine_of(tree).serial_console == console


def test_missing_tools_are_named(tree: FakeTree) -> None:
    hardware = LiveHardware(FakeTools(), tree.root, needed=("sh", "mkfs.nothing", "nosuchtool"))
    assert hardware.machine().missing_tools == ("mkfs.nothing", "nosuchtool")


def test_udev_that_cannot_be_waited_for_costs_no_facts(tree: FakeTree) -> None:
    tree.file("run/udev/control", "")
    tree.block(VIRTIO, sectors=2048, number="254:0")
    tools = FakeTools()
    assert [disk.path for disk in machine_of(tree, tools).disks] == ["/dev/vda"]
    assert tools.calls[0][:2] == ("udevadm", "settle")


def test_missing_files_are_named_by_their_paths(tree: FakeTree) -> None:
    tree.file("usr/lib/shim/shim", "MZ")
    paths = (PurePosixPath("/usr/lib/shim/shim"), PurePosixPath("/usr/lib/grub/grub"))
    hardware = LiveHardware(FakeTools(), tree.root, needed_files=paths)
    assert hardware.machine().missing_files == (str(tree.root / "usr/lib/grub/grub"),)


def test_every_signed_program_is_looked_for() -> None:
    assert sorted(each.name for each in LOADER_FILES) == [
        "boot.img",
        "grubx64.efi.signed",
        "mmx64.efi.signed",
        "shimx64.efi.signed",
    ]
    assert all(each.is_absolute() for each in LOADER_FILES)


def test_memory_and_interfaces_are_this_machines(tree: FakeTree) -> None:
    machine = machine_of(tree)
    total = Path("/proc/meminfo").read_text().splitlines()[0].split()[1]
    assert machine.memory_bytes == int(total) * 1024
    names = {each.name for each in Path("/sys/class/net").iterdir() if each.is_dir()}
    assert {each.name for each in machine.interfaces} == names - {"lo"}

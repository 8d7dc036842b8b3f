"""What is ended before a disk is written to, in which order, and what is refused."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backends.holders import DiskHolders
from installer.errors import InstallError, ToolFailed
from tests.unit.fake_tree import FakeTree
from tests.unit.test_hardware_live import Done

SDA = "pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda"
Effect = Callable[[], None]


@dataclass
class Machine:
    """A machine whose tools do to its /sys and /proc what the kernel does."""

    tree: FakeTree
    calls: list[str] = field(default_factory=list)
    effects: dict[str, Effect] = field(default_factory=dict)
    mounts: list[str] = field(default_factory=list)
    swaps: list[str] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        device: str | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> Done:
        call = " ".join(argv)
        self.calls.append(call)
        effect = self.effects.get(call)
        if effect is None:
            raise ToolFailed(tuple(argv), "ended with status 1", "target is busy", device=device)
        effect()
        return Done(stdout="")

    def mount(self, line: str, *, ends: bool = True) -> None:
        """``8:1 / /mnt ext4 /dev/sda1``."""
        self.mounts.append(line)
        self._write()

        def end() -> None:
            self.mounts.remove(line)
            self._write()

        if ends:
            self.effects[f"umount {line.split()[2]}"] = end

    def swap(self, path: str) -> None:
        self.swaps.append(path)
        self._write()

        def end() -> None:
            self.swaps.remove(path)
            self._write()

        self.effects[f"swapoff {path}"] = end

    def holder(self, name: str, number: str, *over: str, end: str, **attributes: str) -> None:
        self.tree.block(f"virtual/block/{name}", sectors=2048, number=number, **attributes)
        for each in over:
            self.tree.hold(each, name)

        def gone() -> None:
            inner = self.tree.root / f"sys/class/block/{name}/holders"
            assert not list(inner.iterdir()), f"{name} was ended before what stands on it"
            assert not any(each.startswith(f"{number} ") for each in self.mounts)
            for each in over:
                (self.tree.root / f"sys/class/block/{each}/holders/{name}").unlink()
            (self.tree.root / f"sys/class/block/{name}").unlink()
            shutil.rmtree(self.tree.root / f"sys/devices/virtual/block/{name}")

        self.effects[end] = gone

    def _write(self) -> None:
        self.tree.mounts("254:99 / / ext4 /dev/vda", *self.mounts)
        rows = [f"{each} partition 8 0 -2" for each in self.swaps]
        self.tree.file("proc/swaps", "\n".join(["Filename Type Size Used Priority", *rows]) + "\n")

    @property
    def holders(self) -> DiskHolders:
        return DiskHolders(self, self.tree.root, busy_seconds=0)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    tree = FakeTree(tmp_path)
    tree.block(SDA, sectors=2048000, number="8:0")
    for number in (1, 2, 3):
        tree.partition(f"{SDA}/sda{number}", start=8 * number, sectors=8, number=f"8:{number}")
    return Machine(tree)


def test_a_disk_that_nobody_uses_is_left_alone(machine: Machine) -> None:
    machine.holders.release("/dev/sda")
    assert machine.calls == []


def test_a_stack_goes_from_the_outermost_inwards(machine: Machine) -> None:
    """sda2 → md127 → LUKS → two volumes, one mounted twice, one with swap."""
    machine.holder(
        "md127", "9:127", "sda2", end="mdadm --stop /dev/md127", md__array_state="clean\n"
    )
    machine.holder("dm-0", "252:0", "md127", end="dmsetup remove crypt", dm__name="crypt\n")
    machine.holder("dm-1", "252:1", "dm-0", end="dmsetup remove vg-root", dm__name="vg-root\n")
    machine.holder("dm-2", "252:2", "dm-0", end="dmsetup remove vg-swap", dm__name="vg-swap\n")
    machine.mount("252:1 / /mnt ext4 /dev/mapper/vg-root")
    machine.mount("252:1 /srv /mnt/srv ext4 /dev/mapper/vg-root")
    machine.swap("/dev/dm-2")
    words = "md127 (crypt (vg-root (mounted on /mnt, mounted on /mnt/srv), vg-swap (swap)))"
    assert machine.holders.uses("/dev/sda") == (f"/dev/sda2 {words}",)
    machine.holders.release("/dev/sda")
    assert machine.calls == [
        "umount /mnt/srv",
        "umount /mnt",
        "dmsetup remove vg-root",
        "swapoff /dev/dm-2",
        "dmsetup remove vg-swap",
        "dmsetup remove crypt",
        "mdadm --stop /dev/md127",
    ]
    assert machine.holders.uses("/dev/sda") == ()
    machine.holders.release("/dev/sda")
    assert len(machine.calls) == 7


def test_volumes_of_the_group_on_other_disks_go_on(machine: Machine) -> None:
    machine.tree.block(SDA.replace("sda", "sdb"), sectors=2048, number="8:16")
    machine.holder("dm-0", "252:0", "sda1", end="dmsetup remove vg-a", dm__name="vg-a\n")
    machine.holder("dm-1", "252:1", "sdb", end="dmsetup remove vg-b", dm__name="vg-b\n")
    machine.holders.release("/dev/sda")
    assert machine.calls == ["dmsetup remove vg-a"]


def test_a_volume_over_two_partitions_is_ended_once(machine: Machine) -> None:
    machine.holder("dm-0", "252:0", "sda1", "sda2", end="dmsetup remove vg-a", dm__name="vg-a\n")
    machine.holders.release("/dev/sda")
    assert machine.calls == ["dmsetup remove vg-a"]


def test_the_container_of_a_firmware_raid_is_stopped_last(machine: Machine) -> None:
    for name, number, metadata in (("md126", "9:126", "imsm"), ("md127", "9:127", "/md126/0")):
        machine.holder(
            name,
            number,
            "sda",
            end=f"mdadm --stop /dev/{name}",
            md__array_state="active\n",
            md__metadata_version=f"external:{metadata}\n",
        )
    machine.holders.release("/dev/sda")
    assert machine.calls == ["mdadm --stop /dev/md127", "mdadm --stop /dev/md126"]


def test_a_partition_of_an_array_is_freed_before_it(machine: Machine) -> None:
    machine.holder("md127", "9:127", "sda", end="mdadm --stop /dev/md127", md__array_state="x\n")
    machine.tree.partition("virtual/block/md127/md127p1", start=8, sectors=8, number="259:9")
    machine.mount("259:9 / /mnt xfs /dev/md127p1")
    machine.holders.release("/dev/sda")
    assert machine.calls == ["umount /mnt", "mdadm --stop /dev/md127"]


def test_a_tool_is_tried_again_while_the_device_is_busy(machine: Machine) -> None:
    machine.mount("8:1 / /mnt ext4 /dev/sda1")
    end = machine.effects.pop("umount /mnt")

    def at_the_second_try() -> None:
        if machine.calls.count("umount /mnt") == 2:
            end()

    machine.effects["umount /mnt"] = at_the_second_try
    DiskHolders(machine, machine.tree.root, busy_seconds=60).release("/dev/sda")
    assert machine.calls == ["umount /mnt", "umount /mnt"]


def test_what_does_not_end_is_named_with_the_words_of_its_tool(machine: Machine) -> None:
    machine.mount("8:1 / /mnt ext4 /dev/sda1", ends=False)
    with pytest.raises(InstallError) as caught:
        machine.holders.release("/dev/sda")
    assert str(caught.value) == (
        "/dev/sda stays in use: mounted on /mnt, which is held by the kernel"
    )
    assert caught.value.device == "/dev/sda"
    assert caught.value.tool_words == "umount ended with status 1: target is busy"


@pytest.mark.parametrize("place", ["/", "/usr", "/var", "/boot/efi"])
def test_what_the_system_stands_on_is_refused_before_anything_ends(
    machine: Machine, place: str
) -> None:
    machine.swap("/dev/sda1")
    machine.holder("dm-0", "252:0", "sda2", end="dmsetup remove vg-a", dm__name="vg-a\n")
    machine.mount(f"252:0 / {place} ext4 /dev/mapper/vg-a")
    with pytest.raises(InstallError, match=f"stands on what is mounted on {place}$"):
        machine.holders.release("/dev/sda")
    assert machine.calls == []


def test_the_medium_below_the_layers_of_the_live_system_is_refused(machine: Machine) -> None:
    """As live/dracut lays it: the ISO, in it the SquashFS, over it the overlay."""
    machine.tree.block(
        "virtual/block/loop0",
        sectors=8,
        number="7:0",
        loop__backing_file="/run/atomos/iso/live.squashfs\n",
    )
    machine.tree.file("run/atomos/iso/live.squashfs", "")
    layers = "rw,lowerdir=/run/atomos/lower,upperdir=/run/atomos/overlay/upper"
    machine.tree.file(
        "proc/self/mountinfo",
        f"1 0 0:9 / / rw - overlay overlay {layers}\n"
        "2 1 0:10 / /run rw shared:1 - tmpfs tmpfs rw\n"
        "3 2 8:1 / /run/atomos/iso ro shared:2 - iso9660 /dev/sda1 ro\n"
        "4 2 7:0 / /run/atomos/lower ro shared:3 - squashfs /dev/loop0 ro\n"
        "5 2 0:11 / /run/atomos/overlay rw - tmpfs tmpfs rw\n",
    )
    with pytest.raises(InstallError, match=r"mounted on /run/atomos/lower$"):
        machine.holders.release("/dev/sda")
    assert machine.calls == []


@pytest.mark.parametrize(
    ("holder", "attributes", "words"),
    [
        ("bcache0", {}, "bcache0"),
        ("drbd1", {}, "drbd1"),
        ("dm-3", {"dm__name": "mpatha\n", "dm__uuid": "mpath-36001\n"}, "mpatha"),
        ("dm-4", {"dm__name": "mpatha1\n", "dm__uuid": "part1-mpath-36001\n"}, "mpatha1"),
    ],
)
def test_what_no_tool_here_ends_is_refused_before_anything_ends(
    machine: Machine, holder: str, attributes: dict[str, str], words: str
) -> None:
    machine.swap("/dev/sda1")
    machine.holder(holder, "251:0", "sda3", end="never", **attributes)
    with pytest.raises(InstallError, match=f"a part of {words}, which the installer cannot end"):
        machine.holders.release("/dev/sda")
    assert machine.calls == []


def test_a_disk_that_is_gone(machine: Machine) -> None:
    with pytest.raises(InstallError, match="/dev/sdz is not there"):
        machine.holders.release("/dev/sdz")


def test_udev_is_waited_for_where_it_runs(machine: Machine) -> None:
    machine.tree.file("run/udev/control", "")
    settle = "udevadm settle --timeout=30"
    machine.effects[settle] = lambda: None
    machine.swap("/dev/sda3")
    machine.holders.release("/dev/sda")
    assert machine.calls == [settle, "swapoff /dev/sda3", settle]


def nested(*lines: str) -> str:
    """Lines of mountinfo: ``id parent number place peers kind source``."""
    rows = []
    for line in lines:
        ident, parent, number, place, peers, kind, source = line.split()
        rows.append(f"{ident} {parent} {number} / {place} rw shared:{peers} - {kind} {source} rw")
    return "\n".join(rows) + "\n"


def test_mounts_of_others_upon_it_go_first_without_taking_the_system_s(machine: Machine) -> None:
    lines = {
        "/": "1 0 254:99 / 1 ext4 /dev/vda",
        "/dev": "2 1 0:5 /dev 2 devtmpfs dev",
        "/dev/pts": "3 2 0:6 /dev/pts 3 devpts pts",
        "/mnt": "4 1 8:1 /mnt 4 ext4 /dev/sda1",
        "/mnt/dev": "5 4 0:5 /mnt/dev 2 devtmpfs dev",
        "/mnt/dev/pts": "6 5 0:6 /mnt/dev/pts 3 devpts pts",
    }
    machine.tree.file("proc/self/mountinfo", nested(*lines.values()))

    def ending(place: str) -> Effect:
        def end() -> None:
            del lines[place]
            machine.tree.file("proc/self/mountinfo", nested(*lines.values()))

        return end

    for place in ("/mnt", "/mnt/dev", "/mnt/dev/pts"):
        machine.effects[f"umount {place}"] = ending(place)
    machine.effects["mount --make-private /mnt/dev"] = lambda: None
    assert machine.holders.uses("/dev/sda") == (
        "/dev/sda1 mounted on /mnt (mounted on /mnt/dev (mounted on /mnt/dev/pts))",
    )
    machine.holders.release("/dev/sda")
    assert machine.calls == [
        "mount --make-private /mnt/dev",
        "umount /mnt/dev/pts",
        "umount /mnt/dev",
        "umount /mnt",
    ]

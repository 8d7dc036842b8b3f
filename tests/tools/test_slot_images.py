"""The image of a slot, read without a byte of the disk changing: plain here, and encrypted under
user-mode Linux."""

import hashlib
import json
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from backends.slot_images import SlotImagesOnDisk
from backends.target_journal import TargetJournalsOnDisk
from installer.errors import InstallError
from installer.quantity import MIB
from installer.release import ReleaseFile, SlotPlace
from installer.upkeep.reset import KEPT
from tests.tools.conftest import LoopMaker
from tests.tools.packed import squashfs
from tests.tools.small_image import CONTRACT, small_image
from tests.user_mode.enter import SHARED
from tests.user_mode.machine import lines_of

WITHIN: Final = 300.0
"""Seconds for a line under user-mode Linux: its root is made first."""
BEHIND: Final = b"what an older, larger image left behind this one"


def told(_done: int, _whole: int) -> None:
    pass


@pytest.fixture
def image(tmp_path: Path) -> ReleaseFile:
    file = tmp_path / "system.squashfs"
    squashfs(small_image(tmp_path / "root"), file)
    data = file.read_bytes()
    return ReleaseFile(
        url=file.as_uri(), size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest()
    )


@pytest.fixture
def place(image: ReleaseFile, tmp_path: Path, loop: LoopMaker) -> SlotPlace:
    """A slot that is larger than what is in it."""
    slot = tmp_path / "slot"
    data = (tmp_path / "system.squashfs").read_bytes() + BEHIND
    slot.write_bytes(data.ljust(len(data) // MIB * MIB + 3 * MIB, b"\0"))
    return SlotPlace(slot="b", partition=loop(file=slot), encrypted=False)


@pytest.fixture
def slots(runner: Runner, mounts: Mounts, tmp_path: Path) -> SlotImagesOnDisk:
    return SlotImagesOnDisk(runner, mounts, file=tmp_path / "fetched")


@pytest.fixture
def boot(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    device = loop(32 * MIB)
    Makers(runner, mounts).make_ext4(device, label="atomos-boot", uuid=str(uuid.uuid4()))
    return device


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What it reads the image with, and where that is."""

    slots: SlotImagesOnDisk
    place: SlotPlace
    boot: str
    image: ReleaseFile
    file: Path

    def fetch(self, file: Path | None = None) -> None:
        self.slots.fetch(
            self.place,
            self.image,
            file or self.file,
            boot=self.boot,
            passphrase=None,
            progress=told,
        )

    def remembered(self) -> bytes | None:
        return self.slots.remembered(self.image, boot=self.boot)

    def take_the_slot_away(self) -> None:
        with Path(self.place.partition).open("r+b") as device:
            device.write(bytes(MIB))


@pytest.fixture
def reset(
    slots: SlotImagesOnDisk, place: SlotPlace, boot: str, image: ReleaseFile, tmp_path: Path
) -> Reset:
    return Reset(slots=slots, place=place, boot=boot, image=image, file=tmp_path / "fetched")


def test_exactly_the_image_comes(reset: Reset, tmp_path: Path) -> None:
    before = (tmp_path / "slot").read_bytes()
    assert reset.slots.contract(reset.place, None) == CONTRACT.encode()
    assert reset.remembered() is None
    reset.fetch()
    assert reset.file.read_bytes() == (tmp_path / "system.squashfs").read_bytes()
    assert reset.remembered() == CONTRACT.encode()
    assert (tmp_path / "slot").read_bytes() == before


def test_what_is_in_memory_stays_when_the_slot_is_gone(reset: Reset) -> None:
    reset.fetch()
    reset.take_the_slot_away()
    reset.fetch()
    reset.file.write_bytes(b"another one")
    with pytest.raises(InstallError, match="is not what was written there"):
        reset.fetch()


def test_what_was_kept_on_the_boot_partition_outlasts_slot_and_memory(
    reset: Reset, mounts: Mounts, runner: Runner
) -> None:
    reset.fetch()
    image = reset.file.read_bytes()
    for _time in range(2):
        reset.slots.keep(reset.file, boot=reset.boot)
        reset.slots.verify_kept(reset.image, boot=reset.boot)
    reset.take_the_slot_away()
    reset.file.unlink()
    assert reset.remembered() == CONTRACT.encode()
    reset.fetch()
    assert reset.file.read_bytes() == image
    # It goes with the journal.
    TargetJournalsOnDisk(runner, mounts).put(reset.boot, "{}\n").remove()
    with mounts.device(reset.boot, "ext4", read_only=True) as top:
        assert [path.name for path in top.iterdir()] == ["lost+found"]


def test_a_copy_that_is_not_whole_is_none(reset: Reset, mounts: Mounts) -> None:
    reset.fetch()
    reset.slots.keep(reset.file, boot=reset.boot)
    with (
        mounts.device(reset.boot, "ext4", read_only=False) as top,
        (top / KEPT).open("r+b") as kept,
    ):
        kept.write(b"damaged")
    with pytest.raises(InstallError, match="is not the image"):
        reset.slots.verify_kept(reset.image, boot=reset.boot)
    reset.file.unlink()
    # The slot is there still.
    reset.fetch()
    reset.take_the_slot_away()
    reset.file.unlink()
    with pytest.raises(InstallError, match="is not what was written there"):
        reset.fetch()


def test_there_is_room_for_one_copy_only_and_that_is_enough(reset: Reset, mounts: Mounts) -> None:
    """Cut off before the step was written down as done, it is done once more."""
    reset.fetch()
    with reset.file.open("r+b") as large:
        large.truncate(17 * MIB)
    reset.slots.keep(reset.file, boot=reset.boot)
    for spoilt in (False, True):
        if spoilt:
            with (
                mounts.device(reset.boot, "ext4", read_only=False) as top,
                (top / KEPT).open("r+b") as kept,
            ):
                kept.write(b"damaged")
        reset.slots.keep(reset.file, boot=reset.boot)
        with mounts.device(reset.boot, "ext4", read_only=True) as top:
            assert (top / KEPT).read_bytes() == reset.file.read_bytes()


def test_a_boot_partition_that_is_full_keeps_nothing(reset: Reset, mounts: Mounts) -> None:
    reset.fetch()
    with reset.file.open("r+b") as large:
        large.truncate(40 * MIB)
    with pytest.raises(InstallError, match="full"):
        reset.slots.keep(reset.file, boot=reset.boot)
    with mounts.device(reset.boot, "ext4", read_only=True) as top:
        assert list((top / KEPT.parent).iterdir()) == []


def test_one_bit_is_enough_to_refuse_it(reset: Reset) -> None:
    with Path(reset.place.partition).open("r+b") as device:
        device.seek(reset.image.size_bytes // 2)
        byte = device.read(1)
        device.seek(reset.image.size_bytes // 2)
        device.write(bytes([byte[0] ^ 1]))
    with pytest.raises(InstallError, match=r"Root B \(/dev/loop") as caught:
        reset.fetch()
    assert "Name a release" in caught.value.way_out
    assert not reset.file.exists()


def test_a_slot_without_an_image_is_told(reset: Reset) -> None:
    reset.take_the_slot_away()
    with pytest.raises(InstallError, match="there is no image in Root B"):
        reset.slots.contract(reset.place, None)


def test_memory_that_is_full_is_told(reset: Reset, small: Path) -> None:
    with pytest.raises(InstallError, match="full"):
        reset.fetch(small / "fetched")
    assert list(small.iterdir()) == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


ENCRYPTED: Final = """
import hashlib, json, subprocess, sys
from pathlib import Path

from backends.luks import Cryptsetup
from backends.mounts import Mounts
from backends.runner import Runner
from backends.slot_images import SlotImagesOnDisk
from backends.volume_group import Lvm
from installer.errors import InstallError
from installer.machinery import Volume
from installer.quantity import MIB
from installer.release import ReleaseFile, SlotPlace
from installer.secret import Secret

image = Path(sys.argv[1]).read_bytes()
disk = Path("/tmp/disk.raw")
with disk.open("wb") as made:
    made.truncate(256 * MIB)
argv = ["losetup", "--find", "--show", str(disk)]
device = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
runner = Runner()
mounts = Mounts(runner, Path("/tmp/mounts"))
luks, groups = Cryptsetup(runner, mounts), Lvm(runner)
OLD = Secret("of the old owner")
luks.format(device, uuid="a70c0de0-0000-4000-8000-000000000005", passphrase=OLD, memory_kib=8192)
luks.open(device, name="atomos", passphrase=OLD, discards=False)
volumes = [Volume(name=each, size_bytes=64 * MIB) for each in "ab"]
volumes.append(Volume(name="data", size_bytes=None))
groups.make("/dev/mapper/atomos", group="atomos", volumes=tuple(volumes))
Path("/dev/mapper/atomos-b").open("r+b").write(image)
subprocess.run(["sync"], check=True)
groups.deactivate("atomos")
luks.close("atomos")


def disk_sum():
    subprocess.run(["blockdev", "--flushbufs", device], check=True)
    with open(device, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def told(**what):
    print("told " + json.dumps(what), flush=True)


before = disk_sum()
fetched = Path("/tmp/fetched")
slots = SlotImagesOnDisk(runner, mounts, file=fetched)
place = SlotPlace(slot="b", partition=device, encrypted=True)
boot = "/dev/null"
file = ReleaseFile(
    url="slot:b", size_bytes=len(image), sha256=hashlib.sha256(image).hexdigest()
)
for wrong in (None, Secret("another"), Secret("")):
    try:
        slots.contract(place, wrong)
    except InstallError as error:
        told(refused=error.what, question=str(error.problems[0].question))
told(contract=slots.contract(place, OLD).decode())
slots.fetch(place, file, fetched, boot=boot, passphrase=OLD, progress=lambda done, whole: None)
told(same=fetched.read_bytes() == image, untouched=disk_sum() == before)
told(left=sorted(each.name for each in Path("/dev/mapper").iterdir()))
# Nothing of it is in use: the keys may die.
told(destroyed=luks.destroy(device))
# From memory, without a passphrase, as a run does that goes on.
slots.fetch(place, file, fetched, boot=boot, passphrase=None, progress=lambda done, whole: None)
told(remembered=slots.remembered(file, boot=boot).decode())
try:
    slots.contract(place, OLD)
except InstallError as error:
    told(refused=error.what, question=str(error.problems[0].question))
"""


def test_a_slot_in_a_container_is_read_and_nothing_of_it_stays_open(
    image: ReleaseFile, tmp_path: Path
) -> None:
    own, scratch = tmp_path / "own", tmp_path / "scratch"
    for each in (own, scratch):
        each.mkdir()
    (own / "read.py").write_text(ENCRYPTED)
    (own / "image").write_bytes((tmp_path / "system.squashfs").read_bytes())
    command = (
        f"cd {SHARED}/project && PYTHONPATH=.:/usr/lib/atomos/vendor PYTHONDONTWRITEBYTECODE=1"
        f" exec python3 {SHARED}/own/read.py {SHARED}/own/image"
    )
    lines = lines_of(command, scratch=scratch, shared={"own": own}, within=WITHIN)
    said = [json.loads(each.removeprefix("told ")) for each in lines if each.startswith("told ")]
    assert [each["question"] for each in said[:3]] == ["unlock"] * 3
    contract, fetched, left, _destroyed, remembered, gone = said[3:]
    assert (contract, remembered) == ({"contract": CONTRACT}, {"remembered": CONTRACT})
    assert fetched == {"same": True, "untouched": True}
    assert left == {"left": ["control"]}
    assert gone["question"] == "welcome"

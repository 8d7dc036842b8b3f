"""The Debian 12 image as it is built: its contract, what the installer does in its tree, and the
scripts that initramfs-tools runs, in its own initramfs on a disk of loop devices.

This machine may have no device-mapper: LUKS, LVM and dm-verity are in test_debian_12_start.py.
"""

import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from backends.file_systems import Makers
from backends.installed_system import InstalledSystemOnDisk
from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers import User
from installer.boot_state import BootState, SlotState
from installer.quantity import MIB
from installer.secret import Secret
from tests.tools.boot_disk import FILES, ROOT
from tests.tools.conftest import LoopMaker
from tests.tools.debian_12 import debian_12_image, unpacked_initramfs
from tests.tools.small_disk import SETTINGS, Disk, DiskMaker

# It changes with its own recipe and live/initramfs-tools only, and takes minutes to be made.
pytestmark = pytest.mark.extended
PARTITIONS: Final = """\
label: gpt
size=16MiB, name=atomos-boot
size=64MiB, name=atomos-a, uuid={slot}
size=128MiB, name=atomos-data
"""
STARTED: Final = BootState(a=SlotState(tries=2), started="a").to_block()
REFUNDED: Final = BootState().to_block()
FUNCTIONS: Final = 'panic() { echo "panic: $*"; exit 9; }\n'
"""In the place of initramfs-tools' own: that would restart this machine."""
IN_INITRAMFS: Final = """\
mount -t proc proc "$1/proc"
mount --bind "$2" "$1/proc/cmdline"
mount -t tmpfs tmpfs "$1/proc/sys"
mkdir "$1/proc/sys/kernel"
mount --bind /sys "$1/sys"
mount -t tmpfs tmpfs "$1/dev"
cp -a /dev/null /dev/loop[0-9]* "$1/dev"
: >"$1/dev/kmsg"
mount -t tmpfs tmpfs "$1/run"
exec chroot "$1" env -i PATH=/sbin:/usr/sbin:/bin:/usr/bin rootmnt=/root panic=10 sh -c "$3"
"""
"""Of this machine it has disks and nothing else: neither the kernel's settings nor its log."""
BOTTOM: Final = """\
mount -r -t squashfs "$(sed 's/.*root=\\([^ ]*\\).*/\\1/' /proc/cmdline)" /root &&
/scripts/local-bottom/atomos
"""


@pytest.fixture(scope="module")
def image() -> Path:
    return debian_12_image()


@pytest.fixture
def debian(make_disk: DiskMaker, image: Path) -> Disk:
    return make_disk(image)


def test_the_contract_is_met(image: Path) -> None:
    script = ROOT / "mkimage-profile/check_contract.py"
    argv = [sys.executable, str(script), "check", str(image)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_user_and_settings(debian: Disk) -> None:
    user = User(name="ada", full_name="Ada Lovelace", password=Secret("geheim: und lang"))
    debian.add_user(user)
    debian.verify_user(user)
    debian.set_up(SETTINGS)
    debian.verify_set_up(SETTINGS)
    with debian.tree() as root:
        assert re.search(r"^ada:\$y\$", (root / "etc/shadow").read_text(), re.M)
        assert re.search("VERSION_ID=.12", (root / "etc/os-release").read_text())
        assert not (root / "usr/bin/dracut").exists()


@dataclass(frozen=True, kw_only=True)
class Initramfs:
    """The image's initramfs as a folder."""

    top: Path

    def run(self, command_line: str, script: str) -> tuple[int, str]:
        """Exit status and output of a script in it, in namespaces that end with it."""
        words = self.top.with_name("cmdline")
        words.write_text(f"{command_line}\n")
        argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-eu", "-c"]
        argv += [IN_INITRAMFS, "sh", str(self.top), str(words), script]
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def initramfs(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Initramfs:
    top = unpacked_initramfs(image, tmp_path_factory.mktemp("initramfs"))
    (top / "scripts/functions").write_text(FUNCTIONS)
    for name in ("proc", "dev", "sys", "run", "root"):
        (top / name).mkdir(exist_ok=True)
    return Initramfs(top=top)


@dataclass(frozen=True, kw_only=True)
class SlotDisk:
    """A disk with a boot partition, a small image in slot A, and data."""

    device: str
    slot_uuid: str
    mounts: Mounts

    @property
    def slot(self) -> str:
        return f"{self.device}p2"

    @property
    def data(self) -> str:
        return f"{self.device}p3"

    def put(self, block: bytes) -> None:
        with self.mounts.device(f"{self.device}p1", "ext4", read_only=False) as top:
            (top / "grub").mkdir(exist_ok=True)
            for name in FILES:
                (top / name).write_bytes(block)

    def blocks(self) -> set[bytes]:
        with self.mounts.device(f"{self.device}p1", "ext4", read_only=True) as top:
            return {(top / name).read_bytes() for name in FILES}


@pytest.fixture
def disk(loop: LoopMaker, runner: Runner, mounts: Mounts, system_image: Path) -> SlotDisk:
    slot_uuid = str(uuid.uuid4())
    device = loop(256 * MIB)
    subprocess.run(
        ["sfdisk", "--quiet", "--no-tell-kernel", device],
        input=PARTITIONS.format(slot=slot_uuid),
        check=True,
        text=True,
    )
    subprocess.run(["partx", "--update", device], check=True)
    made = SlotDisk(device=device, slot_uuid=slot_uuid, mounts=mounts)
    makers = Makers(runner, mounts)
    makers.make_ext4(f"{device}p1", label="atomos-boot", uuid=str(uuid.uuid4()))
    names = ("@home", "@var", "@nix", "@snapshots")
    makers.make_btrfs(made.data, label="atomos-data", uuid=str(uuid.uuid4()), subvolumes=names)
    subprocess.run(
        ["dd", f"if={system_image}", f"of={made.slot}", "bs=1M", "conv=fsync"],
        check=True,
        capture_output=True,
    )
    InstalledSystemOnDisk(runner, mounts).fill(slot=made.slot, data=made.data)
    made.put(STARTED)
    return made


def mounts_of(said: str) -> dict[str, list[str]]:
    """Rows of /proc/mounts by their places."""
    rows = (line.split() for line in said.splitlines() if line.count(" ") == 5)
    return {row[1]: row for row in rows}


def test_memory_and_data_are_laid_over_the_slot(initramfs: Initramfs, disk: SlotDisk) -> None:
    script = f"""{BOTTOM}
    echo new >/root/new && echo changed >/root/etc/hostname && echo mine >/root/home/mine
    cat /proc/mounts /root/new /root/etc/hostname
    ls /run/atomos /run/atomos/slot
    cat /dev/kmsg
    """
    status, said = initramfs.run(f"quiet root={disk.slot} ro atomos.slot=a", script)
    assert status == 0, said
    rows = mounts_of(said)
    assert rows["/root"][2] == "overlay"
    assert (rows["/run/atomos/slot"][2], rows["/run/atomos/slot"][3][:2]) == ("squashfs", "ro")
    for name in ("home", "var", "nix"):
        assert (rows[f"/root/{name}"][0], rows[f"/root/{name}"][2]) == (disk.data, "btrfs")
        assert f"subvol=/@{name}" in rows[f"/root/{name}"][3]
    assert "upperdir=/root/var/lib/atomos/etc/upper" in rows["/root/etc"][3]
    assert not {"/run/atomos/lower", "/run/atomos/memory"} & set(rows)
    assert "AtomOS:" not in said
    with disk.mounts.device(disk.data, "btrfs", read_only=True) as top:
        assert (top / "@home/mine").read_text() == "mine\n"
        assert (top / "@var/lib/atomos/etc/upper/hostname").read_text() == "changed\n"
    with disk.mounts.device(disk.slot, "squashfs", read_only=True) as top:
        assert not (top / "new").exists()


def test_etc_may_be_forgotten(initramfs: Initramfs, disk: SlotDisk) -> None:
    line = f"quiet root={disk.slot} ro atomos.slot=a atomos.etc=volatile"
    status, said = initramfs.run(line, f"{BOTTOM}\ncat /proc/mounts")
    assert status == 0, said
    assert "upperdir=/run/atomos/etc/upper" in mounts_of(said)["/root/etc"][3]


def test_a_slot_whose_disk_has_no_data_does_not_start(
    initramfs: Initramfs, disk: SlotDisk, loop: LoopMaker, runner: Runner, mounts: Mounts
) -> None:
    """Though another disk has some."""
    subprocess.run(["wipefs", "--all", "--quiet", disk.data], check=True)
    other = loop(128 * MIB)
    names = ("@home", "@var", "@nix")
    Makers(runner, mounts).make_btrfs(
        other, label="atomos-data", uuid=str(uuid.uuid4()), subvolumes=names
    )
    status, said = initramfs.run(f"quiet root={disk.slot} ro atomos.slot=a", BOTTOM)
    assert status == 9, said
    assert "panic: AtomOS: no data partition (label atomos-data) on the disk of" in said


@pytest.mark.parametrize("root", ["PARTUUID={uuid}", "/dev/disk/by-partuuid/{uuid}"])
def test_the_slot_is_found_without_udevs_links(
    initramfs: Initramfs, disk: SlotDisk, root: str
) -> None:
    script = f"mount -r -t squashfs {disk.slot} /root && /scripts/local-bottom/atomos"
    line = f"root={root.format(uuid=disk.slot_uuid)} ro atomos.slot=a"
    status, said = initramfs.run(line, script)
    assert status == 0, said


def test_a_passphrase_costs_no_try_until_it_was_right(initramfs: Initramfs, disk: SlotDisk) -> None:
    """Asked by Debian's own askpass, answered by its pipe."""
    line = f"root={disk.slot} ro atomos.slot=a"
    ask = """\
    CRYPTTAB_NAME=atomos /usr/lib/atomos/ask-passphrase none >/run/answer &
    until [ -p /lib/cryptsetup/passfifo ]; do sleep 0.1; done
    printf secret >/lib/cryptsetup/passfifo
    wait
    cat /run/answer
    """
    status, said = initramfs.run(line, ask)
    assert (status, said.rsplit("\n", 1)[-1]) == (0, "secret"), said
    assert disk.blocks() == {REFUNDED}
    status, said = initramfs.run(line, "/scripts/local-premount/atomos")
    assert (status, said) == (0, "")
    assert disk.blocks() == {STARTED}


def test_a_start_without_a_passphrase_counts_once(initramfs: Initramfs, disk: SlotDisk) -> None:
    script = "/scripts/local-premount/atomos && /scripts/local-block/atomos"
    assert initramfs.run(f"root={disk.slot} ro atomos.slot=a", script) == (0, "")
    assert disk.blocks() == {STARTED}


def test_a_hash_tree_that_cannot_be_used_ends_the_start(
    initramfs: Initramfs, disk: SlotDisk
) -> None:
    line = (
        f"root=/dev/mapper/root roothash={'0' * 64} systemd.verity_root_data={disk.slot}"
        f" systemd.verity_root_options=hash-offset={8 * MIB},panic-on-corruption"
    )
    status, said = initramfs.run(line, "/scripts/local-block/atomos /dev/mapper/root")
    assert status == 9, said
    assert f"panic: AtomOS: the hash tree of {disk.slot} cannot be used" in said


def test_a_slot_that_is_not_there_yet_is_waited_for(initramfs: Initramfs, disk: SlotDisk) -> None:
    line = f"root=/dev/mapper/root roothash={'0' * 64} systemd.verity_root_data=/dev/atomos/a"
    script = "/scripts/local-premount/atomos && /scripts/local-block/atomos /dev/mapper/root"
    assert initramfs.run(line, script) == (0, "")


def test_before_anything_is_asked(initramfs: Initramfs) -> None:
    """The kernel is told when to give up, and initramfs-tools how long to wait; a keyboard that
    cannot be set is told of."""
    script = """\
    /scripts/init-premount/atomos
    cd /proc/sys/kernel && grep . * && cat /conf/param.conf /dev/kmsg
    rm /conf/param.conf
    ls /usr/lib/atomos/keymaps/de.kmap
    """
    status, said = initramfs.run("quiet rd.vconsole.keymap=nowhere", script)
    assert status == 0, said
    for row in ("panic_on_oops:1", "softlockup_panic:1", "watchdog_thresh:30", "ROOTDELAY=180"):
        assert row in said.splitlines()
    assert "AtomOS: cannot set the keyboard layout nowhere; it stays us" in said

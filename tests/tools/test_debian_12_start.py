"""The Debian 12 image's initramfs starts an encrypted disk under user-mode Linux: its own /init,
with LUKS, LVM and dm-verity for real."""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pexpect
import pytest

from backends.mounts import Mounts
from installer.boot_state import BootState, SlotState
from installer.contract_file import load_contract
from installer.roothash import parse_roothash
from tests.tools.boot_disk import FILES
from tests.tools.conftest import LoopMaker
from tests.tools.debian_12 import debian_12_image, unpacked_initramfs
from tests.user_mode.machine import lines_of
from tests.user_mode.starting import for_user_mode, start
from tests.waiting import end

# As test_debian_12_image.py.
pytestmark = pytest.mark.extended
WITHIN: Final = 300.0
"""Seconds for whatever comes next; 10 on an idle 2-core machine."""
CONTAINER: Final = "a70c0de0-0000-4000-8000-000000000005"
PASSPHRASE: Final = "zebra"
STARTED: Final = BootState(a=SlotState(tries=2), started="a").to_block()
MAKE: Final = f"""
set -eux
cd /tmp
# LVM keeps copies of what it did beside its settings.
mount -t tmpfs tmpfs /etc/lvm
truncate -s 700M d.raw
sfdisk -q d.raw <<END
label: gpt
size=32MiB, name=atomos-boot
name=atomos-luks
END
disk=$(losetup --find --partscan --show d.raw)
mkdir at
mkfs.ext4 -q -L atomos-boot "${{disk}}p1"
mount "${{disk}}p1" at
mkdir at/grub
cp /mnt/state/state at/grub/state1
cp /mnt/state/state at/grub/state2
umount at
printf {PASSPHRASE} | cryptsetup luksFormat --type luks2 --uuid {CONTAINER} --pbkdf argon2id \
    --pbkdf-memory 8192 --pbkdf-force-iterations 4 --batch-mode --key-file - "${{disk}}p2"
printf {PASSPHRASE} | cryptsetup open --key-file - "${{disk}}p2" atomos
vgcreate -q atomos /dev/mapper/atomos
lvcreate -y -L 200M -n a atomos
lvcreate -y -l 100%FREE -n data atomos
dd if=/mnt/image/{{name}} of=/dev/atomos/a bs=1M
mkfs.btrfs -q -L atomos-data /dev/atomos/data
mount /dev/atomos/data at
for name in home var nix; do btrfs -q subvolume create at/@$name; done
mkdir -p at/@var/lib/atomos/etc/upper at/@var/lib/atomos/etc/work
umount at
vgchange -a n atomos
cryptsetup close atomos
losetup -d "$disk"
cp --sparse=always d.raw /run/told/d.raw
"""


@pytest.fixture(scope="module")
def image() -> Path:
    return debian_12_image()


@pytest.fixture(scope="module")
def tree(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = unpacked_initramfs(image, tmp_path_factory.mktemp("initramfs"))
    for_user_mode(top)
    return top


@pytest.fixture(scope="module")
def disk(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encrypted, with the image in slot A, and data."""
    folder = tmp_path_factory.mktemp("disk")
    (folder / "state").mkdir()
    (folder / "state/state").write_bytes(BootState(a=SlotState(tries=2), started="a").to_block())
    scratch = folder / "scratch"
    scratch.mkdir()
    shared = {"image": image.parent, "state": folder / "state"}
    command = MAKE.replace("{name}", image.name)
    for _line in lines_of(command, scratch=scratch, shared=shared, within=WITHIN, still=WITHIN):
        pass
    return scratch / "shared/d.raw"


def command_line(image: Path, *, root_hash: str | None = None) -> str:
    """The contract's, as the installer fills it in, and then a shell in the place of systemd."""
    contract = load_contract(image.with_suffix(".yaml").read_text(), "image.yaml")
    beside = image.with_suffix(".roothash")
    verity = parse_roothash(beside.read_text(), beside.name)
    values = {
        "slot.device": "/dev/atomos/a",
        "luks.uuid": CONTAINER,
        "verity.root_hash": root_hash or verity.root_hash,
        "verity.hash_offset": str(verity.hash_offset_bytes),
    }
    template = contract.command_lines.encrypted
    assert template
    line = re.sub(r"\{([a-z._]+)\}", lambda found: values[found[1]], template)
    return f"{line} atomos.slot=a init=/bin/bash"


@contextlib.contextmanager
def started(scratch: Path, disk: Path, tree: Path, line: str) -> Iterator["pexpect.spawn[str]"]:
    """Its console, with what came on it in a file. It has asked for a passphrase, got a wrong one,
    asked again, and got the right one."""
    scratch.mkdir()
    console = start(scratch, disk, tree, line)
    with (scratch / "console.log").open("w") as log:
        console.logfile_read = log
        try:
            for passphrase in ("wrong", PASSPHRASE):
                console.expect("Please unlock disk atomos: ", timeout=WITHIN)
                # What is typed before askpass has taken the echo away is lost.
                console.expect(pexpect.TIMEOUT, timeout=2)
                console.send(f"{passphrase}\n")
            yield console
        finally:
            end(console)


def boot_blocks(disk: Path, loop: LoopMaker, mounts: Mounts) -> set[bytes]:
    device = loop(file=disk)
    subprocess.run(["partx", "--update", device], check=True)
    with mounts.device(f"{device}p1", "ext4", read_only=False) as top:
        return {(top / name).read_bytes() for name in FILES}


def test_an_encrypted_slot_starts(
    image: Path, tree: Path, disk: Path, tmp_path: Path, loop: LoopMaker, mounts: Mounts
) -> None:
    scratch = tmp_path / "scratch"
    with started(scratch, disk, tree, command_line(image)) as console:
        console.expect("# ", timeout=WITHIN)
        # Without the echo the end of what comes cannot be the command itself.
        console.send("stty -echo; bind 'set enable-bracketed-paste off'; PS1=; echo re''ady\n")
        console.expect("ready", timeout=WITHIN)
        console.send("cat /proc/mounts; cat /sys/class/block/dm-*/dm/name; sync; echo th''ere\n")
        console.expect("there", timeout=WITHIN)
        said = str(console.before)
    rows = {row[1]: row for row in map(str.split, said.splitlines()) if len(row) == 6}
    assert rows["/"][2] == "overlay"
    assert rows["/run/atomos/slot"][2:4] == ["squashfs", "ro,relatime,errors=continue"]
    for name in ("home", "var", "nix"):
        assert f"subvol=/@{name}" in rows[f"/{name}"][3]
    assert "upperdir=/root/var/lib/atomos/etc/upper" in rows["/etc"][3]
    assert {"atomos", "atomos-a", "atomos-data", "root"} <= set(said.split())
    # Given back at the prompt, and taken again.
    assert boot_blocks(scratch / "shared/started.raw", loop, mounts) == {STARTED}


def test_a_slot_that_is_not_as_it_was_installed_panics_and_costs_a_try(
    image: Path, tree: Path, disk: Path, tmp_path: Path, loop: LoopMaker, mounts: Mounts
) -> None:
    scratch = tmp_path / "scratch"
    line = command_line(image, root_hash="0" * 64)
    with started(scratch, disk, tree, line) as console:
        console.expect("Kernel panic - not syncing: dm-verity device .*corrupted", timeout=WITHIN)
    assert boot_blocks(scratch / "shared/started.raw", loop, mounts) == {STARTED}

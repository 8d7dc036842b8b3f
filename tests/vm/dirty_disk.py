"""The scenario ``dirty-disk``: RAID, LVM, LUKS, swap, BTRFS and ZFS on the disk, and in use."""

from pathlib import Path
from typing import Final

from tests import zfs_label
from tests.vm import booted_live, live
from tests.vm.machine import Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.secureboot import hash_of
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, ANSWERS, AT_LOGIN, HOSTNAME, walk_through

DIRT: Final = (
    "printf 'label: gpt\\nsize=1G\\nsize=1G\\nsize=1G\\nsize=1G\\nsize=1G\\nsize=1G\\n'"
    " | sfdisk -q /dev/vdb && udevadm settle",
    "mdadm -q --create /dev/md7 --run --level=1 --raid-devices=2 --assume-clean --metadata=1.0"
    " /dev/vdb1 /dev/vdb2",
    "pvcreate -qq /dev/md7 && vgcreate -qq old /dev/md7 && lvcreate -qq -y -L 300M -n root old"
    " && lvcreate -qq -y -L 300M -n swap old",
    "mkfs.ext4 -q /dev/old/root && mkdir -p /tmp/old && mount /dev/old/root /tmp/old",
    "mkswap -q /dev/old/swap && swapon /dev/old/swap",
    "printf secret | cryptsetup luksFormat -q --pbkdf-force-iterations 1000 --pbkdf pbkdf2"
    " /dev/vdb3 - && printf secret | cryptsetup open --key-file=- /dev/vdb3 oldcrypt"
    " && mkfs.ext4 -q /dev/mapper/oldcrypt && mkdir -p /tmp/crypt"
    " && mount /dev/mapper/oldcrypt /tmp/crypt",
    "mkfs.btrfs -q -L atomos-data /dev/vdb4 && mkdir -p /tmp/btrfs && mount /dev/vdb4 /tmp/btrfs",
    "mkswap -q /dev/vdb5 && swapon /dev/vdb5",
    "python3 /tmp/zfs_label.py /dev/vdb6",
)
NAMED: Final = (
    "/dev/vdb1 md7 (old-root (mounted on /tmp/old), old-swap (swap))",
    "/dev/vdb3 oldcrypt (mounted on /tmp/crypt)",
    "/dev/vdb4 mounted on /tmp/btrfs",
    "/dev/vdb5 swap",
)


def dirty_disk(stage: Stage) -> None:
    """The plan names every use before it is ended; of what was there nothing comes back."""
    hardware = booted_live.bring_back(stage)
    with serving(stage.folder) as own, serving(stage.release) as url:
        secret = f"password_hash: {hash_of(ADA.password)}"
        text = ANSWERS.format(url=url, hostname=HOSTNAME, secret=secret, more=AT_LOGIN)
        (stage.folder / "answers.yaml").write_text(text)
        with VirtualMachine(hardware, stage.folder) as machine:
            serial = machine.serial
            live.wake(serial)
            live.leave_to_shell(serial)
            live.write_file(serial, "/tmp/zfs_label.py", Path(zfs_label.__file__).read_text())
            live.write_file(serial, "/tmp/dirt", "set -e\n" + "\n".join(DIRT) + "\n")
            serial.output_of("sh /tmp/dirt 2>&1", within=300)
            assert "zfs_member" in serial.output_of("blkid -p /dev/vdb6")
            stage.say("the disk is full of old things, and most of them are in use")
            planned = serial.output_of(f"atomos-install plan --answers {own}/answers.yaml 2>&1")
            for use in NAMED:
                assert use in " ".join(planned.split()), f"{use!r} is not in the plan:\n{planned}"
            stage.say("the plan names each use")
            serial.type(f"atomos-install run --answers {own}/answers.yaml\r")
            live.follow_installation(serial, stage.say)
            serial.wait_for("# ", within=60, what="the shell's prompt")
            check_nothing_is_left(serial)
            stage.say("nothing of it is left")
            serial.type("systemctl poweroff\r")
            machine.wait_until_off(within=120)
    alone = Hardware(
        firmware=hardware.firmware, drives=hardware.drives[1:2], variables=hardware.variables
    )
    with VirtualMachine(alone, stage.folder) as machine:
        walk_through(stage, machine, None)
        check_nothing_is_left(machine.serial, disk="/dev/vda")


def check_nothing_is_left(serial: Serial, disk: str = "/dev/vdb") -> None:
    """No array, group, mapping or swap; no signature on the disk that is not the new system's."""
    assert serial.output_of("cat /proc/swaps | tail -n +2") == ""
    # Where no module for RAID is loaded there is no such file.
    assert serial.output_of("cat /proc/mdstat 2>/dev/null | grep ^md || true") == ""
    assert serial.output_of("ls /dev/mapper") == "control"
    arrays = serial.output_of("mdadm --examine --scan --config=none")
    assert arrays == "", f"remains of an array: {arrays}"
    groups = serial.output_of("vgs --noheadings -o vg_name 2>/dev/null")
    assert groups == "", f"remains of LVM: {groups}"
    found = serial.output_of(f"lsblk -nro PARTLABEL,FSTYPE {disk}").splitlines()
    kinds = {line.split(" ")[0]: line.split(" ")[1] for line in found if line.startswith("atomos")}
    assert kinds == {
        "atomos-bios": "",
        "atomos-esp": "vfat",
        "atomos-boot": "ext4",
        "atomos-a": "squashfs",
        "atomos-b": "squashfs",
        "atomos-recovery": "iso9660",
        "atomos-data": "btrfs",
    }, f"the disk holds {kinds}"
    for number in range(1, 8):
        signs = serial.output_of(f"wipefs -O TYPE --noheadings {disk}{number}").split()
        assert len(signs) <= 1 or set(signs) <= {"vfat", "dos", "iso9660", "gpt", "PMBR"}, signs

"""Every reason not to begin: each in its words, and all of them together."""

import dataclasses

import pytest

from installer.answers import Answers, DiskChoice, FirmwareWish, Source, User
from installer.answers_software import HomeManager, Software
from installer.contract import CommandLines, ImageKind
from installer.errors import Problem, Refused
from installer.hardware import Contents, Disk, Firmware, Machine, Medium, Partition
from installer.quantity import GIB, MIB
from installer.release import Release, ReleaseFile, Verity
from installer.secret import Secret
from tests.unit import samples
from tests.unit.samples import DISK, STICK, answers, contract, machine, release

THROUGH_A_TREE = CommandLines(plain="roothash={verity.root_hash}", encrypted="root=x")
BEHIND_THE_END = Verity(root_hash="0f" * 32, hash_offset_bytes=690 * MIB)


def problems(
    wanted: Answers | None = None,
    at: Machine | None = None,
    of: Release | Refused | None = None,
    *,
    unattended: bool = True,
) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        samples.plan(wanted=wanted, at=at, of=of, unattended=unattended)
    return refused.value.problems


def partition(path: str = "/dev/vda1", **changes: object) -> Partition:
    base = Partition(path=path, number=1, start_bytes=MIB, size_bytes=GIB)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def disk(**changes: object) -> Disk:
    return dataclasses.replace(DISK, **changes)  # type: ignore[arg-type]


def small_release() -> Release:
    image = dataclasses.replace(release().image, size_bytes=3 * GIB)
    return release(image=image)


TWIN = disk(path="/dev/vdb", ids=("virtio-twin",), serial="twin")
RECOVERY_MEDIUM = Medium(
    device="/dev/sda", in_ram=True, is_recovery=True, length_bytes=samples.LIVE.size_bytes
)

WITH_ANSWERS = disk(
    path="/dev/vdb", contents=Contents(kind="iso9660", label="ATOMOS-ANSWERS"), ids=(), serial="B"
)
ONE = [
    pytest.param(
        answers(disk=DiskChoice(path="/dev/vdz")), None, None,
        "There is no disk /dev/vdz.", "QEMU HARDDISK (/dev/vda)", id="no such path",
    ),
    pytest.param(
        answers(disk=DiskChoice(id="nvme-x")), None, None,
        "There is no disk /dev/disk/by-id/nvme-x.", "Attached are", id="no such id",
    ),
    pytest.param(
        answers(disk=DiskChoice(serial="x")), None, None,
        "There is no disk with the serial number x.", "Attached are", id="no such serial",
    ),
    pytest.param(
        answers(disk=DiskChoice(path="/dev/vda1")),
        machine(disk(partitions=(partition(),))), None,
        "/dev/vda1 is a partition, not a whole disk.", "/dev/vda.", id="partition",
    ),
    pytest.param(
        answers(disk=DiskChoice(model="QEMU HARDDISK")), machine(DISK, TWIN), None,
        "There are several disks of the model QEMU HARDDISK: QEMU HARDDISK (/dev/vda), "
        "QEMU HARDDISK (/dev/vdb).", "by its path", id="two of a model",
    ),
    pytest.param(
        answers(disk=DiskChoice(only=True)), machine(DISK, TWIN), None,
        "QEMU HARDDISK (/dev/vda), QEMU HARDDISK (/dev/vdb)", "by its path", id="two fit",
    ),
    pytest.param(
        answers(disk=DiskChoice(only=True)),
        machine(disk(size_bytes=8 * GIB), disk(path="/dev/vdb", read_only=True)), None,
        "No disk fits. USB Stick (/dev/sda): the live system was started from it; QEMU HARDDISK"
        " (/dev/vda): it has 8 GiB, less than 9.5 GiB; QEMU HARDDISK (/dev/vdb): it is read-only",
        "at least 9.5 GiB", id="none fits",
    ),
    pytest.param(
        answers(disk=DiskChoice(only=True)),
        machine(disk(size_bytes=8 * GIB), WITH_ANSWERS), None,
        "it has 8 GiB, less than 9.5 GiB; QEMU HARDDISK (/dev/vdb): the answers are on it",
        "at least 9.5 GiB", id="none but the stick with the answers fits",
    ),
    pytest.param(
        answers(disk=DiskChoice(only=True)), machine(DISK, disks=(), medium=None), None,
        "There is no disk at all.", "Attach a disk", id="no disk",
    ),
    pytest.param(
        answers(disk=DiskChoice(path="/dev/sda")),
        machine(dataclasses.replace(STICK, size_bytes=64 * GIB, uses=("mounted on /",)),
                disks=(dataclasses.replace(STICK, size_bytes=64 * GIB, uses=("mounted on /",)),)),
        None,
        "USB Stick (/dev/sda) cannot be used: the live system was started from it.",
        "another disk", id="live medium",
    ),
    pytest.param(
        None,
        machine(disk(uses=("multipath",), partitions=(
            partition(uses=("mounted on /mnt", "swap")),)), medium=None), None,
        "is in use: /dev/vda multipath; /dev/vda1 mounted on /mnt; /dev/vda1 swap.",
        "umount", id="in use on somebody's system",
    ),
    pytest.param(
        None,
        machine(disk(partitions=(partition(uses=("mounted on /",)),), carries_system=True),
                medium=None), None,
        "is in use: /dev/vda1 mounted on /.", "The system that runs here is on it: choose another",
        id="the system that runs",
    ),
    pytest.param(
        None, machine(disk(held=True)), None,
        "QEMU HARDDISK (/dev/vda) is held by a program that cannot be named.", "lsof", id="held",
    ),
    pytest.param(
        None, machine(disk(damaged=True)), None,
        "The start or the end of QEMU HARDDISK (/dev/vda) cannot be read.", "smartctl -a /dev/vda",
        id="damaged",
    ),
    pytest.param(
        answers(disk=DiskChoice(only=True)), machine(disk(damaged=True)), None,
        "QEMU HARDDISK (/dev/vda): its start or its end cannot be read", "Attach a disk",
        id="the only one is damaged",
    ),
    pytest.param(
        answers(firmware=FirmwareWish.UEFI), machine(firmware=Firmware.BIOS), None,
        "The answers ask for a machine that was started by UEFI, and this one was started by BIOS.",
        "firmware: any", id="asks for uefi",
    ),
    pytest.param(
        answers(firmware=FirmwareWish.BIOS), None, None,
        "a machine that was started by BIOS, and this one was started by UEFI.",
        "legacy or CSM", id="asks for bios",
    ),
    pytest.param(
        None, machine(disk(logical_sector_bytes=4096), firmware=Firmware.BIOS), None,
        "QEMU HARDDISK (/dev/vda) has sectors of 4096 bytes, and this machine was started by BIOS,"
        " which starts from sectors of 512 bytes only.",
        "to UEFI", id="bios and large sectors",
    ),
    pytest.param(
        answers(user=None), None, None, "There is no account to log in with.", "`user`",
        id="no account",
    ),
    pytest.param(
        None, machine(disk(read_only=True)), None,
        "QEMU HARDDISK (/dev/vda) is read-only.", "write-protect", id="read-only",
    ),
    pytest.param(
        None, machine(disk(size_bytes=9 * GIB)), None,
        "is too small by 515 MiB: it has 9 GiB, and 9.5 GiB are needed.",
        "recovery: false", id="too small",
    ),
    pytest.param(
        answers(recovery=False), machine(disk(size_bytes=7 * GIB)), None,
        "is too small by 515 MiB", "Choose a larger disk.", id="too small without recovery",
    ),
    pytest.param(
        None,
        machine(DISK, disk(path="/dev/vdb", model="Old", partitions=(
            partition("/dev/vdb1", label="atomos-data",
                      contents=Contents(kind="btrfs", label="atomos-data")),
            partition("/dev/vdb2", label="EFI", contents=Contents(kind="vfat", label="ATOMOS-ESP")),
        ))), None,
        "Old (/dev/vdb) carries the labels of another AtomOS: ATOMOS-ESP, atomos-data.",
        "Detach /dev/vdb", id="label collision",
    ),
    pytest.param(
        answers(wipe=False), None, None, "do not say that the disk may be erased",
        "wipe: true", id="no consent",
    ),
    pytest.param(
        None, machine(disk(partitions=(partition(label="atomos-a"),))), None,
        "QEMU HARDDISK (/dev/vda) already holds AtomOS.", "reinstall: true", id="reinstall",
    ),
    pytest.param(
        answers(source=Source(url="http://10.0.2.2/r")), None, None,
        "The release at http://10.0.2.2/r is unsigned", "allow_unsigned: true", id="unsigned",
    ),
    pytest.param(
        None, machine(architecture="arm64"), None,
        "The release is for x86-64, and this machine is arm64.", "another release",
        id="architecture",
    ),
    pytest.param(
        answers(slot_size="2 GiB"), None, small_release(),
        "The image is too big for its slot by 1024 MiB: it has 3 GiB, the slot 2 GiB.",
        "at least 3 GiB", id="image too big",
    ),
    pytest.param(
        answers(slot_size="800 MiB"), None, None,
        "The slots have 800 MiB, and AtomOS Debian asks for at least 1 GiB: 224 MiB more.",
        "at least 1 GiB", id="slot below minimum",
    ),
    pytest.param(
        answers(slot_size="2 GB"), None, None, "slot_size: '2 GB' is not a size", "",
        id="slot size",
    ),
    pytest.param(
        answers(locale="xx_YY.UTF-8"), None, None, "has no locale xx_YY.UTF-8",
        "C.UTF-8, en_US.UTF-8", id="locale",
    ),
    pytest.param(
        answers(software=Software(home_manager=HomeManager.DEFERRED)), None, None,
        "AtomOS Debian does not set up homes by home-manager", 'home_manager: "off"', id="home",
    ),
    pytest.param(
        answers(software=Software(home_manager=HomeManager.NOW)), None, None,
        "AtomOS Debian does not set up homes by home-manager", 'home_manager: "off"', id="home now",
    ),
    pytest.param(
        answers(software=Software(flatpaks=("org.example.App",))), None, None,
        "AtomOS Debian has no flatpak", "Leave out `flatpaks`", id="flatpak",
    ),
    pytest.param(
        None, machine(secure_boot=True), release(contract=contract(secure_boot=False)),
        "Secure Boot is on, and the kernel of AtomOS Debian is not signed", "Switch Secure Boot",
        id="secure boot",
    ),
    pytest.param(
        None, machine(secure_boot=True),
        release(live_contract=dataclasses.replace(samples.live_contract(), secure_boot=False)),
        "Secure Boot is on, and the kernel of AtomOS live, which becomes Recovery, is not signed",
        "recovery: false", id="secure boot of recovery",
    ),
    pytest.param(None, machine(root=False), None, "rights of root", "sudo", id="root"),
    pytest.param(
        None, machine(missing_tools=("sfdisk", "mkfs.vfat")), None,
        "These tools are missing: sfdisk, mkfs.vfat.", "Install them", id="tools",
    ),
    pytest.param(
        None, machine(missing_files=("/usr/lib/shim/shimx64.efi.signed",)), None,
        "This live system lacks what machines start from: /usr/lib/shim/shimx64.efi.signed.",
        "AtomOS live medium", id="loaders",
    ),
    pytest.param(
        None, machine(medium=RECOVERY_MEDIUM), None,
        "This is Recovery, which never acts on unattended answers.", "without answers",
        id="recovery unattended",
    ),
    pytest.param(
        None, None, release(contract=contract(kind=ImageKind.LIVE)),
        "is a live image, not a system", "another release", id="live image",
    ),
    pytest.param(
        None, None, release(contract=contract(command_lines=CommandLines(encrypted="root=x"))),
        "cannot be started from a plain partition", "another release", id="no command line",
    ),
    pytest.param(
        None, None, release(contract=contract(command_lines=THROUGH_A_TREE)),
        "AtomOS Debian is checked while it runs (dm-verity), and the release lacks what that is"
        " checked against: atomos_0.1.0_x86-64.roothash beside atomos_0.1.0_x86-64.squashfs.",
        "another release", id="no root hash",
    ),
    pytest.param(
        None, None,
        release(contract=contract(command_lines=THROUGH_A_TREE), verity=BEHIND_THE_END),
        "atomos_0.1.0_x86-64.roothash is of another image", "another release", id="other tree",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "at", "of", "what", "way_out"), ONE)
def test_one_thing_is_wrong(
    wanted: Answers | None, at: Machine | None, of: Release | None, what: str, way_out: str
) -> None:
    (problem,) = problems(wanted, at, of)
    assert what in problem.what
    assert way_out in problem.way_out


def test_recovery_may_be_answered_by_a_person() -> None:
    assert samples.plan(at=machine(medium=RECOVERY_MEDIUM), unattended=False).operations


def test_a_disk_with_atomos_is_taken_with_consent_to_it() -> None:
    held = disk(partitions=(partition(label="atomos-a"),))
    assert samples.plan(wanted=answers(reinstall=True), at=machine(held)).operations


def test_without_recovery_its_kernel_does_not_count() -> None:
    unsigned = dataclasses.replace(samples.live_contract(), secure_boot=False)
    of = release(live_contract=unsigned)
    assert samples.plan(wanted=answers(recovery=False), at=machine(secure_boot=True), of=of)
    assert samples.plan(at=machine(secure_boot=False), of=of)


def test_labels_of_the_target_itself_do_not_collide() -> None:
    held = disk(
        partitions=(
            partition(label="atomos-boot", contents=Contents(kind="ext4", label="atomos-boot")),
        )
    )
    assert samples.plan(at=machine(held)).operations


def test_a_stick_with_answers_does_not_collide() -> None:
    stick = disk(path="/dev/vdb", contents=Contents(kind="vfat", label="ATOMOS-ANSWERS"))
    assert samples.plan(at=machine(DISK, stick)).operations


@pytest.mark.parametrize(
    "stick",
    [
        WITH_ANSWERS,
        disk(
            path="/dev/vdb",
            partitions=(
                partition("/dev/vdb1", label="ATOMOS-ANSWERS", contents=Contents(kind="vfat")),
            ),
        ),
        disk(
            path="/dev/vdb",
            partitions=(
                partition("/dev/vdb1", contents=Contents(kind="ext4", label="ATOMOS-ANSWERS")),
            ),
        ),
    ],
    ids=["whole", "name of a partition", "label in a partition"],
)
def test_the_stick_with_the_answers_is_a_target_for_whoever_names_it_only(stick: Disk) -> None:
    wanted = answers(disk=DiskChoice(only=True))
    assert samples.plan(wanted=wanted, at=machine(DISK, stick)).disk == DISK
    named = answers(disk=DiskChoice(path="/dev/vdb"))
    assert samples.plan(wanted=named, at=machine(DISK, stick)).disk == stick


def test_a_disk_of_4096_byte_sectors_is_fine() -> None:
    assert samples.plan(at=machine(disk(logical_sector_bytes=4096))).operations


@pytest.mark.parametrize(
    "choice",
    [
        DiskChoice(path="/dev/vda"),
        DiskChoice(path="/dev/disk/by-id/virtio-atomos-target"),
        DiskChoice(id="virtio-atomos-target"),
        DiskChoice(serial="atomos-target"),
        DiskChoice(model="QEMU HARDDISK"),
        DiskChoice(only=True),
    ],
)
def test_every_way_to_name_the_disk_finds_it(choice: DiskChoice) -> None:
    assert samples.plan(wanted=answers(disk=choice)).disk == DISK


def test_what_is_not_used_is_not_missed() -> None:
    of = release(contract=contract(command_lines=THROUGH_A_TREE))
    assert samples.plan(wanted=samples.encrypted(), of=of).operations
    assert samples.plan(of=release(verity=BEHIND_THE_END)).operations


def test_all_problems_are_told_together() -> None:
    wanted = answers(
        wipe=False,
        locale="xx",
        firmware=FirmwareWish.UEFI,
        source=Source(url="http://10.0.2.2/r"),
        slot_size="700 MiB",
    )
    bad = disk(
        size_bytes=GIB,
        held=True,
        damaged=True,
        read_only=True,
        partitions=(partition(label="atomos-a", uses=("swap",)),),
    )
    other = disk(path="/dev/vdb", partitions=(partition("/dev/vdb1", label="atomos-b"),))
    at = machine(
        bad,
        other,
        architecture="arm64",
        firmware=Firmware.BIOS,
        secure_boot=True,
        root=False,
        missing_tools=("sfdisk",),
        medium=RECOVERY_MEDIUM,
    )
    of = release(
        contract=contract(secure_boot=False),
        image=ReleaseFile(url="http://10.0.2.2/i", size_bytes=GIB, sha256="a" * 64),
    )
    told = " ".join(problem.what for problem in problems(wanted, at, of))
    for words in (
        "rights of root",
        "tools are missing",
        "started by UEFI",
        "never acts on unattended",
        "held by a program",
        "cannot be read",
        "read-only",
        "too small",
        "already holds AtomOS",
        "labels of another AtomOS",
        "may be erased",
        "unsigned",
        "this machine is arm64",
        "Secure Boot is on",
        "no locale xx",
        "too big for its slot",
        "asks for at least",
    ):
        assert words in told


def test_problems_of_the_release_join_the_others() -> None:
    gone = Refused.because("404 for http://10.0.2.2/r/SHA256SUMS.", "Check the address.")
    found = problems(answers(wipe=False), machine(disk(read_only=True)), gone)
    assert [each.what.split()[0] for each in found] == ["QEMU", "The", "404"]


def test_without_a_release_the_disk_is_judged_by_the_usual_sizes() -> None:
    gone = Refused.because("gone.", "")
    found = problems(None, machine(disk(size_bytes=2 * GIB)), gone)
    assert "too small" in found[0].what


def test_a_wrong_user_is_the_loader_s_matter_and_no_secret_is_told() -> None:
    found = problems(answers(wipe=False, user=User(name="ada", password=Secret(samples.SECRET))))
    assert samples.SECRET not in repr(found)

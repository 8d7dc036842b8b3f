"""Plans that encrypt, that keep something, that come from Recovery: what is in them, in words."""

import dataclasses

import pytest

from installer.answers import Answers, Keep, LayoutKind, User
from installer.describe import describe_plan
from installer.hardware import Contents, Disk, Firmware, Machine, Medium, Partition
from installer.layout import Role
from installer.machinery import Volume
from installer.operations.boot import InstallBiosCore, InstallLoaders, WriteMenu
from installer.operations.free_disk import FreeDisk
from installer.operations.luks import MakeLuks, OpenLuks
from installer.operations.recovery import WriteRecovery
from installer.operations.system import AddUser, SetUp
from installer.quantity import GIB, MIB
from installer.release import Release
from installer.secret import Secret
from installer.session import Plan
from tests.unit import samples
from tests.unit.samples import (
    DISK,
    LIVE,
    PASSPHRASE,
    contract,
    encrypted,
    installation,
    installed,
    keeping,
    machine,
    release,
)

LUKS_UUID = "77777777-7777-4777-8777-777777777777"
PLAIN, LOCKED = installed(), installed(LayoutKind.ENCRYPTED)


def kept(
    disk: Disk = PLAIN,
    wanted: Answers | None = None,
    at: Machine | None = None,
    of: Release | None = None,
    **found: object,
) -> Plan:
    locked = disk.partitions[-1].label == Role.LUKS.value
    return samples.plan(
        wanted=wanted or keeping(passphrase=Secret(PASSPHRASE) if locked else None),
        at=at or machine(disk),
        of=of,
        found=installation(luks_uuid=LUKS_UUID if locked else None, **found),
        unattended=False,
    )


def from_recovery(disk: Disk) -> Machine:
    part = next(each for each in disk.partitions if each.label == "atomos-recovery")
    medium = Medium(device=part.path, in_ram=True, is_recovery=True, length_bytes=LIVE.size_bytes)
    return machine(disks=(disk,), medium=medium)


def ids(plan: Plan) -> list[str]:
    return [each.id for each in plan.operations]


def menu_of(plan: Plan) -> str:
    return next(each.menu for each in plan.operations if isinstance(each, WriteMenu))


def test_each_slot_starts_from_its_volume_by_one_container() -> None:
    text = menu_of(samples.plan(wanted=encrypted(keymap="gb")))
    for folder in ("a", "b"):
        assert (
            f"linux ($atomos_boot)/{folder}/vmlinuz root=/dev/atomos/{folder}"
            f" rd.luks.name={samples.IDENTIFIERS.luks_uuid}=atomos rd.lvm.vg=atomos"
            f" rd.vconsole.keymap=uk atomos.slot={folder} $atomos_reset\n"
        ) in text


def test_a_kept_container_keeps_its_uuid_and_its_keyboard_in_the_menu() -> None:
    plan = kept(LOCKED)
    assert f"rd.luks.name={LUKS_UUID}=atomos" in menu_of(plan)
    assert "rd.vconsole.keymap=de" in menu_of(plan)
    opened = next(each for each in plan.operations if isinstance(each, OpenLuks))
    assert opened.uuid == LUKS_UUID


def test_the_volumes_are_whole_extents_and_the_data_have_the_rest() -> None:
    plan = samples.plan(wanted=encrypted(slot_size="2049 MiB"))
    assert plan.volumes == (
        Volume(name="a", size_bytes=2052 * MIB),
        Volume(name="b", size_bytes=2052 * MIB),
        Volume(name="data", size_bytes=None),
    )
    assert samples.plan().volumes == ()


@pytest.mark.parametrize(
    ("memory", "kib"),
    [(512 * MIB, 128 << 10), (2 * GIB, 512 << 10), (4 * GIB, 1 << 20), (64 * GIB, 1 << 20),
     (2 * GIB - 3, 511 << 10)],
)  # fmt: skip
def test_argon2id_takes_what_fits_the_machine(memory: int, kib: int) -> None:
    plan = samples.plan(wanted=encrypted(), at=machine(memory_bytes=memory))
    made = next(each for each in plan.operations if isinstance(each, MakeLuks))
    assert made.memory_kib == kib


@pytest.mark.parametrize("discards", [True, False])
def test_discards_pass_through_where_the_disk_takes_them(discards: bool) -> None:
    disk = dataclasses.replace(DISK, discards=discards)
    plan = samples.plan(wanted=encrypted(), at=machine(disk))
    made = next(each for each in plan.operations if isinstance(each, MakeLuks))
    assert made.discards is discards


def test_every_use_is_named_before_it_is_ended() -> None:
    part = Partition(
        path="/dev/vda1", number=1, start_bytes=MIB, size_bytes=GIB, uses=("md127", "swap")
    )
    disk = dataclasses.replace(DISK, uses=("multipath",), partitions=(part,))
    plan = samples.plan(at=machine(disk))
    assert isinstance(plan.operations[0], FreeDisk)
    assert plan.operations[0].sentence() == (
        "End what uses /dev/vda: /dev/vda multipath; /dev/vda1 md127; /dev/vda1 swap"
    )
    assert plan.digest != samples.plan().digest
    assert "free-disk" not in ids(samples.plan())


@pytest.mark.parametrize("firmware", list(Firmware))
def test_both_firmwares_find_what_they_start_from(firmware: Firmware) -> None:
    plan = samples.plan(at=machine(firmware=firmware))
    core = next(each for each in plan.operations if isinstance(each, InstallBiosCore))
    loaders = next(each for each in plan.operations if isinstance(each, InstallLoaders))
    assert (core.bios, core.boot, core.stub) == ("/dev/vda1", "/dev/vda3", loaders.stub)
    assert loaders.has_nvram is (firmware is Firmware.UEFI)


def test_large_sectors_start_by_uefi_only_and_the_plan_says_so() -> None:
    disk = dataclasses.replace(DISK, logical_sector_bytes=4096)
    plan = samples.plan(at=machine(disk))
    assert "bios-core" not in ids(plan)
    assert "sectors of 4096 bytes: it will start on UEFI machines only" in plan.notices[-1]


def test_a_passphrase_outside_ascii_is_warned_about() -> None:
    plan = samples.plan(wanted=encrypted(passphrase=Secret("schön")))
    assert any("outside ASCII" in notice for notice in plan.notices)
    assert not any("schön" in notice for notice in plan.notices)
    assert not any("ASCII" in notice for notice in samples.plan(wanted=encrypted()).notices)


def test_a_prompt_whose_keyboard_cannot_be_set_is_told() -> None:
    lines = dataclasses.replace(contract().command_lines, keymap="")
    of = release(contract=contract(command_lines=lines))
    told = samples.plan(wanted=encrypted(keymap="de"), of=of).notices
    assert "keyboard layout us, not de" in told[-1]
    assert len(samples.plan(wanted=encrypted(), of=of).notices) == len(told) - 1


def test_what_is_kept_and_what_goes() -> None:
    plan = kept()
    assert plan.kept == (
        "the partition table of QEMU HARDDISK (/dev/vda)",
        "@home, @nix, @snapshots on /dev/vda7, as they are",
        "of @var: the accounts (ada, bob), host keys, machine-id and settings",
    )
    assert plan.destroys == (
        '/dev/vda2 512 MiB vfat "ATOMOS-ESP"',
        '/dev/vda3 1 GiB ext4 "atomos-boot"',
        "the systems in Root A (/dev/vda4) and Root B (/dev/vda5)",
        '/dev/vda6 2 GiB "atomos-recovery"',
        "all else of @var on /dev/vda7: logs, caches, what services stored, and other changes of"
        " /etc",
    )


def test_with_var_and_in_a_container_less_goes() -> None:
    plan = kept(LOCKED, keeping(keep=Keep.DATA_AND_VAR, passphrase=Secret(PASSPHRASE)))
    assert plan.kept == (
        "the partition table of QEMU HARDDISK (/dev/vda)",
        "the encryption of /dev/vda5, with its passphrases",
        "@home, @nix, @snapshots on /dev/atomos/data, as they are",
        "@var on /dev/atomos/data, with what it lacks of the image's own /var added",
        "the accounts (ada, bob)",
    )
    assert plan.destroys[2:] == (
        "the systems in Root A (/dev/atomos/a) and Root B (/dev/atomos/b)",
        '/dev/vda4 2 GiB "atomos-recovery"',
    )


@pytest.mark.parametrize("keep", [Keep.DATA, Keep.DATA_AND_VAR])
def test_no_accounts_are_none_to_keep(keep: Keep) -> None:
    user = User(name="eve", password=Secret("x"))
    told = kept(PLAIN, keeping(keep=keep, user=user), accounts=()).kept
    assert told[1] == "@home, @nix, @snapshots on /dev/vda7, as they are"
    assert "account" not in " ".join(told)
    assert "()" not in " ".join(told)


def test_partitions_of_others_stay_and_are_named() -> None:
    other = Partition(
        path="/dev/vda9",
        number=9,
        start_bytes=15 * GIB,
        size_bytes=MIB,
        contents=Contents(kind="ext4", label="games"),
    )
    disk = dataclasses.replace(PLAIN, partitions=(*PLAIN.partitions, other))
    assert kept(disk).kept[1] == '/dev/vda9 1 MiB ext4 "games"'


def test_partition_numbers_are_the_disk_s() -> None:
    parts = tuple(
        dataclasses.replace(part, path=f"/dev/vda{part.number + 4}", number=part.number + 4)
        for part in PLAIN.partitions
    )
    plan = kept(dataclasses.replace(PLAIN, partitions=parts))
    assert plan.operations[-1].device == "/dev/vda11"
    assert "linux ($atomos_disk,gpt10)/live/vmlinuz" in menu_of(plan)
    loaders = next(each for each in plan.operations if isinstance(each, InstallLoaders))
    assert loaders.partition_number == 6
    assert '--hint="$atomos_disk,gpt7"' in loaders.stub


def test_slots_are_found_by_the_guids_that_stay() -> None:
    guid = PLAIN.partitions[3].guid
    assert f"root=PARTUUID={guid} " in menu_of(kept())


def test_settings_that_are_not_asked_for_stay_and_nothing_is_written_for_them() -> None:
    assert not {"account", "settings"} & set(ids(kept()))


def test_settings_that_are_asked_for_join_those_that_stay() -> None:
    user = User(name="eve", password=Secret("x"))
    plan = kept(PLAIN, keeping(timezone="UTC", user=user))
    settings = next(each.settings for each in plan.operations if isinstance(each, SetUp))
    assert dataclasses.astuple(settings) == (
        "old-box", "en_US.UTF-8", "de", "UTC", "5" * 32, ("hostname", "locale", "keymap")
    )  # fmt: skip
    sentence = next(each.sentence() for each in plan.operations if isinstance(each, SetUp))
    assert sentence == "Set time zone UTC"
    assert next(each.user for each in plan.operations if isinstance(each, AddUser)) == user


def test_settings_that_cannot_be_ours_are_not_taken_over() -> None:
    strange = dataclasses.replace(
        installation().settings, hostname="a_b", locale="", keymap="us,ru", timezone="../x"
    )
    plan = kept(PLAIN, keeping(timezone="UTC"), settings=strange)
    settings = next(each.settings for each in plan.operations if isinstance(each, SetUp))
    assert dataclasses.astuple(settings)[:4] == ("atomos", "C.UTF-8", "us", "UTC")


def test_a_kept_locale_that_the_image_lacks_is_told() -> None:
    settings = dataclasses.replace(installation().settings, locale="de_AT.UTF-8")
    told = kept(settings=settings).notices[-1]
    assert "The locale de_AT.UTF-8 is kept, and AtomOS Debian does not have it" in told


def test_a_slot_size_does_not_count_where_slots_stay() -> None:
    told = kept(PLAIN, keeping(slot_size="3 GiB")).notices[-1]
    assert "`slot_size` does not count" in told


def test_what_the_look_found_is_part_of_the_plan() -> None:
    assert kept().digest != kept(accounts=("ada",)).digest


def test_another_stick_behind_the_same_path_makes_another_plan() -> None:
    wanted = encrypted(header_backup="/dev/sdb1")
    sticks = [
        dataclasses.replace(
            samples.STICK,
            path="/dev/sdb",
            serial=serial,
            partitions=(samples.stick_partition("/dev/sdb1"),),
        )
        for serial in ("mine", "yours")
    ]
    mine, yours = (samples.plan(wanted=wanted, at=machine(DISK, stick)) for stick in sticks)
    assert mine.digest != yours.digest


def test_var_renewed_and_var_kept_are_two_plans() -> None:
    assert kept().digest != kept(PLAIN, keeping(keep=Keep.DATA_AND_VAR)).digest


RECOVERY_STAYS = [
    pytest.param(
        kept(at=from_recovery(PLAIN)),
        "Recovery stays as it is: this live system came from it.", True, id="came from it",
    ),
    pytest.param(
        kept(of=release(live=dataclasses.replace(LIVE, size_bytes=2 * GIB + 1))),
        "Recovery stays as it is: its partition is too small for the new one by 1 MiB.", True,
        id="too small",
    ),
    pytest.param(
        kept(installed(recovery=False)),
        "There will be no Recovery: QEMU HARDDISK (/dev/vda) has no partition for it, and its table"
        " stays.", False, id="no partition",
    ),
    pytest.param(
        kept(of=release(live=None, live_contract=None)),
        "Recovery stays on QEMU HARDDISK (/dev/vda), but not in its start menu: the release at"
        " http://10.0.2.2/r has no live image that says how it is started.", False, id="unknown",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "notice", "in_menu"), RECOVERY_STAYS)
def test_a_recovery_that_is_not_written_is_told_with_the_reason(
    plan: Plan, notice: str, in_menu: bool
) -> None:
    assert "recovery" not in ids(plan)
    assert notice in plan.notices
    assert ('menuentry "Recovery"' in menu_of(plan)) is in_menu
    here = any("atomos-recovery" in stays for stays in plan.kept)
    assert here is (plan.table.find(Role.RECOVERY) is not None)


def test_a_recovery_that_is_not_wished_for_stays_without_a_word() -> None:
    plan = kept(PLAIN, keeping(recovery=False))
    assert "recovery" not in ids(plan)
    assert not any("Recovery" in notice for notice in plan.notices)
    assert 'menuentry "Recovery"' in menu_of(plan)


def test_recovery_is_renewed_where_there_is_room() -> None:
    written = next(each for each in kept().operations if isinstance(each, WriteRecovery))
    assert (written.partition, written.medium) == ("/dev/vda6", "/dev/sda")


def test_from_recovery_everything_but_table_and_recovery_goes() -> None:
    plan = samples.plan(
        wanted=samples.answers(reinstall=True), at=from_recovery(PLAIN), unattended=False
    )
    assert ids(plan)[:4] == ["partition-table", "esp", "boot-filesystem", "data-filesystem"]
    assert plan.kept == (
        "the partition table of QEMU HARDDISK (/dev/vda)",
        '/dev/vda6 2 GiB "atomos-recovery"',
    )
    assert '/dev/vda7 8.5 GiB btrfs "atomos-data"' in plan.destroys
    assert plan.table.disk_guid is None
    assert not any("everything on" in lost for lost in plan.destroys)


def test_from_recovery_a_container_is_made_anew_inside_its_partition() -> None:
    plan = samples.plan(
        wanted=encrypted(reinstall=True, slot_size="2560 MiB"),
        at=from_recovery(LOCKED),
        unattended=False,
    )
    assert ids(plan)[:4] == ["partition-table", "esp", "boot-filesystem", "luks"]
    assert plan.volumes[0].size_bytes == 2560 * MIB
    assert '/dev/vda5 12.5 GiB crypto_LUKS "atomos-luks"' in plan.destroys
    assert not any("slot_size" in notice for notice in plan.notices)


def test_from_recovery_data_are_kept() -> None:
    plan = kept(LOCKED, at=from_recovery(LOCKED))
    assert "data-filesystem" not in ids(plan)
    assert "system-tree" in ids(plan)
    assert '/dev/vda4 2 GiB "atomos-recovery"' in plan.kept


def test_another_disk_from_recovery_gets_a_table_of_its_own() -> None:
    home = dataclasses.replace(DISK, path="/dev/vdb", partitions=())
    medium = Medium(device="/dev/vdb", in_ram=True, is_recovery=True, length_bytes=LIVE.size_bytes)
    plan = samples.plan(at=machine(DISK, home, medium=medium), unattended=False)
    assert plan.table.disk_guid == samples.IDENTIFIERS.disk_guid


def test_data_that_nobody_has_looked_at_are_never_planned_with() -> None:
    with pytest.raises(ValueError, match="looked at"):
        samples.plan(wanted=keeping(), at=machine(PLAIN), found=None)


def test_the_text_of_a_plan_that_keeps_says_what_stays() -> None:
    text = describe_plan(kept(LOCKED))
    assert "\nWill stay:\n  - the partition table of QEMU HARDDISK (/dev/vda)\n" in text
    assert "  - @home, @nix, @snapshots on /dev/atomos/data, as they are\n" in text
    assert "Will stay:" not in describe_plan(samples.plan())


def test_the_text_of_an_encrypted_plan_shows_the_volumes_below_their_partition() -> None:
    lines = describe_plan(samples.plan(wanted=encrypted())).splitlines()
    place = next(number for number, line in enumerate(lines) if "atomos-luks" in line)
    assert lines[place : place + 4] == [
        "  /dev/vda5        12.5 GiB  LUKS2     atomos-luks      all below, encrypted",
        "  /dev/atomos/a       2 GiB  SquashFS  -                Root A, the system",
        "  /dev/atomos/b       2 GiB  SquashFS  -                Root B, the same again",
        "  /dev/atomos/data the rest  BTRFS     atomos-data      your files and settings",
    ]
    assert max(map(len, lines)) <= 80

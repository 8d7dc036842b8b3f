"""What a plan consists of, and that the same arguments make the same plan."""

import dataclasses
from typing import Any

import pytest

from installer.answers import Keep, LayoutKind, User
from installer.answers_software import FLATHUB, HomeManager, Software
from installer.contract import CommandLines
from installer.errors import Refused
from installer.hardware import Contents, Partition
from installer.layout import Role
from installer.operations.boot import InstallLoaders, WriteMenu
from installer.operations.home_now import SetUpHome
from installer.operations.later import AskForFlatpaks, AskForHome
from installer.operations.recovery import WriteRecovery
from installer.operations.slots import WriteSlots
from installer.operations.system import SetUp
from installer.quantity import GIB, MIB
from installer.release import Verity
from installer.secret import Secret
from installer.session import Plan
from tests.unit import samples
from tests.unit.samples import (
    DISK,
    LIVE,
    STICK,
    answers,
    contract,
    encrypted,
    installation,
    installed,
    keeping,
    machine,
    release,
)


def menu_of(plan: Plan) -> str:
    return next(each.menu for each in plan.operations if isinstance(each, WriteMenu))


def recovery_of(plan: Plan) -> WriteRecovery | None:
    return next((each for each in plan.operations if isinstance(each, WriteRecovery)), None)


PLANS = (
    samples.plan(),
    samples.plan(
        wanted=encrypted(
            recovery_key=Secret("c-b-d-e"), header_backup="/dev/sdb1", hostname="new-box"
        ),
        at=machine(
            dataclasses.replace(DISK, uses=("swap",)),
            dataclasses.replace(
                STICK, path="/dev/sdb", partitions=(samples.stick_partition("/dev/sdb1"),)
            ),
        ),
    ),
    samples.plan(wanted=keeping(), at=machine(installed()), found=installation()),
    samples.plan(
        wanted=keeping(
            keep=Keep.DATA_AND_VAR,
            passphrase=Secret(samples.PASSPHRASE),
            user=User(name="eve", password=Secret("x")),
            timezone="UTC",
        ),
        at=machine(installed(LayoutKind.ENCRYPTED)),
        found=installation(luks_uuid="77777777-7777-4777-8777-777777777777"),
    ),
)


def test_the_same_arguments_make_the_same_plan() -> None:
    assert samples.plan() == samples.plan()
    assert samples.plan().digest == samples.plan().digest


def test_other_identifiers_make_another_digest() -> None:
    other = dataclasses.replace(samples.IDENTIFIERS, boot_uuid=samples.IDENTIFIERS.data_uuid)
    assert samples.plan(identifiers=other).digest != samples.plan().digest


@pytest.mark.parametrize(
    "change", [{"model": "Backup Drive"}, {"serial": "S2"}, {"size_bytes": 17 * GIB}]
)
def test_another_disk_behind_the_same_path_makes_another_digest(change: dict[str, Any]) -> None:
    other = dataclasses.replace(DISK, **change)
    assert samples.plan(at=machine(other)).digest != samples.plan().digest


def test_the_digest_is_no_oracle_for_the_password() -> None:
    other = answers(user=User(name="ada", password=Secret("else")))
    assert samples.plan(wanted=other).digest == samples.plan().digest


@pytest.mark.parametrize("plan", PLANS)
def test_every_operation_comes_after_what_it_needs(plan: Plan) -> None:
    ids = [operation.id for operation in plan.operations]
    assert len(set(ids)) == len(ids)
    for place, operation in enumerate(plan.operations):
        assert set(operation.needs) & set(ids) <= set(ids[:place]), operation.id


@pytest.mark.parametrize("plan", PLANS)
def test_every_need_is_an_operation_of_some_plan(plan: Plan) -> None:
    known = {operation.id for each in PLANS for operation in each.operations}
    assert {need for operation in plan.operations for need in operation.needs} <= known


@pytest.mark.parametrize("plan", PLANS)
def test_every_operation_has_a_sentence_a_device_and_a_way_out(plan: Plan) -> None:
    for operation in plan.operations:
        assert operation.sentence()[0].isupper()
        assert operation.device.startswith(
            ("/dev/vda", "/dev/atomos/", "/dev/mapper/", "/dev/sdb1")
        )
        assert operation.way_out().endswith(".")


def test_the_table_is_that_of_the_design() -> None:
    table = samples.plan().table
    sizes = {part.role: part.size_bytes for part in table.partitions}
    assert list(sizes) == [role for role in Role if role is not Role.LUKS]
    assert sizes[Role.ESP] == 512 * MIB
    assert sizes[Role.SLOT_A] == sizes[Role.SLOT_B] == 2 * GIB
    assert sizes[Role.RECOVERY] == 2 * GIB
    guids = samples.IDENTIFIERS.partition_guids
    assert [part.guid for part in table.partitions] == [
        guids[part.role] for part in table.partitions
    ]


def test_an_image_that_needs_more_gets_a_larger_slot() -> None:
    image = dataclasses.replace(release().image, size_bytes=2 * GIB)
    table = samples.plan(of=release(image=image)).table
    assert table.part(Role.SLOT_A).size_bytes == 2560 * MIB


def test_a_live_image_above_2_gib_gets_a_larger_recovery_partition() -> None:
    live = dataclasses.replace(LIVE, size_bytes=2 * GIB + 1)
    table = samples.plan(of=release(live=live)).table
    assert table.part(Role.RECOVERY).size_bytes == 2 * GIB + MIB


def test_bytes_to_write_are_both_slots_and_recovery() -> None:
    assert samples.plan().writes_bytes == (2 * 690 + 900) * MIB


def test_what_is_lost_is_named() -> None:
    held = dataclasses.replace(
        DISK,
        partitions=(
            Partition(
                path="/dev/vda1",
                number=1,
                start_bytes=MIB,
                size_bytes=GIB,
                contents=Contents(kind="ntfs", label="Windows"),
            ),
        ),
    )
    assert samples.plan(at=machine(held)).destroys == (
        "everything on QEMU HARDDISK (/dev/vda), 16 GiB",
        '/dev/vda1 1 GiB ntfs "Windows"',
    )


def test_an_unsigned_release_is_told_in_capitals() -> None:
    assert samples.plan().notices == (
        "UNSIGNED: nobody has vouched for the release at http://10.0.2.2/r.",
    )
    assert samples.plan(of=release(signed_by="somebody")).notices == ()


def test_recovery_is_copied_from_the_medium_of_the_same_length() -> None:
    found = recovery_of(samples.plan())
    assert found is not None
    assert found.medium == "/dev/sda"
    assert found.image == LIVE


@pytest.mark.parametrize("length", [None, LIVE.size_bytes - 1])
def test_recovery_is_fetched_when_the_medium_is_another_or_gone(length: int | None) -> None:
    medium = machine().medium
    assert medium is not None
    at = machine(medium=dataclasses.replace(medium, length_bytes=length))
    found = recovery_of(samples.plan(at=at))
    assert found is not None
    assert found.medium is None


def test_without_a_live_image_there_is_no_recovery_and_a_notice() -> None:
    plan = samples.plan(of=release(live=None, live_contract=None))
    assert recovery_of(plan) is None
    assert plan.table.find(Role.RECOVERY) is None
    assert "There will be no Recovery" in plan.notices[-1]
    assert 'menuentry "Recovery"' not in menu_of(plan)


def test_no_recovery_when_the_answers_want_none_and_no_word_about_it() -> None:
    plan = samples.plan(wanted=answers(recovery=False))
    assert recovery_of(plan) is None
    assert not any("Recovery" in notice for notice in plan.notices)


def test_each_entry_names_its_own_partition() -> None:
    at = machine(serial_console="ttyS0,115200")
    wanted = answers(keymap="gb", kernel_arguments=("mitigations=auto", "x=$y"))
    text = menu_of(samples.plan(wanted=wanted, at=at))
    guids = samples.IDENTIFIERS.partition_guids
    tail = "rd.vconsole.keymap=uk console=tty0 console=ttyS0,115200"
    for folder, role in (("a", Role.SLOT_A), ("b", Role.SLOT_B)):
        assert (
            f"linux ($atomos_boot)/{folder}/vmlinuz root=PARTUUID={guids[role]}"
            f" rootfstype=squashfs ro quiet {tail} mitigations=auto 'x=$y'"
            f" atomos.slot={folder} $atomos_reset\n"
        ) in text
    assert (
        "linux ($atomos_disk,gpt6)/live/vmlinuz"
        f" atomos.recovery=PARTUUID={guids[Role.RECOVERY]} quiet {tail}\n"
    ) in text


@pytest.mark.parametrize("layout", list(LayoutKind))
def test_a_slot_is_started_through_its_hash_tree(layout: LayoutKind) -> None:
    template = "roothash={verity.root_hash} verity={slot.device},{verity.hash_offset}"
    of = release(
        contract=contract(command_lines=CommandLines(plain=template, encrypted=template)),
        verity=Verity(root_hash="0f" * 32, hash_offset_bytes=8192),
    )
    wanted = encrypted() if layout is LayoutKind.ENCRYPTED else answers()
    text = menu_of(samples.plan(wanted=wanted, of=of))
    for folder, role in (("a", Role.SLOT_A), ("b", Role.SLOT_B)):
        device = f"/dev/disk/by-partuuid/{samples.IDENTIFIERS.partition_guids[role]}"
        if layout is LayoutKind.ENCRYPTED:
            device = f"/dev/atomos/{folder}"
        assert f"/{folder}/vmlinuz roothash={'0f' * 32} verity={device},8192 " in text


def test_partuuids_are_in_lower_case() -> None:
    guids = {role: guid.upper() for role, guid in samples.IDENTIFIERS.partition_guids.items()}
    guids[Role.SLOT_A] = "ABCDEF00-0000-4000-8000-000000000000"
    loud = dataclasses.replace(samples.IDENTIFIERS, partition_guids=guids)
    assert "PARTUUID=abcdef00-" in menu_of(samples.plan(identifiers=loud))


def test_the_stub_looks_for_the_boot_partition_on_its_own_disk_first() -> None:
    loader = next(each for each in samples.plan().operations if isinstance(each, InstallLoaders))
    assert samples.IDENTIFIERS.boot_uuid in loader.stub
    assert '--hint="$atomos_disk,gpt3"' in loader.stub
    assert loader.partition_number == 2


def test_partitions_of_an_nvme_disk_have_their_p() -> None:
    disk = dataclasses.replace(DISK, path="/dev/vda0")
    plan = samples.plan(
        wanted=answers(disk=dataclasses.replace(answers().disk, path="/dev/vda0")),
        at=machine(disk),
    )
    slots = next(each for each in plan.operations if isinstance(each, WriteSlots))
    assert (slots.slot_a, slots.slot_b) == ("/dev/vda0p4", "/dev/vda0p5")


def test_a_kernel_command_line_that_does_not_reach_the_kernel_is_refused() -> None:
    """With all that GRUB and the menu may put to it; what is too much is left out silently."""
    plan = samples.plan()
    (written,) = (each for each in menu_of(plan).splitlines() if "/a/vmlinuz" in each)
    line = written.strip().removeprefix("linux ($atomos_boot)")
    line = f"BOOT_IMAGE=(hd99,gpt99){line}".replace("$atomos_reset", "atomos.reset=settings")
    fitting = "x" * (2047 - len(line) - len(" "))
    assert samples.plan(wanted=answers(kernel_arguments=(fitting,))).operations
    with pytest.raises(Refused) as caught:
        samples.plan(wanted=answers(kernel_arguments=(f"{fitting}x",)))
    (problem,) = caught.value.problems
    assert problem.what == (
        "The kernel command line would have 2048 characters, and no more than 2047 reach the"
        " kernel."
    )
    assert problem.way_out == "Name fewer or shorter ones in `kernel_arguments`."


def test_settings_are_the_answers() -> None:
    wanted = answers(hostname="box", locale="en_US.UTF-8", keymap="de", timezone="Europe/Berlin")
    plan = samples.plan(wanted=wanted)
    settings = next(each.settings for each in plan.operations if isinstance(each, SetUp))
    assert dataclasses.astuple(settings) == (
        "box",
        "en_US.UTF-8",
        "de",
        "Europe/Berlin",
        samples.IDENTIFIERS.machine_id,
        (),
    )


def test_an_image_has_defaults_for_whom_the_answers_leave_it_to() -> None:
    contract = dataclasses.replace(
        samples.release().contract, default_locale="pt_BR.UTF-8", default_keymap="br"
    )
    release = dataclasses.replace(samples.release(), contract=contract)
    for wanted, expected in (
        (answers(), ("pt_BR.UTF-8", "br")),
        (answers(locale="C.UTF-8", keymap="us"), ("C.UTF-8", "us")),
    ):
        plan = samples.plan(wanted=wanted, of=release)
        settings = next(each.settings for each in plan.operations if isinstance(each, SetUp))
        assert (settings.locale, settings.keymap) == expected


def test_a_medium_that_the_system_runs_from_has_to_stay_in() -> None:
    at = samples.machine()
    assert at.medium is not None
    small = dataclasses.replace(at, medium=dataclasses.replace(at.medium, in_ram=False))
    assert not any("leave the medium in" in each for each in samples.plan(at=at).notices)
    assert any("leave the medium in" in each for each in samples.plan(at=small).notices)


def homes(plan: Plan) -> list[tuple[str, str | None]]:
    return [(each.user, each.flake) for each in plan.operations if isinstance(each, AskForHome)]


@pytest.mark.parametrize(
    ("wish", "can", "expected"),
    [
        (Software(), True, [("ada", None)]),
        (Software(), False, []),
        (Software(home_manager=HomeManager.OFF), True, []),
        (
            Software(home_manager=HomeManager.DEFERRED, home_flake="github:ada/home"),
            True,
            [("ada", "github:ada/home")],
        ),
    ],
)
def test_the_users_home_is_asked_for_where_the_image_can_make_it(
    wish: Software, can: bool, expected: list[tuple[str, str | None]]
) -> None:
    release = samples.release(contract=samples.contract(home_manager=can))
    assert homes(samples.plan(wanted=samples.answers(software=wish), of=release)) == expected


@pytest.mark.parametrize(
    ("wish", "has_seed", "expected"),
    [
        (Software(), False, [(None, False, False)]),
        (Software(), True, [(None, True, False)]),
        (Software(home_manager=HomeManager.NOW), True, [(None, True, True)]),
        # The seed is for the starter alone.
        (Software(home_flake="github:ada/home"), True, [("github:ada/home", False, False)]),
        (Software(home_manager=HomeManager.DEFERRED), True, []),
        (Software(home_manager=HomeManager.OFF), True, []),
    ],
)
def test_the_users_home_is_set_up_now_unless_it_is_to_wait(
    wish: Software, has_seed: bool, expected: list[tuple[str | None, bool, bool]]
) -> None:
    seed = dataclasses.replace(samples.release().image, url="https://example.org/seed")
    release = samples.release(contract=samples.contract(home_manager=True))
    plan = samples.plan(
        wanted=samples.answers(software=wish),
        of=dataclasses.replace(release, seed=seed if has_seed else None),
    )
    found = [each for each in plan.operations if isinstance(each, SetUpHome)]
    assert [(each.flake, each.seed is not None, each.insists) for each in found] == expected
    # The system is whole before it: whoever is cut off there can start it.
    assert all(plan.operations.index(each) == len(plan.operations) - 2 for each in found)


def test_no_home_is_asked_for_where_accounts_are_kept() -> None:
    release = samples.release(contract=samples.contract(home_manager=True))
    kept = samples.plan(
        wanted=samples.keeping(),
        at=samples.machine(samples.installed()),
        of=release,
        found=samples.installation(),
    )
    assert homes(kept) == []


def test_applications_are_asked_for_where_they_are_named() -> None:
    release = samples.release(contract=samples.contract(flatpak=True))
    wanted = samples.answers(software=Software(flatpaks=("org.example.App", "org.example.Two")))
    asked = [
        (each.apps, each.url)
        for each in samples.plan(wanted=wanted, of=release).operations
        if isinstance(each, AskForFlatpaks)
    ]
    assert asked == [(("org.example.App", "org.example.Two"), FLATHUB)]

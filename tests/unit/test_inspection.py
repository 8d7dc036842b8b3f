"""When a disk whose data are kept is looked at, and what becomes of what the look found."""

import dataclasses
from typing import Any

import pytest

from installer.answers import LayoutKind
from installer.errors import ExitCode, InstallError, Refused
from installer.events import RunRefused
from installer.hardware import Disk
from installer.installation import Installation
from installer.journal import follow
from installer.question import QuestionId
from installer.secret import Secret
from tests.unit import samples
from tests.unit.fake_world import World

KEEPING = samples.keeping(passphrase=Secret(samples.PASSPHRASE))


def keeping_world(world: World) -> World:
    """A world whose disk holds an encrypted AtomOS."""
    disk = samples.installed(LayoutKind.ENCRYPTED)
    world.hardware.now = samples.machine(disk)
    world.installations.found = samples.installation(luks_uuid="7" * 8)
    return world


def test_a_disk_whose_data_are_kept_is_looked_at_with_its_passphrase(world: World) -> None:
    session = keeping_world(world).session()
    assert session.look(KEEPING) == world.installations.found
    assert any("@home" in stays for stays in session.plan(KEEPING).kept)
    assert world.installations.asked == [("/dev/vda", Secret(samples.PASSPHRASE))] * 2


def test_a_disk_that_nothing_is_kept_of_is_not_looked_at(world: World) -> None:
    world.session().plan(samples.answers())
    assert world.installations.asked == []


@pytest.mark.parametrize("change", [{"root": False}, {"missing_tools": ("cryptsetup",)}])
def test_who_cannot_look_is_told_why(world: World, change: dict[str, Any]) -> None:
    keeping_world(world)
    world.hardware.now = dataclasses.replace(world.hardware.now, **change)
    with pytest.raises(Refused, match=r"rights of root|tools are missing"):
        world.session().plan(KEEPING)
    assert world.installations.asked == []


def test_a_disk_of_another_layout_is_not_looked_at(world: World) -> None:
    disk = samples.installed()
    world.hardware.now = samples.machine(dataclasses.replace(disk, partitions=disk.partitions[1:]))
    with pytest.raises(Refused, match="another layout than AtomOS makes"):
        world.session().plan(samples.keeping())
    with pytest.raises(Refused, match="cannot be kept: atomos-bios is missing") as refused:
        world.session().look(samples.keeping())
    assert refused.value.problems[0].question is QuestionId.KEEP
    assert world.installations.asked == []


def test_a_disk_without_an_atomos_has_nothing_to_look_at(world: World) -> None:
    with pytest.raises(Refused, match="cannot be kept"):
        world.session().look(samples.keeping())


def test_a_wrong_passphrase_is_the_question_of_the_passphrase(world: World) -> None:
    wrong = Refused.because("It does not open /dev/vda5.", "Again.", QuestionId.UNLOCK)
    keeping_world(world).installations.found = wrong
    with pytest.raises(Refused) as looked:
        world.session().look(KEEPING)
    with pytest.raises(Refused) as planned:
        world.session().plan(KEEPING)
    assert looked.value.problems == planned.value.problems == wrong.problems


def test_a_tool_that_fails_while_looking_is_a_refusal_in_its_words(world: World) -> None:
    keeping_world(world).installations.found = InstallError(
        "losetup ended with status 1", tool_words="no free loop device"
    )
    with pytest.raises(Refused) as refused:
        world.session().plan(KEEPING)
    (problem,) = refused.value.problems
    assert problem.what == "losetup ended with status 1: no free loop device"


def test_nobody_looks_at_a_disk_while_another_installation_is_running(world: World) -> None:
    session = keeping_world(world).session()
    with world.run.hold(), pytest.raises(Refused, match="Another installation"):
        session.look(KEEPING)
    assert world.installations.asked == []


def test_uses_that_the_look_has_ended_are_in_no_plan(world: World) -> None:
    """A killed run left the container open: looking closes it, so the second plan has no use."""
    keeping_world(world)
    clean = world.hardware.now
    left = dataclasses.replace(clean.disks[1], uses=("atomos",))
    world.hardware.now = samples.machine(left)
    look = world.installations.look

    def closing(disk: Disk, passphrase: Secret | None) -> Installation:
        world.hardware.now = clean
        return look(disk, passphrase)

    world.installations.look = closing  # type: ignore[method-assign]
    plan = world.session().plan(KEEPING)
    assert "free-disk" not in {each.id for each in plan.operations}


def test_what_is_kept_is_looked_at_again_before_it_is_touched(world: World) -> None:
    document = keeping_world(world).started(KEEPING)
    world.installations.found = samples.installation(luks_uuid="7" * 8, accounts=("mallory",))
    assert world.execute(document) is ExitCode.REFUSED
    (event,) = follow(world.run)
    assert isinstance(event, RunRefused)
    assert "has changed since the plan was shown" in event.problems[0]
    assert world.machine.calls == []

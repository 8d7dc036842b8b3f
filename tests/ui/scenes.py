"""The screens worth a picture, and how a person gets to each: for snapshots and for the README."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.pilot import Pilot

from tests.ui.atomos_disks import ENCRYPTED, in_recovery, keeping_plan, stick
from tests.ui.fake_session import (
    BLANK,
    IN_USE,
    READ_ONLY,
    WINDOWS,
    FakeSession,
    failed_run,
    half_a_run,
    machine,
    refused,
    wrong_passphrase,
)
from tests.ui.reading import (
    PASSPHRASE,
    agree,
    fill_passphrase,
    fill_recovery_key,
    fill_user,
    shows,
    to_disk,
    to_passphrase,
    to_plan,
    to_unlock,
    to_user,
    type_in,
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One picture: its name, a session, and the way there."""

    name: str
    session: Callable[[], FakeSession]
    walk: Callable[[Pilot[None]], Awaitable[None]]


async def _welcome(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ ] Take this release UNSIGNED")


async def _help(pilot: Pilot[None]) -> None:
    await _welcome(pilot)
    await pilot.press("f1")
    await shows(pilot, "> [ Close ]")


async def _user(pilot: Pilot[None]) -> None:
    await to_user(pilot)
    await fill_user(pilot)


async def _passphrase(pilot: Pilot[None]) -> None:
    await to_passphrase(pilot)
    await fill_passphrase(pilot)
    await shows(pilot, "very good")


async def _passphrase_weak(pilot: Pilot[None]) -> None:
    await to_passphrase(pilot)
    await fill_passphrase(pilot, "pässwort")
    await pilot.press("up", "space", "up", "x", "down", "down", "enter")
    await shows(pilot, "! The two passphrases differ")
    await shows(pilot, "Add another word")


async def _not_encrypted(pilot: Pilot[None]) -> None:
    await to_passphrase(pilot)
    await pilot.press("up", "space")
    await shows(pilot, "> [ ] Encrypt this disk")


async def _recovery_key(pilot: Pilot[None]) -> None:
    await to_passphrase(pilot)
    await fill_passphrase(pilot)
    await pilot.press("enter")
    await shows(pilot, "( ) /dev/sdc1")


async def _recovery_key_hidden(pilot: Pilot[None]) -> None:
    await _recovery_key(pilot)
    await fill_recovery_key(pilot)
    await pilot.press("down", "space", "up", "up", "x", "down", "down", "down", "down", "enter")
    await shows(pilot, "! That is not group 3")


async def _keep(pilot: Pilot[None]) -> None:
    await to_disk(pilot)
    await pilot.press("enter")
    await shows(pilot, "> Keep home directories")


async def _unlock(pilot: Pilot[None]) -> None:
    await to_unlock(pilot)
    await type_in(pilot, "wrong")
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "2 tries are left")


async def _summary_keep(pilot: Pilot[None]) -> None:
    await to_unlock(pilot)
    await type_in(pilot, PASSPHRASE)
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "type its name: vda")


async def _user_wrong(pilot: Pilot[None]) -> None:
    await _user(pilot)
    await pilot.press("up", "up", "x", "down", "down", "enter")
    await shows(pilot, "! The two passwords differ")


async def _summary(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await shows(pilot, "type its name: vda")


async def _planning(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await shows(pilot, "Looking at the disk")


async def _wrong_confirmation(pilot: Pilot[None]) -> None:
    await _summary(pilot)
    await pilot.press(*"vdb", "enter")
    await shows(pilot, "! That is not vda")


async def _progress(pilot: Pilot[None]) -> None:
    await shows(pilot, "412 MiB of 690 MiB")


async def _log(pilot: Pilot[None]) -> None:
    await _progress(pilot)
    await pilot.press("f3")
    await shows(pilot, "sh: working on data")


async def _leave(pilot: Pilot[None]) -> None:
    await _progress(pilot)
    await pilot.press("ctrl+q")
    await shows(pilot, "> [ Stay here ]")


async def _done(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await agree(pilot)
    await shows(pilot, "> [ Restart the machine ]")


async def _failed(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Try again ]")


async def _refused(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await shows(pilot, "> [ Change: Disk ]")


def _four_disks() -> FakeSession:
    return FakeSession(machine_now=machine(BLANK, WINDOWS, IN_USE, READ_ONLY))


def _running() -> FakeSession:
    return FakeSession(run=half_a_run(), is_running=True)


def _with_sticks() -> FakeSession:
    disks = (BLANK, WINDOWS, stick("c", "KEYS"), stick("d", "PHOTOS", "ext4"))
    return FakeSession(machine_now=machine(*disks))


def _in_recovery() -> FakeSession:
    return FakeSession(machine_now=in_recovery(ENCRYPTED))


def _encrypted() -> FakeSession:
    return FakeSession(
        machine_now=machine(ENCRYPTED),
        looks=[wrong_passphrase()],
    )


def _kept() -> FakeSession:
    return FakeSession(machine_now=machine(ENCRYPTED), plans=[keeping_plan(ENCRYPTED)])


def _planning_for_ever() -> FakeSession:
    session = FakeSession()
    session.may_plan.clear()
    return session


SCENES = (
    Scene(name="welcome", session=FakeSession, walk=_welcome),
    Scene(name="help", session=FakeSession, walk=_help),
    Scene(name="disk", session=_four_disks, walk=to_disk),
    Scene(name="keep", session=_in_recovery, walk=_keep),
    Scene(name="unlock", session=_encrypted, walk=_unlock),
    Scene(name="passphrase", session=FakeSession, walk=_passphrase),
    Scene(name="passphrase-weak", session=FakeSession, walk=_passphrase_weak),
    Scene(name="not-encrypted", session=FakeSession, walk=_not_encrypted),
    Scene(name="recovery-key", session=_with_sticks, walk=_recovery_key),
    Scene(name="recovery-key-wrong", session=_with_sticks, walk=_recovery_key_hidden),
    Scene(name="user", session=FakeSession, walk=_user),
    Scene(name="user-wrong", session=FakeSession, walk=_user_wrong),
    Scene(name="planning", session=_planning_for_ever, walk=_planning),
    Scene(name="summary", session=FakeSession, walk=_summary),
    Scene(name="summary-keep", session=_kept, walk=_summary_keep),
    Scene(name="wrong-confirmation", session=FakeSession, walk=_wrong_confirmation),
    Scene(name="refused", session=lambda: FakeSession(plans=[refused()]), walk=_refused),
    Scene(name="progress", session=_running, walk=_progress),
    Scene(name="log", session=_running, walk=_log),
    Scene(name="leave", session=_running, walk=_leave),
    Scene(name="done", session=FakeSession, walk=_done),
    Scene(
        name="failed",
        session=lambda: FakeSession(run=failed_run(), is_running=True),
        walk=_failed,
    ),
)

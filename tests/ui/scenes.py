"""The screens worth a picture, and how a person gets to each: for snapshots and for the README."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from textual.pilot import Pilot

from installer.answers import Answers
from installer.errors import Refused
from installer.hardware import Contents, Medium
from installer.holder import Holder, Starter
from installer.languages import Speech
from installer.release_offer import VersionOffer
from installer.remote_access import RemoteAccess
from installer.secret import Secret
from installer.signature import unsigned
from tests.ui.atomos_disks import ENCRYPTED, in_recovery, keeping_plan, stick
from tests.ui.fake_session import (
    BLANK,
    IN_USE,
    OFFER,
    READ_ONLY,
    SIGNER,
    SOURCE,
    STARTED,
    STICK,
    WINDOWS,
    FakeSession,
    failed_run,
    half_a_run,
    machine,
    plan_for,
    refused,
    wrong_passphrase,
)
from tests.ui.network_samples import AROUND, JOINED, UNPLUGGED
from tests.ui.network_samples import wrong_passphrase as wrong_wifi
from tests.ui.picture import Picture, resized
from tests.ui.reading import (
    PASSPHRASE,
    agree,
    at_rest,
    fill_passphrase,
    fill_recovery_key,
    fill_user,
    past_release,
    shows,
    to_disk,
    to_passphrase,
    to_plan,
    to_release,
    to_software,
    to_time_zone,
    to_unlock,
    to_user,
    type_in,
)
from tests.ui.unfinished_samples import (
    ANSWERS,
    BEFORE_LUKS,
    ENDED,
    KEPT,
    NO_SECRET,
    ON_WINDOWS,
    looked_at,
    resuming,
    unfinished,
    wrong_passphrase_run,
)


def _wrong_file() -> Answers:
    # Only here, as in the program: its memory is measured, and no other scene reads a file.
    from installer.answers_file import read_incomplete

    text = b"""\
version: 1
wipe: maybe
disk:
  serial: 123456
user:
  name: Ada
  full_nmae: Ada Lovelace
"""
    return read_incomplete(text, "/run/atomos/answers/answers.yaml", None)


@dataclass(frozen=True, kw_only=True)
class Scene(Picture):
    """A picture of the installer: of which session."""

    session: Callable[[], FakeSession]
    read: Callable[[], Answers] | None = None
    """The answers file that it begins with."""


async def _language(pilot: Pilot[None]) -> None:
    await shows(pilot, "Try the keys")


async def _from_elsewhere(pilot: Pilot[None]) -> None:
    await _language(pilot)
    await shows(pilot, "From another machine: ssh root@192.168.178.121, password kdm2hx7rwa4tn")


async def _network(pilot: Pilot[None]) -> None:
    await shows(pilot, "connected, 10.0.2.15")


async def _network_wifi(pilot: Pilot[None]) -> None:
    await shows(pilot, "Workshop")
    await at_rest(pilot)


async def _network_none(pilot: Pilot[None]) -> None:
    await shows(pilot, "No network is connected")


async def _network_join(pilot: Pilot[None]) -> None:
    await _network_wifi(pilot)
    await pilot.press("down", "enter")
    await shows(pilot, "> Wi-Fi passphrase")
    await type_in(pilot, "violin kettle")
    await pilot.press("down", "down", "enter")


async def _network_wrong(pilot: Pilot[None]) -> None:
    await _network_join(pilot)
    await shows(pilot, "! The passphrase is wrong.")


async def _network_connecting(pilot: Pilot[None]) -> None:
    await _network_join(pilot)
    await shows(pilot, "Connecting to Workshop ...")


async def _network_joined(pilot: Pilot[None]) -> None:
    await _network_join(pilot)
    await shows(pilot, "Connected to Workshop.")
    await shows(pilot, "192.168.178.44")


async def _network_hidden(pilot: Pilot[None]) -> None:
    await _network_wifi(pilot)
    await pilot.press("up", "up", "enter")
    await shows(pilot, "> Name")
    await type_in(pilot, "Cellar")


async def _network_address(pilot: Pilot[None]) -> None:
    await _network(pilot)
    await pilot.press("down", "enter")
    await shows(pilot, "> Address")
    await type_in(pilot, "192.0.2.7")
    await pilot.press("up", "enter")
    await shows(pilot, "! 192.0.2.7 is not an address")


async def _welcome(pilot: Pilot[None]) -> None:
    await shows(pilot, "[ ] Take this release even if it is UNSIGNED")


async def _release(pilot: Pilot[None]) -> None:
    await to_release(pilot)
    await shows(pilot, "> 0.1.0")


async def _looking_at_the_release(pilot: Pilot[None]) -> None:
    await to_release(pilot)
    await shows(pilot, "Looking at what is on offer there.")


async def _release_refused(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Continue ]")
    await pilot.press("enter")
    await shows(pilot, "> [ Change the address ]")


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
    # It comes last, beside the app: before it the page has less on it, for a moment.
    await shows(pilot, "Add another word")
    await shows(pilot, "! The two passphrases differ")


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


async def _no_disk_there(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Continue ]")
    await pilot.press("up", "space", "down", "enter")
    await past_release(pilot)
    await shows(pilot, "no disk")


async def _keep(pilot: Pilot[None]) -> None:
    await to_disk(pilot)
    await pilot.press("enter")
    await shows(pilot, "> Keep home directories")


async def _unlock(pilot: Pilot[None]) -> None:
    await to_unlock(pilot)
    await type_in(pilot, "wrong")
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "2 tries are left")


async def _unlock_slot(pilot: Pilot[None]) -> None:
    await shows(pilot, "Unlock the system on this disk")
    await type_in(pilot, PASSPHRASE)


def _asked_reset() -> Answers:
    from installer.answers_file import read_incomplete

    text = b"""\
version: 1
disk:
  path: /dev/vda
wipe: true
reinstall: true
layout: encrypted
passphrase_file: passphrase
source:
  url: "slot:"
"""
    return read_incomplete(text, "/run/atomos/answers/answers.yaml", Path("/nowhere"))


async def _summary_keep(pilot: Pilot[None]) -> None:
    await to_unlock(pilot)
    await type_in(pilot, PASSPHRASE)
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "type its name: vda")


async def _user_wrong(pilot: Pilot[None]) -> None:
    await _user(pilot)
    await pilot.press("up", "up", "x", "down", "down", "enter")
    await shows(pilot, "! The two passwords differ")


async def _software_wrong(pilot: Pilot[None]) -> None:
    await to_software(pilot)
    await pilot.press("up", "up")
    await type_in(pilot, "https://ada:secret@example.org/home")
    await pilot.press("enter")
    await type_in(pilot, "firefox")
    await pilot.press("enter", "enter")
    await shows(pilot, "without blanks and passwords")
    await shows(pilot, "firefox is no application")


async def _zone_found(pilot: Pilot[None]) -> None:
    await to_time_zone(pilot)
    await pilot.press(*"new")
    await shows(pilot, "1 to 3 of 3 time zones")


async def _summary(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await shows(pilot, "type its name: vda")


async def _save(pilot: Pilot[None]) -> None:
    await _summary(pilot)
    await pilot.press("down", "down", "enter")
    await shows(pilot, "> this machine's memory")


async def _saved(pilot: Pilot[None]) -> None:
    await _save(pilot)
    await pilot.press("enter")
    await shows(pilot, "Saved as /run/atomos/saved/answers.yaml")


async def _wrong_answers(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Read the file again ]")


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


async def _save_log(pilot: Pilot[None]) -> None:
    await _failed(pilot)
    await pilot.press("down", "enter")
    await shows(pilot, "> /dev/sdc1")
    await pilot.press("enter")
    await shows(pilot, "Saved as")


async def _unfinished(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Resume ]")


async def _unfinished_list(pilot: Pilot[None]) -> None:
    await shows(pilot, "> QEMU HARDDISK (/dev/vda)")


async def _open_again(pilot: Pilot[None]) -> None:
    await _unfinished(pilot)
    await pilot.press("enter")
    await shows(pilot, "> Passphrase")
    await type_in(pilot, PASSPHRASE)


async def _recovery_key_again(pilot: Pilot[None]) -> None:
    await _open_again(pilot)
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "The key that was shown before")


async def _password(pilot: Pilot[None]) -> None:
    await _open_again(pilot)
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "> Password")
    await type_in(pilot, "correct horse")
    await pilot.press("enter")
    await type_in(pilot, "correct horse")


async def _encrypted_anew(pilot: Pilot[None]) -> None:
    await _password(pilot)
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "The disk has to be encrypted anew")


async def _summary_resumed(pilot: Pilot[None]) -> None:
    await _password(pilot)
    await pilot.press("enter", "down", "enter")
    await shows(pilot, "type its name: vda")


async def _steps_resumed(pilot: Pilot[None]) -> None:
    await _summary_resumed(pilot)
    await pilot.press("pagedown", "pagedown", "pagedown")
    await shows(pilot, "13  Set host name")


async def _failed_passphrase(pilot: Pilot[None]) -> None:
    await _summary_resumed(pilot)
    await agree(pilot)
    await shows(pilot, "> [ Change: Unlock ]")


async def _refused(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await shows(pilot, "> [ Change: Disk ]")


def _four_disks() -> FakeSession:
    return FakeSession(machine_now=machine(BLANK, WINDOWS, IN_USE, READ_ONLY))


def _reachable() -> FakeSession:
    remote = RemoteAccess(address="192.168.178.121", password=Secret("kdm2hx7rwa4tn"))
    return FakeSession(spoken=Speech(), remote=remote)


def _no_disk() -> FakeSession:
    return FakeSession(machine_now=machine())


def _thirty_disks() -> FakeSession:
    disks = (
        replace(BLANK, path=f"/dev/sd{letter}{other}", serial=f"S{letter}{other}")
        for letter in "xyz"
        for other in "abcdefghij"
    )
    return FakeSession(machine_now=machine(*disks))


def _long_names() -> FakeSession:
    label = "Sicherungskopien der Fotografien aus zwanzig Jahren, bitte nicht loeschen"
    long = replace(
        WINDOWS,
        model="Very Large And Quite Reliable Storage Systems Incorporated NVMe Solid State Drive",
        serial="SERIAL-0123456789-0123456789-0123456789",
        partitions=tuple(
            replace(each, contents=Contents(kind="btrfs", label=label))
            for each in WINDOWS.partitions
        ),
    )
    return FakeSession(machine_now=machine(long, BLANK))


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


def _unfinished_one() -> FakeSession:
    return FakeSession(ends=(ENDED,), plans=[resuming(ENDED)], run=wrong_passphrase_run())


def _unfinished_in_the_future() -> FakeSession:
    began = STARTED + 365 * 86400
    return FakeSession(ends=(replace(KEPT, began=began, place=None),))


def _unfinished_two() -> FakeSession:
    return FakeSession(ends=(ENDED, ON_WINDOWS))


def _without_recovery_key() -> FakeSession:
    return FakeSession(ends=(unfinished(replace(ANSWERS, recovery_key=NO_SECRET)),))


def _less_to_go_on_with() -> FakeSession:
    return FakeSession(ends=(ENDED,), plans=[resuming(BEFORE_LUKS)])


def _little_memory() -> FakeSession:
    medium = Medium(device=STICK.path, in_ram=False, is_recovery=False, length_bytes=None)
    return FakeSession(machine_now=replace(machine(BLANK), medium=medium))


def _looked_at() -> FakeSession:
    starter = Starter(command="atomos-install run", terminal="/dev/ttyS0")
    holder = Holder(pid=812, since=STARTED, starter=starter)
    return FakeSession(run=looked_at(), is_running=True, holder_now=holder)


def _planning_for_ever() -> FakeSession:
    session = FakeSession()
    session.may_plan.clear()
    return session


def _signed() -> FakeSession:
    return FakeSession(plans=[replace(plan_for(BLANK), signed_by=SIGNER)])


def _signed_offer() -> FakeSession:
    return FakeSession(offers=[replace(OFFER, signed_by=SIGNER)])


def _doubtful_offer() -> FakeSession:
    doubt = (
        "SHA256SUMS.gpg is by the key 29910AFAB68754E7D9F1490829F0AB0CDB6215E5, which is not among"
        " those that this live system trusts."
    )
    gone = VersionOffer(version="0.2.0~rc1", size_bytes=None)
    versions = (gone, *OFFER.versions)
    return FakeSession(offers=[replace(OFFER, versions=versions, older=3, doubts=(doubt,))])


def _offer_for_ever() -> FakeSession:
    session = FakeSession()
    session.may_offer.clear()
    return session


def _no_offer() -> FakeSession:
    return FakeSession(offers=[Refused((unsigned(SOURCE),))])


def _nothing_chosen() -> FakeSession:
    return FakeSession(spoken=Speech())


def _no_network_chosen() -> FakeSession:
    return FakeSession(network=None)


def _around() -> FakeSession:
    return FakeSession(network=None, network_states=[AROUND])


def _joined() -> FakeSession:
    return FakeSession(network=None, network_states=[AROUND], network_joined=JOINED)


def _off_line() -> FakeSession:
    return FakeSession(network=None, network_states=[UNPLUGGED])


def _wrong_wifi() -> FakeSession:
    session = _around()
    session.no_network = [wrong_wifi()]
    return session


def _connecting_for_ever() -> FakeSession:
    session = _around()
    session.may_connect.clear()
    return session


SCENES = (
    Scene(name="language", session=_nothing_chosen, walk=_language),
    Scene(name="network", session=_no_network_chosen, walk=_network),
    Scene(name="network-wifi", session=_around, walk=_network_wifi),
    Scene(name="network-none", session=_off_line, walk=_network_none),
    Scene(name="network-wrong", session=_wrong_wifi, walk=_network_wrong),
    Scene(name="network-connecting", session=_connecting_for_ever, walk=_network_connecting),
    Scene(name="network-joined", session=_joined, walk=_network_joined),
    Scene(name="network-hidden", session=_around, walk=_network_hidden),
    Scene(name="network-address", session=_no_network_chosen, walk=_network_address),
    Scene(name="welcome", session=FakeSession, walk=_welcome),
    Scene(name="welcome-little-memory", session=_little_memory, walk=_welcome),
    Scene(name="release", session=_signed_offer, walk=_release),
    Scene(name="release-unsigned", session=_doubtful_offer, walk=_release),
    Scene(name="release-looking", session=_offer_for_ever, walk=_looking_at_the_release),
    Scene(name="release-refused", session=_no_offer, walk=_release_refused),
    Scene(name="unfinished", session=_unfinished_one, walk=_unfinished),
    Scene(name="unfinished-kept", session=_unfinished_in_the_future, walk=_unfinished),
    Scene(name="unfinished-two", session=_unfinished_two, walk=_unfinished_list),
    Scene(name="open-again", session=_unfinished_one, walk=_open_again),
    Scene(name="recovery-key-again", session=_without_recovery_key, walk=_recovery_key_again),
    Scene(name="password", session=_unfinished_one, walk=_password),
    Scene(name="encrypted-anew", session=_less_to_go_on_with, walk=_encrypted_anew),
    Scene(name="summary-resumed", session=_unfinished_one, walk=_summary_resumed),
    Scene(name="steps-resumed", session=_unfinished_one, walk=_steps_resumed),
    Scene(name="progress-resumed", session=_looked_at, walk=_progress),
    Scene(name="failed-passphrase", session=_unfinished_one, walk=_failed_passphrase),
    Scene(name="help", session=FakeSession, walk=_help),
    Scene(name="disk", session=_four_disks, walk=to_disk),
    Scene(name="keep", session=_in_recovery, walk=_keep),
    Scene(name="unlock", session=_encrypted, walk=_unlock),
    Scene(name="unlock-slot", session=_in_recovery, walk=_unlock_slot, read=_asked_reset),
    Scene(name="passphrase", session=FakeSession, walk=_passphrase),
    Scene(name="passphrase-weak", session=FakeSession, walk=_passphrase_weak),
    Scene(name="not-encrypted", session=FakeSession, walk=_not_encrypted),
    Scene(name="recovery-key", session=_with_sticks, walk=_recovery_key),
    Scene(name="recovery-key-wrong", session=_with_sticks, walk=_recovery_key_hidden),
    Scene(name="user", session=FakeSession, walk=_user),
    Scene(name="user-wrong", session=FakeSession, walk=_user_wrong),
    Scene(name="software", session=FakeSession, walk=to_software),
    Scene(name="software-wrong", session=FakeSession, walk=_software_wrong),
    Scene(name="time-zone", session=FakeSession, walk=to_time_zone),
    Scene(name="time-zone-found", session=FakeSession, walk=_zone_found),
    Scene(name="planning", session=_planning_for_ever, walk=_planning),
    Scene(name="summary", session=_signed, walk=_summary),
    Scene(name="summary-unsigned", session=FakeSession, walk=_summary),
    Scene(name="summary-keep", session=_kept, walk=_summary_keep),
    Scene(name="save-answers", session=FakeSession, walk=_save),
    Scene(name="saved-answers", session=FakeSession, walk=_saved),
    Scene(name="wrong-answers", session=FakeSession, walk=_wrong_answers, read=_wrong_file),
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
    Scene(
        name="save-log",
        session=lambda: FakeSession(
            run=failed_run(), is_running=True, machine_now=machine(BLANK, stick("c", "KEYS"))
        ),
        walk=_save_log,
    ),
)

STATES = (
    Scene(name="language-from-elsewhere", session=_reachable, walk=_from_elsewhere),
    Scene(name="too-small", session=FakeSession, walk=_welcome, size=(39, 19)),
    Scene(name="disk-none", session=_no_disk, walk=_no_disk_there),
    Scene(name="disk-thirty", session=_thirty_disks, walk=to_disk),
    Scene(name="disk-long-names", session=_long_names, walk=to_disk),
)
"""Of screens that are among the others; in one language."""

_IN_ALL_SIZES = (
    *(
        "language",
        "network-wifi",
        "welcome",
        "disk",
        "keep",
        "passphrase",
        "recovery-key",
        "user",
        "summary",
    ),
    *("refused", "progress", "failed", "done", "help"),
)
SIZED = resized(scene for scene in SCENES if scene.name in _IN_ALL_SIZES)
EVERY_SCENE = (*SCENES, *STATES, *SIZED)

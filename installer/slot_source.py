"""The system that is on a disk as a release, when everything on it is reset (docs/reset.md).

Which slot, and by what its image is known: the boot partition says both, in the boot state and in
what whoever wrote the slot has left word of in the start menu.
"""

import hashlib
from typing import Final, Protocol

from installer.answers import SLOT, Answers, LayoutKind
from installer.contract import CONTRACT_PATH
from installer.disk_choice import choose_disk
from installer.errors import InstallError, Refused
from installer.grub_menu import RecoveryEntry
from installer.hardware import Disk, Machine
from installer.kept_table import found_layout, may_reset
from installer.layout import Role
from installer.plan_menu import FOLDERS
from installer.quantity import MIB
from installer.question import QuestionId
from installer.recovery_entry import recovery_entry
from installer.refusal import refusal_of
from installer.release import HeldBySlot, Release, ReleaseFile, SlotPlace
from installer.secret import Secret
from installer.slot_records import ImageRecord, SlotRecord, records_in
from installer.text import _
from installer.traces import Trace
from installer.unfinished import KEPT_IMAGE, slots_are_gone

ROOM_FOR_KERNELS: Final = 256 * MIB
"""Left free on the boot partition: kernel and initrd are written there beside the old ones."""
_ROLES: Final = {folder: role for role, folder in FOLDERS.items()}


class SlotImages(Protocol):
    """Whoever reads the image of a slot. No byte of the disk changes."""

    def remembered(self, image: ReleaseFile, *, boot: str) -> bytes | None:
        """The contract in the image that an earlier run has brought into memory, or left on the
        boot partition; None: it is not there. Whoever uses that image looks at its sum."""
        ...

    def contract(self, place: SlotPlace, passphrase: Secret | None) -> bytes:
        """The contract in a slot.

        Raises Refused for what cannot be opened: with `question` UNLOCK where another passphrase
        could. Raises InstallError.
        """
        ...


def slot_release(
    answers: Answers, machine: Machine, traces: tuple[Trace, ...], images: SlotImages
) -> Release:
    """The system on the disk of these answers. Its image is not read, but for the contract.

    Raises Refused: nothing is to be reset, no slot is known good, nobody left word of what is in
    it, it cannot be opened, or it is gone.
    """
    # Only here: the screens do not keep what reads YAML.
    from installer.contract_file import load_contract

    disk = choose_disk(answers.disk, machine, None)
    trace = _trace(answers, machine, disk, traces)
    slot = _good_slot(trace, disk)
    place = _place(disk, slot)
    record, known = _record(trace, place)
    image = ReleaseFile(
        url=f"{SLOT}{slot}",
        size_bytes=known.size_bytes,
        sha256=known.sha256,
        verity=known.verity,
    )
    text = images.remembered(image, boot=trace.place or "")
    try:
        if text is None:
            _refuse_gone(trace, place, disk)
            text = images.contract(place, answers.disk_passphrase)
        contract = load_contract(text.decode(errors="replace"), CONTRACT_PATH.name)
    except InstallError as error:
        raise refusal_of(error) from error
    if contract.version != record.version:
        raise _unknown(place)
    return Release(
        url=SLOT,
        version=contract.version,
        architecture=contract.architecture,
        image=image,
        contract=contract,
        contract_sha256=hashlib.sha256(text).hexdigest(),
        verity=known.verity,
        signed_by=record.signed_by,
        slot=HeldBySlot(
            place=place,
            recovery=_recovery(trace, disk),
            stays_on_boot=_stays_on_boot(trace, place, record, image),
        ),
    )


def _trace(answers: Answers, machine: Machine, disk: Disk, traces: tuple[Trace, ...]) -> Trace:
    for trace in traces if may_reset(answers, machine, disk) else ():
        if trace.disk == disk.path and trace.place is not None and trace.resets_everything:
            return trace
    raise _refused(
        _(
            "The system that is on a disk is taken from there only where everything on it is reset,"
            " by its own Recovery, after `atomos reset everything`."
        )
    )


def _good_slot(trace: Trace, disk: Disk) -> str:
    good = trace.state.known_good
    if good is None:
        raise _refused(_("{disk} has no system that is known good.").format(disk=disk.name))
    return good


def _place(disk: Disk, slot: str) -> SlotPlace:
    encrypted = found_layout(disk) is LayoutKind.ENCRYPTED
    role = Role.LUKS if encrypted else _ROLES[slot]
    part = next(each for each in disk.partitions if each.label == role.value)
    return SlotPlace(slot=slot, partition=part.path, encrypted=encrypted)


def _record(trace: Trace, place: SlotPlace) -> tuple[SlotRecord, ImageRecord]:
    record = records_in(trace.menu).get(place.slot)
    if record is None or record.image is None:
        raise _unknown(place)
    return record, record.image


def _recovery(trace: Trace, disk: Disk) -> RecoveryEntry:
    try:
        entry = recovery_entry(trace.menu)
    except ValueError:
        entry = None
    if entry is None:
        what = _("The start menu of {disk} does not say, as we write it, how Recovery is started.")
        raise _refused(what.format(disk=disk.name))
    return entry


def _stays_on_boot(trace: Trace, place: SlotPlace, record: SlotRecord, image: ReleaseFile) -> bool:
    """Whether there is room for it there. What nobody has published does not leave a container:
    its owner may have put into it what they would not show."""
    if trace.journal is not None:
        return KEPT_IMAGE in {each.id for each in trace.journal.header.steps}
    may_leave = not place.encrypted or record.signed_by is not None
    return may_leave and trace.free_bytes >= image.size_bytes + ROOM_FOR_KERNELS


def _refuse_gone(trace: Trace, place: SlotPlace, disk: Disk) -> None:
    touched = trace.journal.touched if trace.journal is not None else ()
    if slots_are_gone(touched, encrypted=place.encrypted):
        what = _("The system that was on {disk} is gone: this reset has begun to write over it.")
        raise _refused(what.format(disk=disk.name))


def _unknown(place: SlotPlace) -> Refused:
    return _refused(
        _(
            "What was written to {slot} is not known, so that it cannot be checked: an older"
            " installer or update has left no word of it in the start menu."
        ).format(slot=place.title)
    )


def _refused(what: str) -> Refused:
    return Refused.because(
        what,
        _("Name a release: on the network, on a stick or another disk, or on the medium."),
        QuestionId.WELCOME,
    )

"""Where Recovery's bytes come from (DESIGN §2), and what becomes of a Recovery that is there."""

from dataclasses import dataclass

from installer.answers import Answers
from installer.contract import Contract
from installer.disk_fitness import is_own_recovery
from installer.grub_menu import RecoveryEntry
from installer.hardware import Disk, Machine
from installer.layout import PartitionTable, Role
from installer.quantity import MIB, align_up
from installer.release import Release, ReleaseFile
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class RecoveryChoice:
    """The live image that becomes Recovery."""

    image: ReleaseFile
    contract: Contract
    medium: str | None
    """The device to copy it from; None: it is fetched from the release."""


@dataclass(frozen=True, kw_only=True)
class RecoveryFate:
    """What becomes of Recovery."""

    written: RecoveryChoice | None = None
    """None: nothing is written."""
    contract: Contract | None = None
    """How the start menu starts it; None: the menu has no Recovery."""
    entry: RecoveryEntry | None = None
    """How it was started until now, and goes on to be, where no contract says it."""
    notice: str | None = None
    """What a person should know about it."""


def choose_recovery(answers: Answers, machine: Machine, release: Release) -> RecoveryFate:
    """On a new table: Recovery, or a notice when the answers want one that cannot be had.

    The medium is taken when its length is that of the release's live image; whether its bytes are
    too is found out while they are copied.
    """
    if not answers.recovery:
        return RecoveryFate()
    if release.live is None or release.live_contract is None:
        notice = _(
            "There will be no Recovery: the release at {url} has no live image to make it of."
        ).format(url=release.url)
        return RecoveryFate(notice=notice)
    medium = machine.medium
    whole = medium is not None and medium.length_bytes == release.live.size_bytes
    choice = RecoveryChoice(
        image=release.live,
        contract=release.live_contract,
        medium=medium.device if medium is not None and whole else None,
    )
    return RecoveryFate(written=choice, contract=choice.contract)


def choose_kept_recovery(
    answers: Answers, machine: Machine, release: Release, disk: Disk, table: PartitionTable
) -> RecoveryFate:
    """On a table that stays: written anew where there is a partition, room, and no one in it."""
    part = table.find(Role.RECOVERY)
    wished = choose_recovery(answers, machine, release)
    if part is None:
        if not answers.recovery:
            return RecoveryFate()
        return RecoveryFate(
            notice=_(
                "There will be no Recovery: {disk} has no partition for it, and its table stays."
            ).format(disk=disk.name)
        )
    if release.slot is not None:
        return RecoveryFate(entry=release.slot.recovery, notice=_stays_as_it_is())
    if release.live is None or release.live_contract is None:
        return RecoveryFate(
            notice=_(
                "Recovery stays on {disk}, but not in its start menu: the release at {url} has no"
                " live image that says how it is started."
            ).format(disk=disk.name, url=release.url)
        )
    stays = RecoveryFate(contract=release.live_contract)
    if is_own_recovery(disk, machine):
        return _noticed(stays, _stays_as_it_is())
    lacking = release.live.size_bytes - part.size_bytes
    if wished.written is not None and lacking > 0:
        words = _(
            "Recovery stays as it is: its partition is too small for the new one by {lacking} MiB."
        ).format(lacking=align_up(lacking, MIB) // MIB)
        return _noticed(stays, words)
    return wished if wished.written is not None else stays


def _stays_as_it_is() -> str:
    return _("Recovery stays as it is: this live system came from it.")


def _noticed(fate: RecoveryFate, notice: str) -> RecoveryFate:
    return RecoveryFate(contract=fate.contract, notice=notice)

"""An installed system as it was found: what its slots hold, and what starts. Pure."""

import enum
from dataclasses import dataclass
from typing import Protocol

from installer.boot_state import BootState
from installer.contract import Contract
from installer.holder import Holder
from installer.slot_records import SlotRecord
from installer.upkeep.notes import Downloaded, FailedStart, Notes
from installer.upkeep.running import Running


class Level(enum.StrEnum):
    """How much a reset takes away, in the words that ask for it (docs/reset.md)."""

    SETTINGS = "settings"
    SYSTEM = "system"
    EVERYTHING = "everything"


class Writing(enum.Enum):
    """What somebody else writes now, who has it alone."""

    SLOT = "the spare slot"
    RECOVERY = "Recovery"
    UNKNOWN = "one of them"
    """It has not said yet."""

    @property
    def may_be_slot(self) -> bool:
        """Whether the spare slot is left alone."""
        return self is not Writing.RECOVERY

    @property
    def may_be_recovery(self) -> bool:
        """Whether Recovery is."""
        return self is not Writing.SLOT


@dataclass(frozen=True, kw_only=True)
class SlotFound:
    """What is in a slot; sizes in bytes."""

    name: str
    device: str
    size_bytes: int
    contract: Contract | None
    """Of the image in it; None: there is none that can be read."""
    fault: str = ""
    """Why it cannot, as a clause."""
    record: SlotRecord | None = None
    """What whoever wrote it has left word of; None: nothing, or of another image."""
    contract_sha256: str = ""
    """Of the text of its contract; empty: none was read."""
    uses: tuple[str, ...] = ()
    """What it is used for now, each in a few words, where it does not run."""

    @property
    def signed_by(self) -> str | None:
        """Who vouched for what is in it; None: nobody, or nobody knows."""
        return self.record.signed_by if self.record is not None else None


@dataclass(frozen=True, kw_only=True)
class RecoveryFound:
    """What is in the recovery partition; sizes in bytes."""

    contract: Contract | None
    fault: str = ""
    record: SlotRecord | None = None
    """As `SlotFound.record`; of what cannot be read, too."""
    whole: bool = True
    """Whether the start menu has it among what starts by itself: it has not while Recovery is
    written, and after that was cut off."""
    size_bytes: int = 0
    """Of the partition."""

    @property
    def version(self) -> str | None:
        """By the image itself, or else by whoever wrote it; None: nobody knows."""
        if self.contract is not None:
            return self.contract.version
        return self.record.version if self.record is not None else None


@dataclass(frozen=True, kw_only=True)
class System:
    """All of it."""

    running: Running
    state: BootState
    blocks_valid: tuple[bool, bool]
    """Whether each of the two blocks of the boot state is one."""
    menu: str
    """The start menu; empty: there is none."""
    a: SlotFound
    b: SlotFound
    recovery: RecoveryFound | None
    """None: the disk has no recovery partition, or the menu no entry for it."""
    boot_free_bytes: int
    """Room on /boot."""
    kernel_bytes: int
    """What kernel and initrd of the slot that runs take there."""
    holder: Holder | None = None
    """Whoever is writing to this system now."""
    reset: Level | None = None
    """What the next start of a slot resets."""
    is_unfinished: bool = False
    """Whether an installation, or a reset of everything, was begun and is not at its end."""
    notes: Notes | None = None
    """What it remembers of updates; None: nobody has asked."""

    def slot(self, name: str) -> SlotFound:
        """Raises KeyError for what is no slot."""
        return {"a": self.a, "b": self.b}[name]

    @property
    def runs(self) -> SlotFound:
        """The slot that runs."""
        return self.slot(self.running.slot)

    @property
    def spare(self) -> SlotFound:
        """The slot that does not."""
        return self.slot(self.running.other)

    @property
    def next(self) -> str:
        """What starts the next time when nobody chooses: a slot, or ``recovery``."""
        return self.state.choice(has_recovery=self.has_recovery)

    @property
    def after_once(self) -> str:
        """The same, when what is asked for once has started."""
        return self.state.forgotten().choice(has_recovery=self.has_recovery)

    @property
    def has_recovery(self) -> bool:
        """Whether the start menu comes to Recovery by itself."""
        return self.recovery is not None and self.recovery.whole

    def downloaded(self) -> str | None:
        """The command that starts the newer image which came into the slot that does not run, and
        waits for a word; None: there is none that does."""
        found, notes = self.spare, self.notes
        if notes is None or found.contract is None or self.after_once == found.name:
            return None
        version = found.contract.version
        # It has been started since, whatever came of that.
        if self.is_whole(found.name) or notes.has_failed(version):
            return None
        return notes.command_for(Downloaded(slot=found.name, version=version))

    def failed(self, name: str) -> FailedStart | None:
        """What is known of the starts of a slot that was passed over since."""
        failed = self.notes.failed if self.notes is not None else None
        found = self.slot(name)
        if failed is None or failed.slot != name or self.state.slot(name).tries:
            return None
        if found.contract is None or failed.version not in ("", found.contract.version):
            return None
        return failed

    def is_whole(self, name: str) -> bool:
        """Whether a slot holds an image, and none that was not written to its end."""
        state = self.state.slot(name)
        return self.slot(name).contract is not None and (state.tries > 0 or state.good)


class SystemSource(Protocol):
    """Whoever can look at the installed system."""

    def look(self, *, writing: Writing | None = None) -> System:
        """As it is now; nothing is written. Raises Refused, InstallError.

        What somebody is `writing` is not looked into."""
        ...

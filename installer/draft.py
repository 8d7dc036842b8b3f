"""The answers while a person is giving them, one question after the other."""

from dataclasses import dataclass, replace
from typing import Final

from installer.answers import (
    ANSWERS_VERSION,
    Answers,
    DiskChoice,
    Keep,
    LayoutKind,
    Source,
    User,
)
from installer.disk_fitness import holds_atomos, is_own_recovery
from installer.hardware import Disk, Machine
from installer.layout import Role
from installer.secret import Secret
from installer.settings_choice import DEFAULTS

_NOTHING: Final = Secret("")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Answers while they are being given: every field may still be empty or wrong."""

    source_url: str = ""
    allow_unsigned: bool = False
    disk_path: str = ""
    disk_name: str = ""
    """What a person calls that disk."""
    reinstall: bool = False
    """The disk holds AtomOS already, and the person was told so when they chose it."""
    encrypted_already: bool = False
    """That AtomOS is inside LUKS."""
    table_stays: bool = False
    """This system is the Recovery of that disk: partition table and layout cannot change."""
    recovery: bool = True
    keep: Keep = Keep.DATA
    """What is kept where there is an AtomOS; to begin with, that with which nobody loses a file."""
    disk_passphrase: Secret = _NOTHING
    """Of the encrypted disk whose data are kept."""
    encrypt: bool = True
    passphrase: Secret = _NOTHING
    passphrase_again: Secret = _NOTHING
    wants_recovery_key: bool = True
    recovery_key: Secret = _NOTHING
    """As it is shown: groups of letters with a hyphen between."""
    recovery_key_group: int = 0
    """Which of its groups is to be typed back, counted from 0."""
    recovery_key_written: bool = False
    recovery_key_typed: Secret = _NOTHING
    header_backup: str = ""
    """Partition for a copy of the LUKS header; empty for none."""
    full_name: str = ""
    user_name: str = ""
    host_name: str = DEFAULTS.hostname
    password: Secret = _NOTHING
    password_again: Secret = _NOTHING

    @property
    def keeps(self) -> bool:
        """Whether anything on the disk is kept."""
        return self.reinstall and self.keep is not Keep.NOTHING

    @property
    def layout(self) -> LayoutKind:
        """The layout there will be: the disk's own where that cannot change."""
        own = self.keeps or self.table_stays
        encrypted = self.encrypted_already if own else self.encrypt
        return LayoutKind.ENCRYPTED if encrypted else LayoutKind.PLAIN

    @property
    def new_luks(self) -> bool:
        """Whether a LUKS header is made, with a new passphrase."""
        return self.layout is LayoutKind.ENCRYPTED and not self.keeps

    def on(self, disk: Disk, machine: Machine) -> "Draft":
        """This draft for that disk. What was said of another disk is forgotten."""
        same = disk.path == self.disk_path
        return replace(
            self,
            disk_path=disk.path,
            disk_name=disk.name,
            reinstall=holds_atomos(disk),
            encrypted_already=any(part.label == Role.LUKS for part in disk.partitions),
            table_stays=is_own_recovery(disk, machine),
            keep=self.keep if same else Keep.DATA,
            disk_passphrase=self.disk_passphrase if same else _NOTHING,
        )

    def without_secrets(self) -> "Draft":
        """What may stay in memory when the installation is done."""
        return replace(
            self,
            disk_passphrase=_NOTHING,
            passphrase=_NOTHING,
            passphrase_again=_NOTHING,
            recovery_key=_NOTHING,
            recovery_key_typed=_NOTHING,
            password=_NOTHING,
            password_again=_NOTHING,
        )

    def answers(self) -> Answers:
        """The answers model, for a draft without problems.

        Consent to wiping is in it where nothing is kept, since a plan is for a disk that may be
        wiped: nothing is carried out before the person has read that plan and typed the disk's
        name.
        """
        return Answers(
            version=ANSWERS_VERSION,
            disk=DiskChoice(path=self.disk_path),
            wipe=not self.keeps,
            reinstall=self.reinstall,
            keep=self.keep if self.reinstall else Keep.NOTHING,
            layout=self.layout,
            passphrase=self._luks_passphrase(),
            recovery_key=self.recovery_key if self.new_luks and self.wants_recovery_key else None,
            header_backup=(self.header_backup or None) if self.new_luks else None,
            recovery=self.recovery,
            source=Source(url=self.source_url, allow_unsigned=self.allow_unsigned),
            user=None if self.keeps else self._user(),
            hostname=None if self.keeps else self.host_name,
        )

    def _luks_passphrase(self) -> Secret | None:
        if self.layout is LayoutKind.PLAIN:
            return None
        return self.disk_passphrase if self.keeps else self.passphrase

    def _user(self) -> User:
        return User(name=self.user_name, full_name=self.full_name, password=self.password)

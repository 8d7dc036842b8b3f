"""The answers while a person is giving them, one question after the other."""

from dataclasses import dataclass, replace
from typing import Final

from installer.answers import (
    ANSWERS_VERSION,
    SLOT,
    Answers,
    DiskChoice,
    Keep,
    LayoutKind,
    Source,
    User,
)
from installer.answers_connection import Network
from installer.answers_software import HomeManager, Software
from installer.disk_fitness import holds_atomos, is_own_recovery
from installer.given_answers import software_now, source_now
from installer.hardware import Disk, Machine
from installer.keymaps import DEFAULT_KEYMAP
from installer.languages import Speech, language_of
from installer.layout import Role
from installer.question import QuestionId
from installer.secret import Secret
from installer.session import Plan
from installer.settings_choice import DEFAULTS
from installer.time_zones import Zone, usual_zone
from installer.unfinished import Unfinished, with_secrets

LUKS_STEP: Final = "luks"
"""Id of the operation that makes the container, or opens it."""
_RECOVERY_KEY_STEP: Final = "recovery-key"
_NOTHING: Final = Secret("")
_DHCP: Final = Network()
_OF_THE_DISK: Final = frozenset({QuestionId.KEEP, QuestionId.UNLOCK})
"""Questions whose answers are about what is on one disk."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Answers while they are being given: every field may still be empty or wrong."""

    found: tuple[Unfinished, ...] = ()
    """The installations on this machine that came to no end."""
    going_on: Unfinished | None = None
    """That of them which is resumed: all but its secrets is answered."""
    done: frozenset[str] = frozenset()
    """Ids of those of its steps that need not be done again."""
    given: Answers | None = None
    """Answers of the one that is started over, or of a file: what no screen asks for is taken
    from them."""
    settled: frozenset[QuestionId] = frozenset()
    """Questions that a file has answered, or that somebody jumped back over: passed over on the way
    forward as long as nothing is wrong with their answers."""
    locale: str = ""
    """Of the new system; empty: the image's own."""
    keymap: str = ""
    """XKB layout; empty: nobody has said."""
    network: Network = _DHCP
    """How the live system was connected, and the installed one will be."""
    source_url: str = ""
    allow_unsigned: bool = False
    version: str = ""
    """Of the release; empty: the newest, whichever that is when it is installed."""
    version_of: str = ""
    """The release directory that the version is of: with another one it is forgotten."""
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
    """Of the encrypted disk whose data are kept, or whose system is installed once more."""
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
    password_hash: Secret | None = None
    """Of a file: it counts as long as no password is typed."""
    home_manager: bool = True
    """Whether it sets up the user's home, where the image can."""
    home_later: bool = False
    """Whether that waits for the first login."""
    home_flake: str = ""
    """By which; empty: a small one to begin with."""
    flatpaks: str = ""
    """Names of applications, with blanks between."""
    timezone: str = ""
    """By its name in the tz database; empty: nobody has said."""

    @property
    def version_there(self) -> str:
        """The version, if it is of the directory that is named now."""
        return self.version if self.version_of == self.source_url else ""

    @property
    def keeps(self) -> bool:
        """Whether anything on the disk is kept."""
        return self.reinstall and self.keep is not Keep.NOTHING

    @property
    def may_choose_encryption(self) -> bool:
        """Whether it is for this person to say whether the disk is encrypted."""
        return self.going_on is None and not self.keeps and not self.table_stays

    @property
    def layout(self) -> LayoutKind:
        """The layout there will be: the disk's own where that cannot change."""
        encrypted = self.encrypt if self.may_choose_encryption else self.encrypted_already
        return LayoutKind.ENCRYPTED if encrypted else LayoutKind.PLAIN

    @property
    def may_choose_source(self) -> bool:
        """Whether it is for this person to say where the release comes from: it is where an
        installation goes on whose image was on the disk, since that may be gone."""
        return self.going_on is None or self.going_on.from_slot

    @property
    def from_slot(self) -> bool:
        """Whether what is installed is the system that is on the disk."""
        return self.source_url == SLOT

    @property
    def opens_slot(self) -> bool:
        """Whether that system has to be unlocked, with the passphrase that the disk has so far."""
        gone = self.going_on is not None and self.going_on.slots_are_gone
        return self.from_slot and self.encrypted_already and not self.keeps and not gone

    @property
    def opens_luks(self) -> bool:
        """Whether a container is opened that is there, with the passphrase that it has."""
        there = self.keeps or LUKS_STEP in self.done
        return self.layout is LayoutKind.ENCRYPTED and there

    @property
    def new_luks(self) -> bool:
        """Whether a LUKS header is made, with a new passphrase."""
        return self.layout is LayoutKind.ENCRYPTED and not self.opens_luks

    @property
    def new_recovery_key(self) -> bool:
        """Whether a container may get, or gets, a recovery key."""
        if self.going_on is None:
            return self.new_luks
        wanted = self.going_on.answers.recovery_key is not None
        return wanted and _RECOVERY_KEY_STEP not in self.done

    @property
    def needs_network(self) -> bool:
        """Whether there is anything to say about it: not where an installation goes on that fetches
        nothing and has set none."""
        if self.going_on is None or self.going_on.lacks_source:
            return True
        answers = self.going_on.answers
        return answers.source.is_remote or answers.network != _DHCP

    @property
    def new_user(self) -> bool:
        """Whether an account is made."""
        return not self.keeps if self.going_on is None else self.going_on.needs_password

    @property
    def flatpak_names(self) -> tuple[str, ...]:
        """The applications, each once."""
        return tuple(dict.fromkeys(self.flatpaks.replace(",", " ").split()))

    def zone_among(self, zones: tuple[Zone, ...]) -> str:
        """The time zone that was said, or else the usual one of `zones`."""
        return self.timezone or usual_zone(zones, locale=self.locale, keymap=self.keymap)

    def speaking(self, speech: Speech) -> "Draft":
        """This draft for whoever speaks and types like that."""
        usual = speech.keymap == DEFAULT_KEYMAP
        return replace(
            self,
            locale=language_of(speech.language).locale,
            keymap="" if usual else speech.keymap,
        )

    def on(self, disk: Disk, machine: Machine, unfinished: tuple[Unfinished, ...] = ()) -> "Draft":
        """This draft for that disk. What was said of another disk is forgotten.

        What an `unfinished` installation has left there is no AtomOS, unless it keeps the data of
        one, or has come so far that somebody may have started it.
        """
        same = disk.path == self.disk_path
        # A copy of the header on the disk that is erased is none.
        copy_stays = self.header_backup not in {part.path for part in disk.partitions}
        settled = self.settled if copy_stays else self.settled - {QuestionId.RECOVERY_KEY}
        left = next((each for each in unfinished if each.disk == disk.path), None)
        is_one = left is None or left.keeps or left.may_start
        return replace(
            self,
            disk_path=disk.path,
            disk_name=disk.name,
            reinstall=holds_atomos(disk) and is_one,
            encrypted_already=any(part.label == Role.LUKS for part in disk.partitions),
            table_stays=is_own_recovery(disk, machine),
            keep=self.keep if same else Keep.DATA,
            disk_passphrase=self.disk_passphrase if same else _NOTHING,
            settled=settled if same else settled - _OF_THE_DISK,
            header_backup=self.header_backup if copy_stays else "",
        )

    def resuming(self, unfinished: Unfinished) -> "Draft":
        """The draft to go on with an installation: its answers, secrets of the same disk kept."""
        settled = self.settled & {QuestionId.NETWORK}
        if not unfinished.lacks_source:
            settled |= {QuestionId.WELCOME}
        return replace(
            self._as_told_by(unfinished),
            going_on=unfinished,
            done=frozenset(unfinished.done_ids),
            given=None,
            settled=settled,
            password_hash=None,
        )

    def starting_over(self, unfinished: Unfinished | None = None) -> "Draft":
        """The draft to begin anew with the answers of `unfinished`, or with those of this draft.

        All questions are asked again, and all answers can be changed.
        """
        before = unfinished or self.going_on
        if before is None:
            return self
        told = self._as_told_by(before)
        return replace(
            told,
            going_on=None,
            done=frozenset(),
            given=before.answers,
            settled=self.settled & {QuestionId.NETWORK},
            # Whoever erased what was there before has not said so of what may be there by now.
            keep=told.keep if told.keeps else Keep.DATA,
            disk_passphrase=told.disk_passphrase if told.keeps or told.from_slot else _NOTHING,
        )

    def as_planned(self, plan: Plan) -> "Draft":
        """This draft once it is clear what there is to go on with, which may be more or less.

        What was typed stands: a passphrase that has made the container is the one that opens it.
        """
        if plan.resumes is None:
            return self.starting_over()
        draft = replace(
            self.resuming(plan.resumes),
            found=self.found or (plan.resumes,),
            done=plan.done_already,
            # The plan knows of it, wherever it is by now.
            source_url=self.source_url,
            version=self.version,
            version_of=self.version_of,
            allow_unsigned=self.allow_unsigned,
        )
        if draft.opens_slot:
            return draft
        if draft.new_luks:
            return replace(draft, disk_passphrase=_NOTHING)
        # That of a slot is the one that the disk had before.
        typed = draft.passphrase if self.opens_slot else draft.disk_passphrase
        return replace(draft, disk_passphrase=typed if typed.reveal() else draft.passphrase)

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
            password_hash=None,
            network=_without_passphrase(self.network),
        )

    def answers(self) -> Answers:
        """The answers model, for a draft without problems.

        Consent to wiping is in it where nothing is kept, since a plan is for a disk that may be
        wiped: nothing is carried out before the person has read that plan and typed the disk's
        name.
        """
        if self.going_on is not None:
            return with_secrets(
                self.going_on,
                passphrase=self._luks_passphrase(),
                password=self.password,
                recovery_key=self.recovery_key if self.new_recovery_key else None,
                disk_passphrase=self.disk_passphrase if self.opens_slot else None,
                network=self.network,
                source=self._source() if self.going_on.from_slot else None,
            )
        return replace(
            self.given or _OF_NOBODY,
            disk=DiskChoice(path=self.disk_path),
            wipe=not self.keeps,
            reinstall=self.reinstall,
            keep=self.keep if self.reinstall else Keep.NOTHING,
            layout=self.layout,
            passphrase=self._luks_passphrase(),
            disk_passphrase=self.disk_passphrase if self.opens_slot else None,
            recovery_key=self.recovery_key if self.new_luks and self.wants_recovery_key else None,
            header_backup=self._header_backup(),
            recovery=self.recovery,
            network=self.network,
            source=self._source(),
            user=self._user() if not self.keeps or self._kept_as_given.user else None,
            hostname=self._kept_as_given.hostname if self.keeps else self.host_name,
            locale=self._kept_as_given.locale if self.keeps else self.locale or None,
            keymap=self._kept_as_given.keymap if self.keeps else self.keymap or None,
            timezone=self._kept_as_given.timezone if self.keeps else self.timezone or None,
            software=self._kept_as_given.software if self.keeps else self._software(),
        )

    @property
    def _kept_as_given(self) -> Answers:
        """A file that keeps the data may still name a user and a host; the screens ask neither."""
        given = self.given or _OF_NOBODY
        return given if given.keep is not Keep.NOTHING else _OF_NOBODY

    def _luks_passphrase(self) -> Secret | None:
        if self.layout is LayoutKind.PLAIN:
            return None
        return self.disk_passphrase if self.opens_luks else self.passphrase

    def _header_backup(self) -> str | None:
        """Of a container that stays a file may ask for a copy; the screens do not."""
        if self.new_luks:
            return self.header_backup or None
        return self._kept_as_given.header_backup if self.opens_luks else None

    def _source(self) -> Source:
        given = self.given if self.going_on is None else self.going_on.answers
        now = Source(
            url=self.source_url,
            allow_unsigned=self.allow_unsigned,
            version=self.version_there or None,
        )
        return now if given is None else source_now(given.source, now)

    def _user(self) -> User:
        before = self.given.user if self.given is not None else None
        hash = self.password_hash if not self.password.reveal() else None
        return User(
            name=self.user_name,
            full_name=self.full_name,
            password=self.password if hash is None else None,
            password_hash=hash,
            groups=before.groups if before is not None else (),
            ssh_keys=before.ssh_keys if before is not None else (),
        )

    def _software(self) -> Software:
        return software_now(
            (self.given or _OF_NOBODY).software,
            home_manager=self.home_manager,
            home_later=self.home_later,
            home_flake=self.home_flake,
            flatpaks=self.flatpak_names,
        )

    def _as_told_by(self, unfinished: Unfinished) -> "Draft":
        """The answers of that installation; secrets are of use for the same disk only."""
        answers, user = unfinished.answers, unfinished.answers.user
        same = self.disk_path == unfinished.disk
        encrypted = unfinished.needs_passphrase
        source_url = answers.source.url
        if unfinished.lacks_source:
            source_url = "" if self.from_slot else self.source_url
        return replace(
            self if same else self.without_secrets(),
            locale=answers.locale or "",
            keymap=answers.keymap or "",
            # The machine may be elsewhere by now: as it is connected counts.
            network=self.network if self.network != _DHCP else answers.network,
            source_url=source_url,
            allow_unsigned=answers.source.allow_unsigned,
            version=answers.source.version or "",
            version_of=answers.source.url,
            disk_path=unfinished.disk,
            disk_name=unfinished.disk_name,
            reinstall=answers.reinstall,
            encrypted_already=encrypted,
            table_stays=False,
            recovery=answers.recovery,
            keep=answers.keep,
            encrypt=encrypted,
            wants_recovery_key=answers.recovery_key is not None,
            header_backup=answers.header_backup or "",
            full_name=user.full_name if user is not None else "",
            user_name=user.name if user is not None else "",
            host_name=answers.hostname or DEFAULTS.hostname,
            timezone=answers.timezone or "",
            home_manager=answers.software.home_manager is not HomeManager.OFF,
            home_later=answers.software.home_manager is HomeManager.DEFERRED,
            home_flake=answers.software.home_flake or "",
            flatpaks=" ".join(answers.software.flatpaks),
        )


def _without_passphrase(network: Network) -> Network:
    return replace(network, passphrase=None if network.passphrase is None else _NOTHING)


_OF_NOBODY: Final = Answers(
    version=ANSWERS_VERSION, disk=DiskChoice(), source=Source(url=""), wipe=False
)
"""Nothing but what an answers file without these keys says."""

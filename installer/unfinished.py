"""An installation that came to no end: what is known of it, and the answers to go on with."""

import dataclasses
import hashlib
import json
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from installer.answers import Answers, DiskChoice, Keep, Source, User
from installer.answers_connection import Network
from installer.durations import clock_words
from installer.events import Step
from installer.identifiers import Identifiers
from installer.revealed import revealed
from installer.secret import Secret

_NOTHING: Final = Secret("")
_OF_NO_WEIGHT: Final = ("disk", "wipe", "reinstall", "afterwards", "network")
"""Answers that may be others when an installation goes on: consent, what is done at the end, the
words for a disk that is known by its serial number and size, and the way to the network."""
KEPT_IMAGE: Final = "image-on-boot"
"""Id of the operation that leaves the image on the boot partition until all is done."""
_LUKS: Final = "luks"
_SLOTS: Final = "slots"
"""Ids of the operations that take what is in the slots away."""
_STARTERS: Final = ("bios-core", "boot-loader")
"""Once one of them was begun, the disk may start, and people may have put things onto it."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A step that was carried out and verified."""

    id: str
    deed: str
    """`Operation.deed` of what was done."""
    at: float
    """Seconds since the epoch, by the clock of then."""


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """What the journal of an installation tells that came to no end. No secret is in it."""

    disk: str
    """Device node that the disk has now."""
    disk_name: str
    """What a person calls that disk."""
    began: float
    """Seconds since the epoch, by the clock of then: it may lie in the future."""
    system: str
    """What was being installed, in words."""
    answers: Answers
    """Each secret that there was is an empty one; `with_secrets` makes them whole."""
    identifiers: Identifiers
    steps: tuple[Step, ...]
    """All of the plan."""
    done: tuple[Done, ...] = ()
    """Those that need not be done again, in the order in which they were done."""
    begun: str | None = None
    """Id of the step that was in work when it ended; None: between two."""
    touched: tuple[str, ...] = ()
    """Ids of all steps that were ever begun."""
    place: str | None = None
    """The boot partition that the journal is on; None: it is in this machine's memory."""
    text: str = dataclasses.field(default="", repr=False)
    """The journal itself, without a last line that is not whole."""

    @property
    def done_ids(self) -> tuple[str, ...]:
        """Ids of `done`."""
        return tuple(each.id for each in self.done)

    @property
    def begun_sentence(self) -> str:
        """What was in work when it ended, for a person; empty between two steps."""
        sentences = {step.id: step.sentence for step in self.steps}
        return sentences.get(self.begun or "", self.begun or "")

    @property
    def keeps(self) -> bool:
        """Whether data that were on the disk before are kept."""
        return self.answers.keep is not Keep.NOTHING

    @property
    def may_start(self) -> bool:
        """Whether a boot loader may be on the disk already."""
        return any(id in self.touched for id in _STARTERS)

    @property
    def needs_passphrase(self) -> bool:
        """Whether a container has to be opened, or made, to go on."""
        return self.answers.passphrase is not None

    @property
    def from_slot(self) -> bool:
        """Whether its image is that of the system that was on the disk before."""
        return self.answers.source.is_slot

    @property
    def slots_are_gone(self) -> bool:
        """Whether that system can be read no more."""
        return slots_are_gone(self.touched, encrypted=self.needs_passphrase)

    @property
    def lacks_source(self) -> bool:
        """Whether a release has to be named to go on: its image was on the disk, and is gone."""
        return self.from_slot and self.slots_are_gone and KEPT_IMAGE not in self.done_ids

    @property
    def needs_recovery_key(self) -> bool:
        """Whether there is a recovery key, and it is not in the container yet."""
        return self.answers.recovery_key is not None and "recovery-key" not in self.done_ids

    @property
    def needs_password(self) -> bool:
        """Whether there is an account to be made: its password is never known to be set."""
        return self.answers.user is not None


def slots_are_gone(touched: Container[str], *, encrypted: bool) -> bool:
    """Whether an installation that began these steps has begun to take the slots away."""
    return _LUKS in touched if encrypted else _SLOTS in touched


def with_secrets(
    unfinished: Unfinished,
    *,
    passphrase: Secret | None = None,
    password: Secret | None = None,
    recovery_key: Secret | None = None,
    disk_passphrase: Secret | None = None,
    network: Network | None = None,
    source: Source | None = None,
) -> Answers:
    """The answers to go on with, for the disk as it is called now; `network` is how it is reached
    by now, and None as it was, but for a passphrase, which no journal has. `source` is a release in
    the place of a system that is gone.

    A secret that the installation has no use for is left out. One that it has and that is not
    given stays empty, which is right for a recovery key that is in the container already.
    """
    answers, user = unfinished.answers, unfinished.answers.user
    if user is not None:
        user = dataclasses.replace(user, password=password or _NOTHING)
    return dataclasses.replace(
        answers,
        disk=DiskChoice(path=unfinished.disk),
        user=user,
        network=answers.network if network is None else network,
        source=source or answers.source,
        passphrase=_given(passphrase, answers.passphrase),
        disk_passphrase=disk_passphrase,
        recovery_key=_given(recovery_key, answers.recovery_key),
    )


def without_secrets(answers: Answers) -> Answers:
    """`answers` with an empty secret for each that there is.

    The names of the files that they came from go too: a person may have put the secret itself
    there. However the password was given, it is one password.
    """
    user = answers.user
    if user is not None:
        user = User(
            name=user.name,
            full_name=user.full_name,
            password=_NOTHING,
            groups=user.groups,
            ssh_keys=user.ssh_keys,
        )
    return dataclasses.replace(
        answers,
        user=user,
        passphrase_file=None,
        passphrase=_given(_NOTHING, answers.passphrase),
        disk_passphrase=None,
        recovery_key=_given(_NOTHING, answers.recovery_key),
        network=dataclasses.replace(
            answers.network,
            passphrase_file=None,
            passphrase=_given(_NOTHING, answers.network.passphrase),
        ),
    )


def answers_sha256(answers: Answers) -> str:
    """SHA-256 over all that the answers say of what is to be on the disk, secrets left out.

    The way to the release is left out too: after an installation that failed on the network it is
    just that which is mended. What came over it is known by its own sum.
    """
    source = dataclasses.replace(
        answers.source, mirrors=(), proxy=None, ca=None, ca_file=None, allow_older=False
    )
    whole = revealed(without_secrets(dataclasses.replace(answers, source=source)))
    assert isinstance(whole, dict)
    weighty = {name: value for name, value in whole.items() if name not in _OF_NO_WEIGHT}
    return hashlib.sha256(json.dumps(weighty, sort_keys=True).encode()).hexdigest()


def began_words(unfinished: Unfinished) -> str:
    """When it began, in words that are true whichever way the clock has gone since."""
    return clock_words(unfinished.began)


def _given(value: Secret | None, wanted: Secret | None) -> Secret | None:
    """`value` where there is to be one."""
    return None if wanted is None else (value or _NOTHING)

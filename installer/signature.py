"""Who has signed a release, and whether that is enough. Pure.

One good signature by a key that is trusted is enough, whatever else has signed beside it: so a key
can be followed by another one. A bad one by a key that is trusted is never passed over.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from installer.errors import Problem, Refused
from installer.text import N_, _

SIGNATURE_NAME: Final = "SHA256SUMS.gpg"
_SLACK: Final = datetime.timedelta(days=1)
"""A clock that keeps local time for UTC is up to 14 hours off; the next release is days away."""


class Verdict(StrEnum):
    """What there is to say of one signature."""

    GOOD = "good"
    BAD = "bad"
    """By a key that is trusted, over something else."""
    KEY_REVOKED = "key-revoked"
    KEY_EXPIRED = "key-expired"
    EXPIRED = "expired"
    KEY_UNKNOWN = "key-unknown"
    KEY_UNUSABLE = "key-unusable"
    """Made in times to come, or bound to its name by a signature that is too weak."""
    WEAK = "weak"
    """Over a hash that can be forged."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One signature. `key` is its fingerprint, or its id where no more is known."""

    verdict: Verdict
    key: str = ""
    user: str = ""
    """User id of the key, for people."""
    made: datetime.datetime | None = None
    expired: datetime.datetime | None = None

    @property
    def who(self) -> str:
        """User id and fingerprint."""
        return f"{self.user} ({self.key})" if self.user else self.key


class Unsigned(Refused):
    """Nobody who is trusted vouches for it; whoever allows unsigned releases may go on."""


class Distrusted(Refused):
    """It was signed, and that speaks against it: refused whatever is allowed."""


def judge(signatures: Sequence[Signature], name: str, now: datetime.datetime) -> str:
    """Who vouches for the release whose signature file is called `name`.

    `now` is what the clock of this machine says. Raises Distrusted or Unsigned.
    """
    bad = [each for each in signatures if each.verdict is Verdict.BAD]
    if bad:
        raise Distrusted(tuple(_problem(each, name, now) for each in bad))
    good = [each for each in signatures if each.verdict is Verdict.GOOD]
    timely = [each for each in good if not _is_early(each, now)]
    if timely:
        return ", ".join(each.who for each in timely)
    if not signatures:
        raise Distrusted((unreadable(name),))
    problems = tuple(_problem(each, name, now) for each in signatures)
    if any(each.verdict in _AGAINST for each in signatures):
        raise Distrusted(problems)
    raise Unsigned(problems)


def unreadable(name: str) -> Problem:
    """The file is none."""
    return Problem(
        what=_("{name} holds no whole detached OpenPGP signature.").format(name=name),
        way_out=_("Try another mirror, or tell whoever publishes the release."),
    )


def unsigned(url: str) -> Problem:
    """There is no signature at all."""
    return Problem(
        what=_("The release at {url} is unsigned: nobody vouches for it.").format(url=url),
        way_out=allow_words(),
    )


def allow_words() -> str:
    """How to take an unsigned release all the same."""
    return _(
        "If you trust it all the same, agree to that (in an answers file:"
        " `allow_unsigned: true` below `source`)."
    )


def _is_early(signature: Signature, now: datetime.datetime) -> bool:
    return signature.made is not None and signature.made > now + _SLACK


def _problem(signature: Signature, name: str, now: datetime.datetime) -> Problem:
    verdict = signature.verdict
    # A key of times to come is unusable today: the clock is the reason, not the key.
    if verdict in (Verdict.GOOD, Verdict.KEY_UNUSABLE) and _is_early(signature, now):
        said = _EARLY
    else:
        said = _WORDS[verdict]
    what, way_out = _(said[0]), _(said[1])
    if verdict in (Verdict.KEY_UNKNOWN, Verdict.KEY_EXPIRED, Verdict.WEAK, Verdict.KEY_UNUSABLE):
        way_out = f"{way_out} {allow_words()}"
    return Problem(
        what=what.format(
            name=name,
            who=signature.who or _("an unknown key"),
            made=_day(signature.made),
            expired=_day(signature.expired),
            now=_day(now),
        ),
        way_out=way_out,
    )


def _day(time: datetime.datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time is not None else _("an unknown day")


_AGAINST: Final = frozenset({Verdict.KEY_REVOKED, Verdict.UNREADABLE})
"""Without a good one beside it, these are no better than a bad one."""
_EARLY: Final = (
    N_(
        "{name} was made on {made} by {who}, and the clock of this machine says {now}: the clock is"
        " wrong by that much at least."
    ),
    N_("Set the clock (in a shell: `date -s 2030-01-31`), then try again."),
)
_WORDS: Final = {
    Verdict.BAD: (
        N_(
            "SHA256SUMS is not what {who} signed: it, or {name}, was damaged on its way or changed"
            " by somebody."
        ),
        N_("Do not install this. Try another mirror, and tell whoever publishes the release."),
    ),
    Verdict.KEY_REVOKED: (
        N_("{name} is by {who}, and that key was revoked: it is trusted no more."),
        N_("Use a newer release, which is signed by another key, and a newer live image."),
    ),
    Verdict.KEY_EXPIRED: (
        N_("{name} is by {who}, a key that expired on {expired}; this machine's clock says {now}."),
        N_(
            "Set the clock if it is wrong; else use a newer live image, which has newer keys, or a"
            " newer release."
        ),
    ),
    Verdict.EXPIRED: (
        N_(
            "{name} was made by {who} for a time that ended on {expired}; this machine's clock says"
            " {now}."
        ),
        N_("Set the clock if it is wrong; else use a newer release."),
    ),
    Verdict.KEY_UNKNOWN: (
        N_("{name} is by the key {who}, which is not among those that this system trusts."),
        N_("Use the live image of whoever publishes this release."),
    ),
    Verdict.KEY_UNUSABLE: (
        N_("{name} is by {who}, a key that cannot be used: it is too weak or damaged."),
        N_("Tell whoever publishes the release to sign with another key."),
    ),
    Verdict.WEAK: (
        N_("{name} by {who} is too weak: it signs a hash that can be forged, such as SHA-1."),
        N_("Tell whoever publishes the release to sign with SHA-512."),
    ),
    Verdict.UNREADABLE: (
        N_("{name} holds a signature that cannot be read."),
        N_("Try another mirror, or tell whoever publishes the release."),
    ),
}

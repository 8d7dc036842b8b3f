"""What gpgv(1) says on its status-fd (GnuPG, doc/DETAILS, "Format of the --status-fd output").

Its exit status is not gone by: it is 0 for a good signature by a key that has expired or was
revoked, and for one made in years to come; and 2 when an unknown key has signed beside a good one.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from installer.signature import Signature, Verdict

_PREFIX: Final = "[GNUPG:] "
_STRONG_DIGESTS: Final = frozenset({"8", "9", "10", "11"})
"""SHA-256, -384, -512 and -224 (RFC 4880, 9.4). gpgv knows MD5 and, told so, SHA-1 as weak; it
lets RIPEMD-160 pass."""
_BINARY_DOCUMENT: Final = "00"
"""Signature class (RFC 4880, 5.2.1). That of a text fits it with other line ends too."""
_VERDICTS: Final = {
    "GOODSIG": Verdict.GOOD,
    "EXPSIG": Verdict.EXPIRED,
    "EXPKEYSIG": Verdict.KEY_EXPIRED,
    "REVKEYSIG": Verdict.KEY_REVOKED,
    "BADSIG": Verdict.BAD,
}
_ERRORS: Final = {
    # Error codes of libgpg-error in the field `rc` of ERRSIG.
    "9": Verdict.KEY_UNKNOWN,
    "5": Verdict.WEAK,
    "6": Verdict.KEY_UNUSABLE,
}
_LEAST_VALIDSIG: Final = 10
_LEAST_ERRSIG: Final = 6


@dataclass
class _Said:
    """The lines on one signature."""

    words: dict[str, list[str]] = field(default_factory=dict)

    def signature(self) -> Signature:
        """What they come to. What is not understood is no good signature."""
        valid = self.words.get("VALIDSIG", [])
        if "ERRSIG" in self.words:
            return _erroneous(self.words["ERRSIG"], is_there="KEY_CONSIDERED" in self.words)
        keyword = next((each for each in _VERDICTS if each in self.words), None)
        if keyword is None:
            return Signature(verdict=Verdict.UNREADABLE)
        key, *user = self.words[keyword]
        verdict = _VERDICTS[keyword]
        if verdict is not Verdict.BAD:
            if len(valid) < _LEAST_VALIDSIG or valid[8] != _BINARY_DOCUMENT:
                verdict = Verdict.UNREADABLE
            elif verdict is Verdict.GOOD and valid[7] not in _STRONG_DIGESTS:
                verdict = Verdict.WEAK
        whole = len(valid) >= _LEAST_VALIDSIG
        return Signature(
            verdict=verdict,
            # The fingerprint of the primary key, whose subkey may have signed.
            key=valid[9] if whole else key,
            user=" ".join(user),
            made=_time(valid[2]) if whole else None,
            expired=_expiry(verdict, valid, self.words.get("KEYEXPIRED", [])),
        )


def parse_status(text: str) -> tuple[Signature, ...]:
    """The signatures in the order of the file; empty where gpgv found none.

    gpgv ends at the first bad one: what stands behind it was not looked at.
    """
    # Not splitlines(): gpgv escapes a line feed in a user id, but not U+2028 and its like.
    return tuple(each.signature() for each in _groups(text.split("\n")))


def _groups(lines: Sequence[str]) -> Iterator[_Said]:
    said: _Said | None = None
    for line in lines:
        if not line.startswith(_PREFIX):
            continue
        keyword, *words = line.removeprefix(_PREFIX).split(" ")
        if keyword == "NEWSIG":
            if said is not None:
                yield said
            said = _Said()
        elif said is not None:
            said.words[keyword] = words
    if said is not None:
        yield said


def _erroneous(words: Sequence[str], *, is_there: bool) -> Signature:
    """`is_there`: the key was found. gpgv 2.4 says of one that it cannot use that there is none,
    where 2.2 says that it is bad."""
    if len(words) < _LEAST_ERRSIG:
        return Signature(verdict=Verdict.UNREADABLE)
    key = words[6] if len(words) > _LEAST_ERRSIG and words[6] != "-" else words[0]
    verdict = _ERRORS.get(words[5], Verdict.UNREADABLE)
    if verdict is Verdict.KEY_UNKNOWN and is_there:
        verdict = Verdict.KEY_UNUSABLE
    return Signature(verdict=verdict, key=key, made=_time(words[4]))


def _expiry(
    verdict: Verdict, valid: Sequence[str], key_expired: Sequence[str]
) -> datetime.datetime | None:
    if verdict is Verdict.KEY_EXPIRED and key_expired:
        return _time(key_expired[0])
    if verdict is Verdict.EXPIRED and valid:
        return _time(valid[3])
    return None


def _time(text: str) -> datetime.datetime | None:
    """Seconds since 1970, or as ISO 8601 says it; both may be written."""
    try:
        if text.isdecimal():
            return datetime.datetime.fromtimestamp(int(text), datetime.UTC)
        return datetime.datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return None

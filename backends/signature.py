"""Checking the detached signature over the sums of a release, with gpgv(1)."""

import datetime
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from backends.gpgv_status import parse_status
from backends.keyrings import Keyrings, NoKeys
from backends.runner import Runner
from installer.errors import Problem, ToolFailed
from installer.signature import Distrusted, Unsigned, allow_words, judge, unreadable
from installer.text import _

GPGV_SECONDS: Final = 60.0
"""A signature with a thousand keys takes two."""
_STATUSES: Final = (0, 1, 2)
"""What it ends with when it has looked at the files, whatever it thinks of them."""
_ARMOUR: Final = b"-----BEGIN"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Signatures:
    """Says who has signed, going by `keyrings` and nothing else.

    `now` only says of which day errors speak, and whether a signature is of the future, which gpgv
    does not mind; whether a key has expired gpgv knows by the clock of this machine.
    """

    def __init__(
        self,
        runner: Runner,
        keyrings: Keyrings,
        *,
        now: Callable[[], datetime.datetime] = _now,
    ) -> None:
        self._runner = runner
        self._keyrings = keyrings
        self._now = now

    def signer(self, signed: bytes, signature: bytes, name: str) -> str:
        """User id and fingerprint of whoever signed `signed`; `name` is the signature's file.

        Raises Distrusted when the signature speaks against what it signs or is none, Unsigned when
        it says nothing: its key is unknown or has expired, it is weak, or there is nothing on this
        system to check it with.
        """
        _check_form(signature, name)
        with tempfile.TemporaryDirectory(prefix="atomos-signature-") as scratch:
            return judge(
                parse_status(self._status(Path(scratch), signed, signature)), name, self._now()
            )

    def _status(self, scratch: Path, signed: bytes, signature: bytes) -> str:
        """What gpgv says on its status-fd."""
        (scratch / "signed").write_bytes(signed)
        (scratch / "signature").write_bytes(signature)
        try:
            rings = self._keyrings.binary(scratch)
            argv = ["gpgv", "--homedir", str(scratch), "--status-fd", "1", "--weak-digest", "SHA1"]
            argv += [word for ring in rings for word in ("--keyring", str(ring))]
            argv += ["--", str(scratch / "signature"), str(scratch / "signed")]
            return self._runner.run(argv, timeout=GPGV_SECONDS, ok=_STATUSES).stdout
        except (NoKeys, OSError) as error:
            raise Unsigned((_unchecked(str(error)),)) from None
        except ToolFailed as error:
            raise Unsigned((_unchecked(f"{error}."),)) from error


def _check_form(signature: bytes, name: str) -> None:
    """Raises Distrusted for what is no binary signature.

    gpgv would take an armoured one. In a release there is one form of it, so that whatever reads
    releases agrees on what was signed.
    """
    if signature.lstrip().startswith(_ARMOUR):
        what = _("{name} is armoured; the signature of a release is binary.").format(name=name)
        way_out = _("Tell whoever publishes the release: `gpg --dearmor` makes it binary.")
        raise Distrusted((Problem(what=what, way_out=way_out),))
    if not signature:
        what = _("{name} is empty.").format(name=name)
        raise Distrusted((Problem(what=what, way_out=unreadable(name).way_out),))


def _unchecked(why: str) -> Problem:
    what = _("The signature of the release cannot be checked. {why}").format(why=why)
    return Problem(what=what, way_out=allow_words())

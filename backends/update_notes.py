"""What the machine remembers of updates, in /var/lib/atomos, and what it says at the login."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.file_errors import file_errors
from backends.regular_file import read_regular
from backends.whole_file import put_bytes
from installer.answers_yaml import Place
from installer.errors import AnswersInvalid
from installer.quantity import MIB
from installer.text import _
from installer.upkeep.notes import FailedStart, LastLook, Notes
from installer.upkeep.policy import UpdatePolicy
from installer.upkeep.policy_file import POLICY_FILES, read_policy

STATE: Final = Path("/var/lib/atomos/update/last")
MOTD: Final = Path("/run/motd.d/atomos-update")
FAILED: Final = Path("/var/lib/atomos/failed-start")
"""Written by live/system/usr/lib/atomos/passed-over."""
_LONGEST: Final = MIB


@dataclass(frozen=True, kw_only=True)
class UpdateNotes:
    """Fulfils NoteBook."""

    policies: Iterable[Path] = POLICY_FILES
    state: Path = STATE
    motd: Path = MOTD
    failed: Path = FAILED

    def read(self) -> Notes:
        """See NoteBook."""
        return Notes(
            policy=self._policy(),
            look=self._look(),
            failed=self._failed(),
            failed_before=self._failed_before(),
        )

    def write(self, look: LastLook, shown: str) -> None:
        """See NoteBook."""
        # In memory, and so there is room where /var is full.
        with file_errors(str(self.motd)):
            if shown:
                self.motd.parent.mkdir(parents=True, exist_ok=True)
                put_bytes(self.motd, f"{shown}\n".encode(), mode=0o644)
            else:
                self.motd.unlink(missing_ok=True)
        with file_errors(str(self.state)):
            self.state.parent.mkdir(parents=True, exist_ok=True)
            put_bytes(self.state, f"{look.to_json()}\n".encode(), mode=0o644)

    def _policy(self) -> UpdatePolicy | AnswersInvalid:
        try:
            return read_policy(self.policies)
        except AnswersInvalid as error:
            return error
        except OSError as error:
            place = Place(file=str(error.filename))
            what = _("the file cannot be read: {reason}").format(reason=error.strerror)
            return AnswersInvalid((place.error(what, _("look at its rights")),))

    def _look(self) -> LastLook | None:
        with contextlib.suppress(OSError, ValueError):
            return LastLook.from_json(read_regular(self.state, _LONGEST).decode())
        return None

    def _failed_before(self) -> tuple[str, ...]:
        with contextlib.suppress(OSError):
            text = read_regular(self.failed / "versions", _LONGEST).decode("utf-8", "replace")
            return tuple(filter(None, text.splitlines()))
        return ()

    def _failed(self) -> FailedStart | None:
        with contextlib.suppress(OSError):
            text = read_regular(self.failed / "start", _LONGEST).decode("utf-8", "replace")
            lines = [line.partition("=") for line in text.splitlines()]
            found = {name: value for name, _sign, value in lines}
            if found.get("slot") not in ("a", "b"):
                return None
            why = "\n".join(value for name, _sign, value in lines if name == "why")
            log = self.failed / "log"
            return FailedStart(
                slot=found["slot"],
                version=found.get("version", ""),
                why=why,
                log=str(log) if log.is_file() else "",
            )
        return None

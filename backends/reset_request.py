"""The word on the boot partition that asks the next start for a reset (docs/reset.md)."""

from pathlib import Path

from backends.file_errors import file_errors
from backends.mounts import Mounts, flush_directory
from backends.regular_file import read_regular
from backends.whole_file import put_bytes
from installer.errors import InstallError
from installer.text import _
from installer.upkeep.reset import (
    KEPT,
    LONGEST,
    REQUEST,
    Request,
    Step,
    parse_request,
    request_text,
)
from installer.upkeep.system import Level

MODE = 0o644


class ResetRequests:
    """Fulfils ResetWriter: on an ext4 that is mounted for it alone."""

    def __init__(self, mounts: Mounts) -> None:
        self._mounts = mounts

    def ask(self, level: Level, *, boot: str, source: str | None = None) -> None:
        """Ask for `level`, with the address of a release where there is one, and read it back.

        What was asked for before counts no more. Whole or not at all, whenever the power goes.
        Raises InstallError: /boot is full, or takes no writes, or a reset is past its renames.
        """
        with self._mounts.device(boot, "ext4", read_only=False) as top, file_errors(boot):
            before = _not_renamed(top)
            begun = before is not None and before.begun
            place = top / REQUEST
            place.parent.mkdir(mode=0o755, exist_ok=True)
            flush_directory(top)
            put_bytes(place, request_text(level, source, begun=begun).encode(), mode=MODE)
        with self._mounts.device(boot, "ext4", read_only=True) as top, file_errors(boot):
            if asked_in(top) is not level:
                raise InstallError(
                    _("{path} on {device} is not what was written there").format(
                        path=f"/{REQUEST}", device=boot
                    ),
                    device=boot,
                    way_out=_("Try again; if it stays so, use another disk."),
                )

    def forget(self, *, boot: str) -> None:
        """Ask for none. What a start has made of it is deleted by the next one.

        Raises InstallError, and where the reset is past its renames.
        """
        with self._mounts.device(boot, "ext4", read_only=False) as top, file_errors(boot):
            before = _not_renamed(top)
            place = top / REQUEST
            if before is not None and before.begun:
                text = request_text(Level.SYSTEM, step=Step.DROP, begun=True)
                put_bytes(place, text.encode(), mode=MODE)
            elif place.parent.is_dir():
                place.unlink(missing_ok=True)
            if place.parent.is_dir():
                # Where one was begun and left before anything was lost.
                (top / KEPT).unlink(missing_ok=True)
                flush_directory(place.parent)


def asked_in(top: Path) -> Level | None:
    """What is asked for on the boot partition that is mounted at `top`. Raises OSError."""
    request = _request_in(top)
    return None if request is None else request.asks


def _request_in(top: Path) -> Request | None:
    return parse_request(read_regular(top / REQUEST, LONGEST).decode("utf-8", "replace"))


def _not_renamed(top: Path) -> Request | None:
    """What is written there. Raises InstallError where that can be gone on with only."""
    request = _request_in(top)
    if request is not None and request.has_renamed:
        raise InstallError(
            _(
                "The reset of {level} has begun, and what was there before is on its way out."
            ).format(level=request.level.value),
            way_out=_(
                "The next start of the system brings it to its end: start the machine again."
            ),
        )
    return request

"""Upkeep whose machinery fails, or dies, where a test wants it."""

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable

from installer.__main__ import machinery
from installer.errors import ExitCode
from installer.machinery import Begin, Machinery, Progress
from installer.release import ReleaseFile
from installer.upkeep.wish import Wish
from tests.tools.installed_disk import InstalledDisk


class Breaking:
    """Parts of a machinery that do something of a test's when one method begins or has ended."""

    def __init__(self, inner: object, deeds: dict[str, Callable[[], None]]) -> None:
        self._inner, self._deeds = inner, deeds

    def __getattr__(self, name: str) -> object:
        method = getattr(self._inner, name)
        before, after = self._deeds.get(f"before {name}"), self._deeds.get(f"after {name}")
        if before is None and after is None:
            return method

        def call(*arguments: object, **named: object) -> object:
            if before is not None:
                before()
            value = method(*arguments, **named)
            if after is not None:
                after()
            return value

        return call


class KillingImages:
    """Images of which the process dies when so many bytes have come to the disk."""

    def __init__(self, inner: object, share: float) -> None:
        self._inner, self._share = inner, share

    def write(
        self,
        image: ReleaseFile,
        targets: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        def tell(done: int, total: int) -> None:
            progress(done, total)
            if done >= self._share * total:
                os.kill(os.getpid(), signal.SIGKILL)

        self._inner.write(image, targets, tell, begin)  # type: ignore[attr-defined]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def executed(
    installed: InstalledDisk, wish: Wish, change: Callable[[Machinery], Machinery]
) -> ExitCode:
    """Carry it out with a machinery that is changed."""
    with contextlib.ExitStack() as left_open:

        def maker(*arguments: object) -> Machinery:
            made = machinery(installed.run.mounts, left_open, *arguments)  # type: ignore[arg-type]
            return change(made)

        return installed.carry_out(wish, maker)


def killed(installed: InstalledDisk, wish: Wish, change: Callable[[Machinery], Machinery]) -> None:
    """The same in a process that dies of it."""
    child = os.fork()
    if child == 0:
        try:
            executed(installed, wish, change)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it lived, and ended with {os.waitstatus_to_exitcode(status)}"


def in_boot(deeds: dict[str, Callable[[], None]]) -> Callable[[Machinery], Machinery]:
    """What is done to /boot and the ESP is broken so."""
    return lambda made: dataclasses.replace(
        made,
        boot=Breaking(made.boot, deeds),  # type: ignore[arg-type]
    )


def in_system(deeds: dict[str, Callable[[], None]]) -> Callable[[Machinery], Machinery]:
    """What is done to a system's tree is broken so."""
    return lambda made: dataclasses.replace(
        made,
        system=Breaking(made.system, deeds),  # type: ignore[arg-type]
    )


def in_images(deeds: dict[str, Callable[[], None]]) -> Callable[[Machinery], Machinery]:
    """What brings images is broken so."""
    return lambda made: dataclasses.replace(
        made,
        images=Breaking(made.images, deeds),  # type: ignore[arg-type]
    )


def at_share(share: float) -> Callable[[Machinery], Machinery]:
    """The process dies when so much of an image is written."""
    return lambda made: dataclasses.replace(
        made,
        images=KillingImages(made.images, share),  # type: ignore[arg-type]
    )

"""Where the core and the backends are put together to keep a system; imported when used."""

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from installer.errors import ExitCode
from installer.run_words import UPDATE
from installer.upkeep import cli

if TYPE_CHECKING:
    from backends.hardware_live import LiveHardware
    from backends.surroundings import SurroundingsHere
    from backends.system_look import SystemLook
    from backends.wished_releases import WishedReleasesHere
    from installer.journal import RunDirectory
    from installer.upkeep.session import Upkeep

NEEDED_TOOLS: Final = ("mount", "umount", "sync", "blkid", "losetup")
"""Of the tools that the backends call, those without which no slot is written."""


@dataclass(frozen=True)
class InstalledParts:
    """See UpkeepParts: the machine that this runs on."""

    def upkeep(self, run: Path) -> "Upkeep":
        """See UpkeepParts."""
        from backends.boot_state_blocks import BootStateBlocks
        from backends.container_unlock import ContainerUnlock
        from backends.luks import Cryptsetup
        from backends.mounts import Mounts
        from backends.reset_request import ResetRequests
        from backends.runner import Runner
        from backends.update_notes import UpdateNotes
        from backends.volume_group import Lvm
        from installer.journal import RunDirectory
        from installer.upkeep.session import Upkeep

        directory = RunDirectory(path=run, words=UPDATE)
        mounts = Mounts(Runner(), directory.mounts)
        return Upkeep(
            systems=_look(directory),
            hardware=_hardware(directory),
            releases=_wished(directory),
            states=BootStateBlocks(mounts),
            resets=ResetRequests(mounts),
            launcher=Runner(),
            tidy=mounts.unmount_leftovers,
            unlocker=ContainerUnlock(Cryptsetup(Runner(), mounts), Lvm(Runner())),
            run=directory,
            notes=UpdateNotes(),
        )

    def execute(self, run: Path, document: bytes) -> ExitCode:
        """See UpkeepParts."""
        import contextlib

        from backends.mounts import Mounts
        from backends.runner import Runner
        from backends.supervisor import supervised
        from installer.__main__ import machinery
        from installer.journal import RunDirectory
        from installer.upkeep.execution import UpkeepExecution

        directory = RunDirectory(path=run, words=UPDATE)
        with contextlib.ExitStack() as left_open:
            return UpkeepExecution(
                systems=_look(directory),
                hardware=_hardware(directory),
                releases=_wished(directory),
                make_machinery=functools.partial(machinery, directory.mounts, left_open),
                tidy=Mounts(Runner(), directory.mounts).unmount_leftovers,
                run=directory,
                supervise=supervised,
            ).carry_out(document)

    def language(self) -> str:
        """See UpkeepParts."""
        import os

        from installer.languages import language_of

        names = ("LC_ALL", "LC_MESSAGES", "LANG")
        return language_of(next((os.environ[n] for n in names if os.environ.get(n)), "")).code

    def surroundings(self) -> "SurroundingsHere":
        """See UpkeepParts."""
        from backends.runner import Runner
        from backends.surroundings import SurroundingsHere, battery_here

        return SurroundingsHere(Runner(), battery_here)

    def wait(self, seconds: int) -> None:
        """See UpkeepParts."""
        import random
        import time

        time.sleep(random.SystemRandom().uniform(0, seconds))

    def now(self) -> str:
        """See UpkeepParts."""
        import datetime

        return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

    def can_draw(self) -> bool:
        """See UpkeepParts."""
        import importlib.util
        import os

        there = all(importlib.util.find_spec(name) for name in ("screens", "textual"))
        if not there or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return False
        from screens.front_end import can_draw

        return can_draw(os.environ.get("TERM", ""))

    def show_screens(self, run: Path, place: str) -> None:
        """See UpkeepParts."""
        from screens.leave import Leave
        from screens.upkeep.start import run as show

        if show(self.upkeep(run), place=place) == Leave.REBOOT:
            from backends.power import Power
            from backends.runner import Runner

            Power(Runner()).reboot()


def _hardware(run: "RunDirectory") -> "LiveHardware":
    from backends.hardware_live import LiveHardware
    from backends.runner import Runner

    return LiveHardware(Runner(), needed=NEEDED_TOOLS, own_mounts=_own_mounts(run))


def _look(run: "RunDirectory") -> "SystemLook":
    from backends.mounts import Mounts
    from backends.runner import Runner
    from backends.system_look import SystemLook
    from backends.uses import uses_of_device

    uses = functools.partial(uses_of_device, ignored=_own_mounts(run))
    return SystemLook(_hardware(run), Mounts(Runner(), run.looks), uses)


def _own_mounts(run: "RunDirectory") -> Path:
    """All that is mounted there is ours, and gone in a moment."""
    return run.path.absolute().parent


def _wished(run: "RunDirectory") -> "WishedReleasesHere":
    from backends.keyrings import KEYS, OWN_KEYS, Keyrings
    from backends.mounts import Mounts
    from backends.release_source import WebRelease
    from backends.runner import Runner
    from backends.signature import Signatures
    from backends.wished_releases import WishedReleasesHere
    from installer.__main__ import connected

    connect = functools.partial(connected, run.looks)
    signatures = Signatures(Runner(), Keyrings(KEYS, OWN_KEYS))
    return WishedReleasesHere(WebRelease(connect, signatures), Mounts(Runner(), run.looks))


if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:], InstalledParts()))

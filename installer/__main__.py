"""The one place where core, backends and screens are put together; each is imported when used."""

import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from installer import cli
from installer.errors import ExitCode
from installer.run_place import COMMAND_LINE, speech_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.image_source import ImageSource
    from backends.mounts import Mounts
    from backends.release_source import WebRelease
    from backends.releases_elsewhere import ReleasesElsewhere
    from installer.answers import Answers, Source
    from installer.hardware import Machine
    from installer.inspection import Sources
    from installer.journal import RunDirectory
    from installer.machinery import Machinery
    from installer.session import Session
    from installer.session_local import LocalSession
    from installer.stores import Stores
    from installer.upkeep.system import Level

NEEDED_TOOLS: Final = (
    "sfdisk",
    "partx",
    "wipefs",
    "blockdev",
    "mkfs.vfat",
    "mkfs.ext4",
    "mkfs.btrfs",
    "btrfs",
    "blkid",
    "mount",
    "umount",
    "sync",
    "mcopy",
    "mmd",
    "mdir",
    "chroot",
    "unshare",
    "cp",
    "swapoff",
    "losetup",
    "dmsetup",
    "mdadm",
    "cryptsetup",
    "lvm",
    "grub-mkimage",
)
"""Of the tools that the backends call, those without which there is no installation.

Without lsblk and udevadm facts come from elsewhere; what efibootmgr does, a disk can be started
without.
"""
URL_SCHEMES: Final = ("http://", "https://")


@dataclass(frozen=True)
class LiveParts:
    """See Parts: the real machine."""

    def session(self, run: Path, *, unattended: bool) -> "Session":
        """See Parts. The screens have something to show before there is one."""
        if unattended:
            return self.local_session(run, unattended=True)
        from installer.languages import kept_speech
        from installer.session_later import SessionLater

        return SessionLater(
            functools.partial(self.local_session, run, unattended=False),
            functools.partial(kept_speech, speech_file(run), COMMAND_LINE),
        )

    def local_session(self, run: Path, *, unattended: bool) -> "LocalSession":
        """At this machine."""
        from backends.console_keymap import ConsoleKeymap
        from backends.network import NetworkManager
        from backends.remote_access import remote_access
        from backends.runner import Runner
        from backends.time_zones import time_zones
        from backends.voice import ConsoleVoice
        from installer.journal import RunDirectory
        from installer.session_local import LocalSession

        directory = RunDirectory(path=run)
        return LocalSession(
            sources=_sources(directory),
            releases=_releases(directory) if unattended else _releases_elsewhere(directory),
            launcher=Runner(),
            keyboard=ConsoleKeymap(Runner()),
            voice=ConsoleVoice(Runner()),
            network=NetworkManager(Runner()),
            look_for_remote_access=remote_access,
            look_for_time_zones=time_zones,
            unattended=unattended,
            run=directory,
        )

    def show_screens(
        self, session: "Session", run: Path, answers: str | None, *, plain: bool
    ) -> ExitCode:
        """See Parts. After an installation the person may want to start the machine anew."""
        from screens.front_end import FrontEnd, front_end
        from screens.leave import Leave

        front = front_end(
            plain=plain,
            reads_terminal=sys.stdin.isatty(),
            writes_terminal=sys.stdout.isatty(),
            term=os.environ.get("TERM", ""),
        )
        read = None if answers is None else functools.partial(_read, answers, incomplete=True)
        stores = functools.partial(_stores, run)
        if front is FrontEnd.LINES:
            from screens.plain import start

            leave: int = start.run(session, read=read, stores=stores)
        else:
            leave = self.on_screens(session, read, stores)
        if leave == Leave.REBOOT:
            self.reboot()
        return ExitCode.DONE

    def on_screens(
        self,
        session: "Session",
        read: "Callable[[], Answers] | None",
        stores: "Callable[[], Stores]",
    ) -> int:
        """The screens, until the person leaves; see screens.app.run."""
        from screens.app import run

        return run(session, read=read, stores=stores)

    def execute(self, run: Path, document: bytes) -> ExitCode:
        """See Parts."""
        from backends.leftovers import Leftovers
        from backends.runner import Runner
        from backends.supervisor import supervised
        from installer.execution import Execution
        from installer.journal import RunDirectory

        directory = RunDirectory(path=run)
        leftovers = Leftovers(Runner(), directory.mounts)
        with contextlib.ExitStack() as left_open:
            return Execution(
                sources=_sources(directory),
                releases=_releases(directory),
                make_machinery=functools.partial(machinery, directory.mounts, left_open),
                tidy=leftovers.clear,
                leave=leftovers.leave,
                run=directory,
                supervise=supervised,
            ).carry_out(document)

    def told(self, run: Path, document: bytes) -> str:
        """See Parts."""
        from installer.journal import RunDirectory
        from installer.release_asked import told

        return told(_releases(RunDirectory(path=run)), document)

    def answers(self, place: str) -> "Answers":
        """See Parts."""
        return _read(place, incomplete=False)

    def schema(self) -> str:
        """See Parts."""
        import json

        from installer.answers_schema import json_schema

        return json.dumps(json_schema(), indent=2, ensure_ascii=False)

    def recorded(self, machine: "Machine") -> str:
        """See Parts."""
        from backends.hardware_recorded import record

        return record(machine)

    def look_before_reset(self, run: Path, boot: str, disk: str) -> None:
        """See Parts."""
        from backends.mounts import Mounts
        from backends.runner import Runner
        from installer.journal import RunDirectory

        directory = RunDirectory(path=run)
        with directory.locked():
            _refuse_begun(Mounts(Runner(), directory.mounts), boot, disk)

    def ask_reset(self, run: Path, level: "Level | None", boot: str, disk: str) -> None:
        """See Parts."""
        from backends.mounts import Mounts
        from backends.reset_request import ResetRequests
        from backends.runner import Runner
        from installer.journal import RunDirectory

        directory = RunDirectory(path=run)
        with directory.locked():
            mounts = Mounts(Runner(), directory.mounts)
            _refuse_begun(mounts, boot, disk)
            requests = ResetRequests(mounts)
            if level is None:
                requests.forget(boot=boot)
            else:
                requests.ask(level, boot=boot)

    def reboot(self) -> None:
        """See Parts."""
        from backends.power import Power
        from backends.runner import Runner

        Power(Runner()).reboot()

    def poweroff(self) -> None:
        """See Parts."""
        from backends.power import Power
        from backends.runner import Runner

        Power(Runner()).poweroff()


def _refuse_begun(mounts: "Mounts", boot: str, disk: str) -> None:
    """Raises Refused where an installation or a reset is gone on with: of that one, the word and
    the image beside it would be taken away."""
    from backends.file_errors import file_errors
    from backends.target_journal import is_begun
    from installer.errors import Refused
    from installer.upkeep.problems import unfinished_problem

    with mounts.device(boot, "ext4", read_only=True) as top, file_errors(boot):
        if is_begun(top):
            raise Refused((unfinished_problem(disk),))


def _read(place: str, *, incomplete: bool) -> "Answers":
    """The answers in a file or behind a URL. `incomplete`: a person is asked for the rest."""
    from installer.answers_file import read_answers, read_incomplete

    read = read_incomplete if incomplete else read_answers
    if place.startswith(URL_SCHEMES):
        from backends.image_source import ImageSource

        return read(ImageSource().read(place), place, None)
    scheme, separator, _rest = place.partition("://")
    path = Path(place)
    if separator and scheme.isalnum() and not path.exists():
        from installer.errors import InstallError
        from installer.text import _

        raise InstallError(_("answers are a path, or an http:// or https:// address"))
    return read(path.read_bytes(), place, path.parent)


def _stores(run: Path) -> "Stores":
    from backends.answers_store import AnswersOnDisk
    from backends.log_store import LogsOnDisk
    from backends.mounts import Mounts
    from backends.runner import Runner
    from backends.saved_files import SavedFiles
    from installer.journal import RunDirectory
    from installer.stores import Stores

    runner, directory = Runner(), RunDirectory(path=run)
    mounts = Mounts(runner, directory.mounts)
    files = SavedFiles(mounts)
    return Stores(
        answers=AnswersOnDisk(mounts),
        log=LogsOnDisk(files, runner, directory.path.absolute(), time.time),
    )


def _sources(run: "RunDirectory") -> "Sources":
    from backends.esp import LOADER_FILES
    from backends.hardware_live import LiveHardware
    from backends.installation_look import InstallationLook
    from backends.known_names import known_names
    from backends.mounts import Mounts
    from backends.runner import Runner
    from backends.slot_images import SlotImagesOnDisk
    from backends.target_journal import TargetJournalsOnDisk
    from installer.inspection import Sources

    runner = Runner()
    mounts = Mounts(runner, run.mounts)
    return Sources(
        hardware=LiveHardware(
            runner, needed=NEEDED_TOOLS, needed_files=LOADER_FILES, own_mounts=run.mounts
        ),
        installations=InstallationLook(runner, mounts),
        slots=SlotImagesOnDisk(runner, mounts),
        boots=TargetJournalsOnDisk(runner, mounts),
        memory=run.install_journal,
        names=known_names,
    )


def _releases(run: "RunDirectory") -> "WebRelease":
    from backends.keyrings import Keyrings
    from backends.release_source import WebRelease
    from backends.runner import Runner
    from backends.signature import Signatures

    connect = functools.partial(connected, run.mounts)
    return WebRelease(connect, Signatures(Runner(), Keyrings()))


def _releases_elsewhere(run: "RunDirectory") -> "ReleasesElsewhere":
    from backends.releases_elsewhere import ReleasesElsewhere
    from backends.runner import Runner
    from installer.own_process import own_process

    return ReleasesElsewhere(Runner(inherits=True), own_process("find-release", run.path))


@contextlib.contextmanager
def connected(
    base: Path,
    source: "Source",
    *,
    say: Callable[[str], None] = lambda _line: None,
    pulse: Callable[[], None] = lambda: None,
) -> "Iterator[ImageSource]":
    """What reads the files of a release that is reached as `source` says. See ImageSource."""
    from backends.mounts import Mounts
    from backends.network_reach import reach_of
    from backends.release_volumes import ReleaseVolumes, VolumeSource
    from backends.runner import Runner

    runner = Runner()
    with reach_of(source) as reach:
        volumes = ReleaseVolumes(runner, Mounts(runner, base))
        yield VolumeSource(volumes, reach, say=say, pulse=pulse)


def machinery(
    base: Path,
    left_open: contextlib.ExitStack,
    source: "Source",
    on_line: Callable[[str, str], None],
    pulse: Callable[[], None],
) -> "Machinery":
    """All that can be done to a machine. See MachineryMaker; what is mounted lies below `base`."""
    from backends.boot_files import BootFilesOnDisk
    from backends.file_systems import Makers
    from backends.holders import DiskHolders
    from backends.homes import HomesOnDisk
    from backends.images import DirectImages
    from backends.installed_system import InstalledSystemOnDisk
    from backends.luks import Cryptsetup
    from backends.mounts import Mounts
    from backends.partition_table import Sfdisk
    from backends.runner import Runner
    from backends.slot_images import SlotImagesOnDisk
    from backends.target_journal import TargetJournalsOnDisk
    from backends.volume_group import Lvm
    from installer.events import DOWNLOAD
    from installer.machinery import Machinery

    say = functools.partial(on_line, DOWNLOAD)
    files = left_open.enter_context(connected(base, source, say=say, pulse=pulse))
    runner = Runner(on_line, pulse=pulse)
    mounts = Mounts(runner, base)
    return Machinery(
        holders=DiskHolders(runner),
        tables=Sfdisk(runner),
        luks=Cryptsetup(runner, mounts),
        volume_groups=Lvm(runner),
        file_systems=Makers(runner, mounts),
        images=DirectImages(files, reads_back=True),
        slots=SlotImagesOnDisk(runner, mounts),
        boot=BootFilesOnDisk(runner, mounts, loaders=Path("/")),
        system=InstalledSystemOnDisk(runner, mounts),
        homes=HomesOnDisk(runner, mounts, files),
        journals=TargetJournalsOnDisk(runner, mounts),
    )


if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:], LiveParts()))

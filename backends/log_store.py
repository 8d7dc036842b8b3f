"""The log as a file: the journals of all runs, and what kernel and services said."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from backends.runner import Runner
from backends.saved_files import SavedFiles
from installer.errors import ToolFailed
from installer.log_store import log_name
from installer.save_place import SavePlace

_MOST: Final = 8 * 2**20
"""Bytes of one file or of one tool's words that are taken, from their end: the log of a
thousand installations is no help, and memory is what a live system has least of."""
_TOOL_SECONDS: Final = 30.0
_TOLD: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("kernel.log", ("dmesg",)),
    ("journal.log", ("journalctl", "--boot", "--no-pager", "--output=short-iso")),
    ("disks.json", ("lsblk", "--json", "--bytes", "--output-all")),
)
"""What tools are asked for. No serial line, no network: none of them waits for anything."""


class LogsOnDisk:
    """See LogStore. `runs` is the folder that has all that runs leave: `/run/atomos/run`."""

    def __init__(
        self, files: SavedFiles, runner: Runner, runs: Path, clock: Callable[[], float]
    ) -> None:
        self._files = files
        self._runner = runner
        self._runs = runs
        self._clock = clock

    def save(self, place: SavePlace) -> str:
        """See LogStore."""
        now = self._clock()
        name = log_name(now)
        self._files.write(place, name, self._packed(now), replaces=False)
        return name

    def _packed(self, now: float) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, content in self._parts():
                about = tarfile.TarInfo(f"atomos-install/{name}")
                about.size, about.mtime, about.mode = len(content), int(now), 0o600
                archive.addfile(about, io.BytesIO(content))
        return packed.getvalue()

    def _parts(self) -> Iterator[tuple[str, bytes]]:
        for folder in self._folders():
            for file in sorted(folder.iterdir()):
                # The lock, sockets and links are no part of what happened.
                if file.is_file() and not file.is_symlink() and file.name != "lock":
                    yield str(file.relative_to(self._runs.parent)), _end_of(file)
        journal = self._runs.with_name("install.journal")
        if journal.is_file():
            yield journal.name, _end_of(journal)
        for name, argv in _TOLD:
            yield name, self._words_of(argv)

    def _folders(self) -> Sequence[Path]:
        """Of the latest run, and of those before it (`RunDirectory.prepare`)."""
        return [each for each in sorted(self._runs.parent.glob("run*")) if each.is_dir()]

    def _words_of(self, argv: tuple[str, ...]) -> bytes:
        """Of a tool; why there are none is better than no log at all."""
        try:
            words = self._runner.run(argv, timeout=_TOOL_SECONDS).stdout
        except ToolFailed as error:
            words = json.dumps({"failed": str(error)})
        return words.encode()[-_MOST:]


def _end_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - _MOST))
        return opened.read(_MOST)

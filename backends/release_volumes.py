"""Releases on the live medium or on another volume, which is mounted read-only while it is read."""

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from backends.addresses import is_web
from backends.image_source import ImageSource, Stream
from backends.inside import resolve_inside
from backends.live_medium import live_medium
from backends.mounts import Mounts
from backends.read_only_loop import ReadOnlyLoops
from backends.runner import Runner
from backends.source_failed import Absent, SourceFailed
from backends.sysfs import Sysfs
from installer.errors import InstallError
from installer.reach import Reach
from installer.release_place import MEDIUM, ReleasePlace, release_place
from installer.text import _

_NO_LOG: Final = ("btrfs", "ext4")
"""File systems that `Mounts.untouched` mounts without a replay."""
_MOUNTED_MEDIUM: Final = Path("run/atomos/iso")
"""Where the live system's initramfs leaves the medium mounted when it runs from it."""
_BLKID_SECONDS: Final = 60.0


class ReleaseVolumes:
    """Finds and mounts them. Nobody has them mounted in between: a stick may be pulled out."""

    def __init__(self, runner: Runner, mounts: Mounts, root: Path = Path("/")) -> None:
        self._runner = runner
        self._mounts = mounts
        self._loops = ReadOnlyLoops(runner)
        self._root = root

    @contextlib.contextmanager
    def file_url(self, url: str) -> Iterator[str]:
        """`url` as one that a file can be opened by, as long as the context lasts.

        Raises SourceFailed when there is no such medium or volume, or it cannot be mounted. One
        that is raised within the context goes on with the words `url` for where it is mounted.
        """
        place = release_place(url)
        if place is None:
            yield url
            return
        with contextlib.ExitStack() as stack:
            try:
                top = stack.enter_context(self._mounted(place))
                file = resolve_inside(top, place.path, device=_name(place))
            except SourceFailed:
                raise
            except InstallError as error:
                what = _("{place} cannot be read: {reason}")
                raise SourceFailed(
                    what.format(place=_name(place), reason=error.what), tool_words=error.tool_words
                ) from error
            try:
                yield file.as_uri()
            except SourceFailed as error:
                raise SourceFailed(
                    error.what.replace(file.as_uri(), url),
                    tool_words=error.tool_words,
                    way_out=error.way_out,
                    missing=error.missing,
                ) from error

    @contextlib.contextmanager
    def _mounted(self, place: ReleasePlace) -> Iterator[Path]:
        mounted = self._root / _MOUNTED_MEDIUM
        if place.label is None and os.path.ismount(mounted):
            yield mounted
            return
        device = self._medium() if place.label is None else self.device(place.label)
        with self._loops.over(device) as loop:
            kind = self._kind(loop.device, device)
            mount = (
                self._mounts.untouched(loop.device, kind)
                if kind in _NO_LOG
                else self._mounts.device(loop.device, kind, read_only=True)
            )
            with mount as top:
                yield top

    def device(self, label: str) -> str:
        """The device node of the volume with that label. Raises SourceFailed."""
        argv = ["blkid", "-t", f"LABEL={label}", "-o", "device"]
        # 2: nothing was found (blkid(8)).
        done = self._runner.run(argv, timeout=_BLKID_SECONDS, ok=(0, 2))
        found = done.stdout.split()
        if not found:
            what = _("there is no volume with the label {label} on this machine")
            raise Absent(what.format(label=label))
        if len(found) > 1:
            what = _("more than one volume has the label {label}: {devices}")
            raise SourceFailed(what.format(label=label, devices=", ".join(sorted(found))))
        return found[0]

    def _kind(self, loop: str, device: str) -> str:
        argv = ["blkid", "-p", "-s", "TYPE", "-o", "value", loop]
        return self._runner.run(argv, timeout=_BLKID_SECONDS, device=device).stdout.strip()

    def _medium(self) -> str:
        medium = live_medium(Sysfs(self._root))
        if medium is None:
            raise SourceFailed(_("this system was not started from a live medium"))
        return medium.device


class VolumeSource(ImageSource):
    """An ImageSource that knows ``medium:`` and ``volume:`` too. See there."""

    def __init__(
        self,
        volumes: ReleaseVolumes,
        reach: Reach,
        *,
        say: Callable[[str], None] = lambda _line: None,
        pulse: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(reach, say=say, pulse=pulse)
        self._volumes = volumes

    @contextlib.contextmanager
    def open(
        self, url: str, *, mirrors: tuple[str, ...] = (), size_bytes: int | None = None
    ) -> Iterator[Stream]:
        """See ImageSource. A volume stays mounted until the stream is closed.

        Web servers stand in for each other at any byte; a folder or a volume, and whatever comes
        after it in the list, only before the first.
        """
        addresses = [url, *mirrors]
        web = list(itertools.takewhile(is_web, addresses)) or addresses[:1]
        rest = addresses[len(web) :]
        with contextlib.ExitStack() as stack:
            try:
                first = stack.enter_context(self._volumes.file_url(web[0]))
                opened = super().open(first, mirrors=tuple(web[1:]), size_bytes=size_bytes)
                stream = stack.enter_context(opened)
            except SourceFailed as error:
                if not rest:
                    raise
                self._say(f"{error.what}")
                opened = self.open(rest[0], mirrors=tuple(rest[1:]), size_bytes=size_bytes)
                stream = stack.enter_context(opened)
            yield stream

    def size(self, url: str) -> int | None:
        """See ImageSource."""
        with self._volumes.file_url(url) as place:
            return super().size(place)

    def read(self, url: str) -> bytes:
        """See ImageSource."""
        with self._volumes.file_url(url) as place:
            return super().read(place)


def _name(place: ReleasePlace) -> str:
    return MEDIUM if place.label is None else place.label

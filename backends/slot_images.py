"""The image in a slot of a disk that is going to be reset, read so that no byte there changes."""

import contextlib
import filecmp
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.block_device import drop_cache
from backends.container_look import ContainerLook
from backends.file_errors import file_errors
from backends.image_file import device_pieces, file_pieces, put_image, verify_image
from backends.image_tree import MountedImage
from backends.mapped_device import MappedDevices
from backends.mounts import Mounts, flush_directory
from backends.read_only_loop import ReadOnlyLoops
from backends.runner import Runner
from backends.whole_file import copy_whole
from installer.errors import InstallError, Refused, ToolFailed
from installer.machinery import Progress
from installer.operations.reset import FETCHED
from installer.question import QuestionId
from installer.release import ReleaseFile, SlotPlace
from installer.secret import Secret
from installer.text import _
from installer.upkeep.reset import KEPT

_SQUASHFS: Final = "squashfs"


class SlotImagesOnDisk:
    """Fulfils SlotImages and Slots. Nobody may be installing at the same time: what a killed run
    left open of a container is closed first. `file` is where an image is brought to."""

    def __init__(
        self, runner: Runner, mounts: Mounts, *, root: Path = Path("/"), file: Path = FETCHED
    ) -> None:
        self._mounts = mounts
        self._loops = ReadOnlyLoops(runner)
        self._containers = ContainerLook(runner, MappedDevices(root))
        self._file = file

    def remembered(self, image: ReleaseFile, *, boot: str) -> bytes | None:
        """See SlotImages."""
        with contextlib.suppress(OSError, InstallError):
            if self._file.stat().st_size == image.size_bytes:
                return self._contract(str(self._file))
        with contextlib.suppress(OSError, InstallError), self._untouched(boot) as top:
            kept = top / KEPT
            if kept.is_file() and kept.stat().st_size == image.size_bytes:
                return self._contract(str(kept))
        return None

    def contract(self, place: SlotPlace, passphrase: Secret | None) -> bytes:
        """See SlotImages."""
        with file_errors(place.partition):
            self._mounts.unmount_abandoned()
        with self._opened(place, passphrase) as device:
            try:
                return self._contract(device)
            except ToolFailed as error:
                what = _("there is no image in {slot} ({device}) that can be mounted")
                raise InstallError(
                    what.format(slot=place.title, device=place.partition),
                    device=place.partition,
                    tool_words=error.tool_words,
                    way_out=_name_a_release(),
                ) from error

    def fetch(
        self,
        place: SlotPlace,
        image: ReleaseFile,
        file: Path,
        *,
        boot: str,
        passphrase: Secret | None,
        progress: Progress,
    ) -> None:
        """See Slots. Raises InstallError: it cannot be opened or read, its sum is another one than
        was written there, or there is no room."""
        with contextlib.suppress(InstallError):
            verify_image(image, file)
            return
        if self._fetched_from_boot(boot, image, file, progress):
            return
        with (
            self._opened(place, passphrase) as device,
            device_pieces(device, image.size_bytes) as pieces,
        ):
            put_image(pieces, image, file, progress)
        try:
            verify_image(image, file)
        except InstallError as error:
            file.unlink(missing_ok=True)
            raise InstallError(
                _("what is in {slot} ({device}) is not what was written there").format(
                    slot=place.title, device=place.partition
                ),
                device=place.partition,
                tool_words=error.what,
                way_out=" ".join((_("Nothing on the disk was changed."), _name_a_release())),
            ) from error

    def keep(self, file: Path, *, boot: str) -> None:
        """See Slots. Raises InstallError: /boot is full, or takes no writes."""
        with self._mounts.device(boot, "ext4", read_only=False) as top, file_errors(boot):
            place = top / KEPT
            place.parent.mkdir(mode=0o700, exist_ok=True)
            if place.is_file():
                if filecmp.cmp(file, place, shallow=False):
                    return
                # There is room for one of them only.
                place.unlink()
            copy_whole(file, place, mode=0o600)
            flush_directory(top)

    def verify_kept(self, image: ReleaseFile, *, boot: str) -> None:
        """See Slots."""
        drop_cache(boot)
        with self._mounts.device(boot, "ext4", read_only=True) as top:
            verify_image(image, top / KEPT)

    def _fetched_from_boot(
        self, boot: str, image: ReleaseFile, file: Path, progress: Progress
    ) -> bool:
        """Whether it was there. What is there and is another one, or is cut off, is none."""
        with contextlib.suppress(InstallError):
            with self._mounts.device(boot, "ext4", read_only=True) as top:
                if not (top / KEPT).is_file():
                    return False
                put_image(file_pieces(top / KEPT), image, file, progress)
            verify_image(image, file)
            return True
        return False

    @contextlib.contextmanager
    def _untouched(self, boot: str) -> Iterator[Path]:
        with (
            self._loops.over(boot) as loop,
            self._mounts.untouched(loop.device, "ext4") as top,
        ):
            loop.release()
            yield top

    @contextlib.contextmanager
    def _opened(self, place: SlotPlace, passphrase: Secret | None) -> Iterator[str]:
        """The device node of the slot, in its container where it is in one."""
        if not place.encrypted:
            yield place.partition
            return
        with contextlib.ExitStack() as stack:
            try:
                found = stack.enter_context(self._containers.opened(place.partition, passphrase))
            except Refused as refusal:
                if all(each.question is QuestionId.UNLOCK for each in refusal.problems):
                    raise
                # What is said there is about data that are to be kept.
                words = " ".join(each.what for each in refusal.problems)
                raise Refused.because(words, _name_a_release(), QuestionId.WELCOME) from refusal
            yield found.slots[place.slot]

    def _contract(self, device: str) -> bytes:
        with self._mounts.device(device, _SQUASHFS, read_only=True) as tree:
            return MountedImage(tree, device).contract_text()


def _name_a_release() -> str:
    return _("Name a release instead of the system on this disk.")

"""The image in a slot of a disk that is going to be reset, read so that no byte there changes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.container_look import ContainerLook
from backends.file_errors import file_errors
from backends.image_file import device_pieces, put_image, verify_image
from backends.image_tree import MountedImage
from backends.mapped_device import MappedDevices
from backends.mounts import Mounts
from backends.runner import Runner
from installer.errors import InstallError, Refused, ToolFailed
from installer.machinery import Progress
from installer.operations.reset import FETCHED
from installer.question import QuestionId
from installer.release import ReleaseFile, SlotPlace
from installer.secret import Secret
from installer.text import _

_SQUASHFS: Final = "squashfs"


class SlotImagesOnDisk:
    """Fulfils SlotImages and Slots. Nobody may be installing at the same time: what a killed run
    left open of a container is closed first. `file` is where an image is brought to."""

    def __init__(
        self, runner: Runner, mounts: Mounts, *, root: Path = Path("/"), file: Path = FETCHED
    ) -> None:
        self._mounts = mounts
        self._containers = ContainerLook(runner, MappedDevices(root))
        self._file = file

    def remembered(self, image: ReleaseFile) -> bytes | None:
        """See SlotImages."""
        with contextlib.suppress(OSError, InstallError):
            if self._file.stat().st_size == image.size_bytes:
                return self._contract(str(self._file))
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
        passphrase: Secret | None,
        progress: Progress,
    ) -> None:
        """See Slots. Raises InstallError: it cannot be opened or read, its sum is another one than
        was written there, or there is no room."""
        with contextlib.suppress(InstallError):
            verify_image(image, file)
            return
        with self._opened(place, passphrase) as device:
            with device_pieces(device, image.size_bytes) as pieces:
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
                way_out=_("Nothing on the disk was changed. {name_a_release}").format(
                    name_a_release=_name_a_release()
                ),
            ) from error

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

"""The live ISO in the recovery partition: what the menu is to start, and the live system in it."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from backends.block_device import drop_cache, opened
from backends.file_errors import file_errors
from backends.image_tree import MountedImage
from backends.iso_files import IsoFiles
from backends.mounts import Mounts
from installer.errors import InstallError
from installer.text import _

SQUASHFS: Final = PurePosixPath("/live/root.squashfs")
"""The live system in the ISO (mkimage-profile/debian/steps/iso.sh). An ISO that is put together in
another way has none there, as Alpine's."""


class RecoveryImage:
    """Reads the ISO itself, and mounts the SquashFS in it."""

    def __init__(self, mounts: Mounts) -> None:
        self._mounts = mounts

    def verify(
        self, *, recovery: str, kernel: PurePosixPath, initrd: PurePosixPath, contract_sha256: str
    ) -> None:
        """Raises InstallError unless both are in the ISO on `recovery`, and the contract inside,
        where it has one, is that one."""
        drop_cache(recovery)
        with _iso(recovery) as iso:
            for each in (kernel, initrd):
                iso.file(each)
            if iso.find(SQUASHFS) is None:
                return
        with self.system(recovery) as system:
            text = MountedImage(system, recovery).contract_text()
        if hashlib.sha256(text).hexdigest() != contract_sha256:
            raise InstallError(
                _("the contract inside the image on {slot} is not the one beside it").format(
                    slot=recovery
                ),
                device=recovery,
                way_out=_("Tell whoever made this image; another release may be right."),
            )

    @contextlib.contextmanager
    def system(self, recovery: str) -> Iterator[Path]:
        """The root of the live system in it, mounted. Raises InstallError where there is none."""
        with _iso(recovery) as iso:
            extent = iso.file(SQUASHFS)
        with self._mounts.within(recovery, "squashfs", extent) as root:
            yield root


@contextlib.contextmanager
def _iso(recovery: str) -> Iterator[IsoFiles]:
    with opened(recovery, os.O_RDONLY) as descriptor, file_errors(recovery):
        yield IsoFiles(descriptor, recovery)

"""What a reset of everything does otherwise than an installation (docs/reset.md).

The boot partition stays, and with it the menu that Recovery is started by: it starts, and goes on,
until the last step lets a slot start again. The image is in memory before any key dies.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from installer.errors import InstallError
from installer.hardware import Contents
from installer.layout import VOLUME_GROUP
from installer.operation import NO_DEED, Context, Operation
from installer.operations.boot import OnBoot
from installer.operations.luks import MakeLuks
from installer.release import ReleaseFile, SlotPlace
from installer.secret import Secret
from installer.text import _
from installer.unfinished import KEPT_IMAGE

FETCHED: Final = Path("/var/tmp/atomos-image")
"""In the memory of the live system, whose root is there."""


@dataclass(frozen=True, kw_only=True)
class FetchImage(Operation):
    """Brings the image into memory, whole and with the right sum."""

    id: ClassVar[str] = "image-in-memory"
    needs: ClassVar[tuple[str, ...]] = ("partition-table",)
    lasting: ClassVar[bool] = False
    image: ReleaseFile
    file: Path = field(default=FETCHED, metadata=NO_DEED)

    def sentence(self) -> str:
        """See Operation."""
        return _("Bring the system image into memory, before anything is lost")

    @property
    def device(self) -> str:
        """See Operation."""
        return str(self.file)

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Nothing on the disk was changed by it. Look whether {url} can be reached, and whether"
            " there is memory left (free -m), then try again."
        ).format(url=self.image.url)

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.images.fetch(self.image, self.file, context.progress)

    def verify(self, context: Context) -> None:
        """Read it once more."""
        context.machinery.images.verify_fetched(self.image, self.file)


@dataclass(frozen=True, kw_only=True)
class FetchSlot(FetchImage):
    """The same, of the system that is on the disk itself: after this it can be taken away."""

    place: SlotPlace
    boot: str = field(metadata=NO_DEED)
    """The boot partition, where an earlier run may have left it."""
    passphrase: Secret | None = None
    """Of the disk as it is, where it is encrypted."""

    def sentence(self) -> str:
        """See Operation."""
        return _(
            "Bring the image in {slot} ({device}) into memory, before anything is lost"
        ).format(slot=self.place.title, device=self.place.partition)

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Nothing on the disk was changed by it. Look whether there is memory left (free -m), or"
            " name a release instead of the system on this disk."
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.slots.fetch(
            self.place,
            self.image,
            self.file,
            boot=self.boot,
            passphrase=self.passphrase,
            progress=context.progress,
        )


@dataclass(frozen=True, kw_only=True)
class KeepBoot(OnBoot):
    """Leaves the boot partition as it is, and has nothing start by itself but Recovery."""

    id: ClassVar[str] = "boot-filesystem"
    needs: ClassVar[tuple[str, ...]] = ("partition-table", "image-in-memory")
    uuid: str
    label: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Have Recovery start by itself until all is done (on {device})").format(
            device=self.boot
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.boot.close_slots(boot=self.boot)

    def verify(self, context: Context) -> None:
        """Look for label and UUID. Once the last step is done the slots may start again."""
        found = context.machinery.file_systems.contents(self.boot)
        if found != Contents(kind="ext4", label=self.label, uuid=self.uuid):
            raise InstallError(
                _("{device} is not the boot partition that it was").format(device=self.boot),
                device=self.boot,
            )


@dataclass(frozen=True, kw_only=True)
class KeepImage(OnBoot):
    """Leaves the image on the boot partition too, where it goes with the journal in the end: the
    slot that it came from goes, and memory does when the power does."""

    id: ClassVar[str] = KEPT_IMAGE
    needs: ClassVar[tuple[str, ...]] = ("image-in-memory", "boot-filesystem")
    image: ReleaseFile
    file: Path = field(default=FETCHED, metadata=NO_DEED)

    def sentence(self) -> str:
        """See Operation."""
        return _("Keep the image on {device} until all is done").format(device=self.boot)

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.slots.keep(self.file, boot=self.boot)

    def verify(self, context: Context) -> None:
        """Read it back."""
        context.machinery.slots.verify_kept(self.image, boot=self.boot)


@dataclass(frozen=True, kw_only=True)
class MakeLuksAnew(MakeLuks):
    """The same in the place of a container whose keys are to open nothing any more."""

    needs: ClassVar[tuple[str, ...]] = (
        "partition-table",
        "boot-filesystem",
        "image-in-memory",
        KEPT_IMAGE,
    )

    def sentence(self) -> str:
        """See Operation."""
        return _("Destroy the old keys of {device}, and encrypt it with your passphrase").format(
            device=self.partition
        )

    def apply(self, context: Context) -> None:
        """See Operation. The old keys go first, then, by a discard, what a copy of the old header
        would still open."""
        context.machinery.volume_groups.deactivate(VOLUME_GROUP)
        context.machinery.luks.close(VOLUME_GROUP)
        if not context.machinery.luks.destroy(self.partition):
            context.say(
                _(
                    "{device} takes no discards: what was encrypted there before stays until it is"
                    " written over, and a copy of the old header could still open it."
                ).format(device=self.partition)
            )
        super().apply(context)

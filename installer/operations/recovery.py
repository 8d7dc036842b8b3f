"""The live ISO, byte for byte, into the recovery partition."""

from dataclasses import dataclass, field
from typing import ClassVar

from installer.errors import InstallError
from installer.operation import NO_DEED, Context, Operation
from installer.progress import share
from installer.release import ReleaseFile
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class WriteRecovery(Operation):
    """Copies the running medium, or fetches the release's ISO where there is no such medium."""

    id: ClassVar[str] = "recovery"
    needs: ClassVar[tuple[str, ...]] = ("partition-table",)
    image: ReleaseFile
    medium: str | None = field(metadata=NO_DEED)
    """Device of the running medium whose length is that of `image`."""
    partition: str = field(metadata=NO_DEED)
    lost: tuple[str, ...] = field(default=(), metadata=NO_DEED)
    """What is in a kept partition and is lost by this, each in a few words."""

    def sentence(self) -> str:
        """See Operation."""
        if self.medium is not None:
            return _("Copy the running live system from {medium} to Recovery ({device})").format(
                medium=self.medium, device=self.partition
            )
        return _("Write the live system to Recovery ({device})").format(device=self.partition)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.partition

    def destroys(self) -> tuple[str, ...]:
        """See Operation."""
        return self.lost

    def writes_bytes(self) -> int:
        """The whole ISO."""
        return self.image.size_bytes

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Look whether {url} can be reached, then install again; or install without Recovery"
            " (in an answers file: `recovery: false`)."
        ).format(url=self.image.url)

    def apply(self, context: Context) -> None:
        """See Operation. A medium that is not the release's, or cannot be read, is passed over."""
        report = share(context.progress, before=0, factor=1, whole=self._whole)
        images = context.machinery.images
        if self.medium is not None:
            try:
                images.copy_device(self.medium, self.image, self.partition, report)
                return
            except InstallError as error:
                context.say(
                    _(
                        "The running medium cannot become Recovery ({reason}); the release's live"
                        " image is fetched from {url} instead."
                    ).format(reason=error.what, url=self.image.url)
                )
        images.write(self.image, (self.partition,), report)

    def verify(self, context: Context) -> None:
        """Read it back."""
        report = share(context.progress, before=self.image.size_bytes, factor=1, whole=self._whole)
        context.machinery.images.verify(self.image, self.partition, report)

    @property
    def _whole(self) -> int:
        return 2 * self.image.size_bytes

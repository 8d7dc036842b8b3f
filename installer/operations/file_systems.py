"""The three file systems that are made: start-up files, kernels, data."""

from dataclasses import dataclass, field
from typing import ClassVar, Final

from installer.errors import InstallError
from installer.hardware import Contents
from installer.operation import NO_DEED, Context, Operation
from installer.text import _

SUBVOLUMES: Final = ("@home", "@var", "@nix", "@snapshots")


def _check(device: str, found: Contents | None, wanted: Contents) -> None:
    """Compare what is recognised on `device`. Raises InstallError with both in words."""
    if found == wanted:
        return
    what = _("nothing") if found is None else f"{found.kind} {found.label} {found.uuid}"
    raise InstallError(
        _("{device} holds {found} instead of {wanted}").format(
            device=device, found=what, wanted=f"{wanted.kind} {wanted.label} {wanted.uuid}"
        ),
        device=device,
    )


@dataclass(frozen=True, kw_only=True)
class _MakeFileSystem(Operation):
    """What the three have in common: a partition or volume, and a label."""

    needs: ClassVar[tuple[str, ...]] = ("partition-table",)
    partition: str = field(metadata=NO_DEED)
    label: str
    lost: tuple[str, ...] = field(default=(), metadata=NO_DEED)
    """What is on a kept partition and is lost by this, each in a few words."""

    def destroys(self) -> tuple[str, ...]:
        """See Operation."""
        return self.lost

    @property
    def device(self) -> str:
        """See Operation."""
        return self.partition

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Install again; if it fails once more, {device} may be failing (smartctl tells more)."
        ).format(device=self.partition)


@dataclass(frozen=True, kw_only=True)
class MakeEsp(_MakeFileSystem):
    """A FAT32 file system for what the firmware starts."""

    id: ClassVar[str] = "esp"
    volume_id: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Make the FAT32 file system for start-up files on {device}").format(
            device=self.partition
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.file_systems.make_fat32(
            self.partition, label=self.label, volume_id=self.volume_id
        )

    def verify(self, context: Context) -> None:
        """Look for label and volume id, which blkid shows with a dash in the middle."""
        uuid = f"{self.volume_id[:4]}-{self.volume_id[4:]}"
        found = context.machinery.file_systems.contents(self.partition)
        _check(self.partition, found, Contents(kind="vfat", label=self.label, uuid=uuid))


@dataclass(frozen=True, kw_only=True)
class MakeBoot(_MakeFileSystem):
    """An ext4 file system for kernels and the menu."""

    id: ClassVar[str] = "boot-filesystem"
    uuid: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Make the ext4 file system for kernels and the start menu on {device}").format(
            device=self.partition
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.file_systems.make_ext4(self.partition, label=self.label, uuid=self.uuid)

    def verify(self, context: Context) -> None:
        """Look for label and UUID."""
        found = context.machinery.file_systems.contents(self.partition)
        _check(self.partition, found, Contents(kind="ext4", label=self.label, uuid=self.uuid))


@dataclass(frozen=True, kw_only=True)
class MakeData(_MakeFileSystem):
    """A BTRFS with the subvolumes that outlive a restart."""

    id: ClassVar[str] = "data-filesystem"
    needs: ClassVar[tuple[str, ...]] = ("partition-table", "volumes")
    uuid: str
    subvolumes: tuple[str, ...] = SUBVOLUMES

    def sentence(self) -> str:
        """See Operation."""
        return _("Make the BTRFS file system for your files and settings on {device}").format(
            device=self.partition
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.file_systems.make_btrfs(
            self.partition, label=self.label, uuid=self.uuid, subvolumes=self.subvolumes
        )

    def verify(self, context: Context) -> None:
        """Look for label, UUID and every subvolume."""
        file_systems = context.machinery.file_systems
        wanted = Contents(kind="btrfs", label=self.label, uuid=self.uuid)
        _check(self.partition, file_systems.contents(self.partition), wanted)
        missing = sorted(set(self.subvolumes) - set(file_systems.subvolumes(self.partition)))
        if missing:
            raise InstallError(
                _("{device} lacks the subvolumes {names}").format(
                    device=self.partition, names=", ".join(missing)
                ),
                device=self.partition,
            )

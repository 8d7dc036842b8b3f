"""What starts the machine: kernels, menu, boot loader."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import ClassVar, Final

from installer.errors import InstallError
from installer.operation import NO_DEED, Context, Operation
from installer.text import _

NVRAM_LABEL: Final = "AtomOS"
"""The firmware's own menu shows it."""


@dataclass(frozen=True, kw_only=True)
class OnBoot(Operation):
    """What those have in common that write to the boot partition."""

    boot: str = field(metadata=NO_DEED)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.boot

    def way_out(self) -> str:
        """See Operation."""
        return _("Install again; if it fails once more, the disk may be failing.")


@dataclass(frozen=True, kw_only=True)
class CopyKernels(OnBoot):
    """Takes kernel and initrd of each slot out of that slot's own image."""

    id: ClassVar[str] = "kernels"
    needs: ClassVar[tuple[str, ...]] = ("slots", "boot-filesystem")
    slots: tuple[tuple[str, str], ...] = field(metadata=NO_DEED)
    """Pairs of a folder on /boot and the device of its slot."""
    kernel: PurePosixPath
    initrd: PurePosixPath

    def sentence(self) -> str:
        """See Operation."""
        return _("Copy kernel and initrd of both slots to {device}").format(device=self.boot)

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "The image may lack the kernel that its contract names ({kernel}): tell whoever made"
            " it, or try another release."
        ).format(kernel=self.kernel)

    def apply(self, context: Context) -> None:
        """See Operation."""
        for folder, slot in self.slots:
            context.machinery.boot.copy_kernel(
                slot=slot, boot=self.boot, folder=folder, kernel=self.kernel, initrd=self.initrd
            )

    def verify(self, context: Context) -> None:
        """Compare all four files with those in the slots."""
        for folder, slot in self.slots:
            context.machinery.boot.verify_kernel(
                slot=slot, boot=self.boot, folder=folder, kernel=self.kernel, initrd=self.initrd
            )


@dataclass(frozen=True, kw_only=True)
class WriteMenu(OnBoot):
    """Puts the start menu on /boot."""

    id: ClassVar[str] = "boot-menu"
    needs: ClassVar[tuple[str, ...]] = ("boot-filesystem",)
    menu: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Write the start menu to {device}").format(device=self.boot)

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.boot.write_menu(boot=self.boot, menu=self.menu)

    def verify(self, context: Context) -> None:
        """Read it back."""
        if context.machinery.boot.read_menu(boot=self.boot) != self.menu:
            raise InstallError(
                _("the start menu on {device} is not the one that was written").format(
                    device=self.boot
                ),
                device=self.boot,
            )


@dataclass(frozen=True, kw_only=True)
class ReplaceMenu(WriteMenu):
    """The same in the place of a menu that the machine starts by until the new one is whole."""

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.boot.replace_menu(boot=self.boot, menu=self.menu)


@dataclass(frozen=True, kw_only=True)
class InstallBiosCore(Operation):
    """Puts GRUB where BIOS machines start from: a partition of its own and the first sector."""

    id: ClassVar[str] = "bios-core"
    needs: ClassVar[tuple[str, ...]] = ("boot-menu", "kernels")
    disk: str = field(metadata=NO_DEED)
    bios: str = field(metadata=NO_DEED)
    boot: str = field(metadata=NO_DEED)
    stub: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Install GRUB for BIOS machines on {device}").format(device=self.bios)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.bios

    def way_out(self) -> str:
        """See Operation."""
        return _("Install again; if it fails once more, the live medium may be damaged.")

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.boot.install_bios_core(
            disk=self.disk, bios=self.bios, boot=self.boot, stub=self.stub
        )

    def verify(self, context: Context) -> None:
        """Read both back."""
        context.machinery.boot.verify_bios_core(disk=self.disk, bios=self.bios, boot=self.boot)


@dataclass(frozen=True, kw_only=True)
class InstallLoaders(Operation):
    """Puts shim and GRUB on the ESP and tells the firmware, which may refuse to listen."""

    id: ClassVar[str] = "boot-loader"
    needs: ClassVar[tuple[str, ...]] = ("esp", "boot-menu", "kernels")
    esp: str = field(metadata=NO_DEED)
    label: str
    volume_id: str
    """As in `MakeEsp`."""
    disk: str = field(metadata=NO_DEED)
    partition_number: int
    stub: str
    has_nvram: bool
    """Whether this machine's firmware keeps a list of what it starts: BIOS has none."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Install the boot loader for UEFI machines on {device}").format(device=self.esp)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.esp

    def way_out(self) -> str:
        """See Operation."""
        return _("Install again; if it fails once more, the live medium may be damaged.")

    def apply(self, context: Context) -> None:
        """See Operation. The removable path starts the disk where the firmware takes no entry.

        FAT has no journal, and mtools leave a folder that they found no room for pointing to the
        root: what an earlier try left is not gone on from, the file system is made anew.
        """
        context.machinery.file_systems.make_fat32(
            self.esp, label=self.label, volume_id=self.volume_id
        )
        boot = context.machinery.boot
        boot.install_loaders(esp=self.esp, stub=self.stub)
        if not self.has_nvram:
            return
        refusal = boot.register(
            disk=self.disk, partition_number=self.partition_number, label=NVRAM_LABEL
        )
        if refusal is not None:
            context.say(
                _(
                    "The firmware did not take an entry for AtomOS ({reason}). The disk starts by"
                    " itself; if it does not, choose {disk} in the firmware's start menu."
                ).format(reason=refusal, disk=self.disk)
            )

    def verify(self, context: Context) -> None:
        """Compare the files on the ESP with their sources."""
        context.machinery.boot.verify_loaders(esp=self.esp, stub=self.stub)

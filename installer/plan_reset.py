"""What is otherwise in the plan of a reset of everything, before anything is lost. Pure."""

from installer.blueprint import Blueprint
from installer.hardware import Contents
from installer.layout import FILE_SYSTEM_LABELS, Role
from installer.operation import Operation
from installer.operations.reset import FetchImage, FetchSlot, KeepBoot, KeepImage


def boot_that_stays(blueprint: Blueprint, held: Contents) -> tuple[Operation, ...]:
    """The image is brought, and the boot partition, on which there is `held`, starts Recovery."""
    boot, release = blueprint.path(Role.BOOT), blueprint.release
    kept = KeepBoot(
        boot=boot,
        label=FILE_SYSTEM_LABELS[Role.BOOT],
        uuid=held.uuid or "",
    )
    if release.slot is None:
        return (FetchImage(image=release.image), kept)
    fetch = FetchSlot(
        image=release.image,
        place=release.slot.place,
        boot=boot,
        passphrase=blueprint.answers.disk_passphrase,
    )
    if not release.slot.stays_on_boot:
        return (fetch, kept)
    return (fetch, kept, KeepImage(boot=boot, image=release.image))

"""What is otherwise in the plan of a reset of everything, before anything is lost. Pure."""

from installer.blueprint import Blueprint
from installer.hardware import Contents
from installer.layout import FILE_SYSTEM_LABELS, Role
from installer.operation import Operation
from installer.operations.reset import FetchImage, FetchSlot, KeepBoot, KeepImage
from installer.plan_menu import FOLDERS
from installer.release import HeldBySlot


def boot_that_stays(blueprint: Blueprint, held: Contents) -> tuple[Operation, ...]:
    """The image is brought, and the boot partition, on which there is `held`, starts Recovery."""
    boot, release = blueprint.path(Role.BOOT), blueprint.release
    kept = KeepBoot(
        boot=boot,
        label=FILE_SYSTEM_LABELS[Role.BOOT],
        uuid=held.uuid or "",
        slots=_to_close(release.slot),
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


def _to_close(good: HeldBySlot | None) -> tuple[str, ...]:
    """The good one first; it stays the first in order, by which it is found again."""
    first = good.place.slot if good is not None else None
    return tuple(sorted(FOLDERS.values(), key=lambda slot: (slot != first, slot)))

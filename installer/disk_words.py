"""A disk of the list that a person chooses from, in lines."""

from collections.abc import Iterator
from typing import Final

from installer.disk_offer import DiskOffer
from installer.printable import printable
from installer.quantity import format_size
from installer.text import _

_KINDS: Final = {
    "virtio": "virtio",
    "nvme": "NVMe",
    "ata": "ATA",
    "scsi": "SCSI",
    "usb": "USB",
    "mmc": "MMC",
    "other": "",
}


def disk_row(offer: DiskOffer) -> str:
    """Device, size, connection and model, in columns."""
    disk = offer.disk
    kind = _KINDS.get(disk.transport.value, disk.transport.value)
    model = printable(disk.model or "")
    return f"{disk.path:<14}{format_size(disk.size_bytes):>9}   {kind:<7}{model}".rstrip()


def disk_lines(offer: DiskOffer) -> Iterator[str]:
    """What is on it; who uses it; why it cannot be chosen. None of them is wrapped."""
    yield printable(offer.contents)
    if offer.disk.all_uses:
        uses = printable(", ".join(offer.disk.all_uses))
        yield _("in use: {uses}").format(uses=uses)
    if not offer.usable:
        yield _("cannot be used: {reason}").format(reason=offer.refusal)

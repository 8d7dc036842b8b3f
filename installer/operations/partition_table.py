"""A new GPT on the whole disk."""

from dataclasses import dataclass
from typing import ClassVar

from installer.errors import InstallError
from installer.layout import PartitionSpec, PartitionTable
from installer.machinery import WrittenPartition
from installer.operation import Context, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class WritePartitionTable(Operation):
    """Replaces the partition table of `disk`; everything that was on the disk is lost."""

    id: ClassVar[str] = "partition-table"
    disk: str
    serial: str | None
    """Of the disk that was shown: it makes another disk that got its device name another plan."""
    table: PartitionTable
    lost: tuple[str, ...]
    """What is on the disk now, each in a few words."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Write a new partition table to {disk}").format(disk=self.disk)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.disk

    def destroys(self) -> tuple[str, ...]:
        """See Operation."""
        return self.lost

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Look whether something still uses the disk (lsblk {disk}), then install again."
        ).format(disk=self.disk)

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.tables.write(self.disk, self.table)

    def verify(self, context: Context) -> None:
        """Compare the whole table with the planned one."""
        found = context.machinery.tables.read(self.disk)
        wrong = []
        if found.disk_guid.lower() != self.table.disk_guid.lower():
            wrong.append(_("the disk's GUID"))
        written = {part.number: part for part in found.partitions}
        wrong += [
            _("partition {number} ({label})").format(number=spec.number, label=spec.label)
            for spec in self.table.partitions
            if written.pop(spec.number, None) != _expected(spec)
        ]
        wrong += [_("partition {number}").format(number=number) for number in sorted(written)]
        if wrong:
            raise InstallError(
                _("the table on {disk} is not the one that was written: {wrong}").format(
                    disk=self.disk, wrong=", ".join(wrong)
                ),
                device=self.disk,
            )


def _expected(spec: PartitionSpec) -> WrittenPartition:
    return WrittenPartition(
        number=spec.number,
        start_bytes=spec.start_bytes,
        size_bytes=spec.size_bytes,
        type_guid=spec.type_guid.lower(),
        label=spec.label,
        guid=spec.guid.lower(),
        attribute_bits=spec.attribute_bits,
    )

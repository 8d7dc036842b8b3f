"""The GPT of the disk: a new one, or the one that it has."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

from installer.errors import InstallError
from installer.layout import PartitionSpec, PartitionTable
from installer.machinery import WrittenPartition
from installer.operation import NO_DEED, Context, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class WritePartitionTable(Operation):
    """Replaces the partition table of `disk`; everything that was on the disk is lost."""

    id: ClassVar[str] = "partition-table"
    needs: ClassVar[tuple[str, ...]] = ("free-disk",)
    disk: str = field(metadata=NO_DEED)
    serial: str | None
    """Of the disk that was shown: it makes another disk that got its device name another plan."""
    table: PartitionTable
    lost: tuple[str, ...] = field(metadata=NO_DEED)
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
        written = {part.number: part for part in found.partitions}
        planned = {spec.number for spec in self.table.partitions}
        wrong = [
            *_differences(self.table, written),
            *(
                _("partition {number}").format(number=each)
                for each in sorted(written.keys() - planned)
            ),
        ]
        if self.table.disk_guid is None or found.disk_guid.lower() != self.table.disk_guid.lower():
            wrong.insert(0, _("the disk's GUID"))
        if wrong:
            raise InstallError(
                _("the table on {disk} is not the one that was written: {wrong}").format(
                    disk=self.disk, wrong=", ".join(wrong)
                ),
                device=self.disk,
            )


@dataclass(frozen=True, kw_only=True)
class KeepTable(Operation):
    """Leaves the table of `disk` as it is, and looks whether it is the one that was planned by."""

    id: ClassVar[str] = "partition-table"
    lasting: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("free-disk",)
    disk: str = field(metadata=NO_DEED)
    serial: str | None
    """As in `WritePartitionTable`."""
    table: PartitionTable
    stays: tuple[str, ...]
    """What stays with the table, each in a few words."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Check that the partition table of {disk} is the one seen before").format(
            disk=self.disk
        )

    @property
    def device(self) -> str:
        """See Operation."""
        return self.disk

    def keeps(self) -> tuple[str, ...]:
        """See Operation."""
        return self.stays

    def way_out(self) -> str:
        """See Operation."""
        return _("Nothing was written. Look at the disk (lsblk {disk}), then plan anew.").format(
            disk=self.disk
        )

    def apply(self, context: Context) -> None:
        """See Operation. Here and not only afterwards, since what follows writes by this table."""
        self.verify(context)

    def verify(self, context: Context) -> None:
        """Compare the partitions that are ours; others are their owner's."""
        found = context.machinery.tables.read(self.disk)
        written = {
            # Whoever mounts the slots of a running system may have changed their bits.
            part.number: replace(part, attribute_bits=())
            for part in found.partitions
        }
        wrong = tuple(_differences(self.table, written, bits=False))
        if wrong:
            raise InstallError(
                _("the table on {disk} is not the one that was planned by: {wrong}").format(
                    disk=self.disk, wrong=", ".join(wrong)
                ),
                device=self.disk,
            )


def _differences(
    table: PartitionTable, written: dict[int, WrittenPartition], *, bits: bool = True
) -> Iterator[str]:
    """Each partition of `table` that is not as planned, in words."""
    for spec in table.partitions:
        wanted = _expected(spec)
        if written.get(spec.number) != (wanted if bits else replace(wanted, attribute_bits=())):
            yield _("partition {number} ({label})").format(number=spec.number, label=spec.label)


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

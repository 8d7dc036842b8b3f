"""GPT on whole disks, by sfdisk's scripts on standard input (sfdisk(8), "INPUT FORMATS")."""

import dataclasses
import errno
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.block_device import (
    device_error,
    require_block_device,
    require_unused,
    whole,
    zero_marks,
)
from backends.runner import Completed, Runner
from backends.sysfs import Sysfs, device_path
from backends.udev import settle
from installer.errors import InstallError, ToolFailed
from installer.hardware import SECTOR
from installer.layout import (
    ALIGNMENT,
    PartitionSpec,
    PartitionTable,
    partition_path,
)
from installer.machinery import WrittenPartition, WrittenTable
from installer.text import _

SECONDS: Final = 60.0
"""sfdisk waits up to a minute for a disk that spins up."""
NODES_SECONDS: Final = 20.0
"""How long the kernel and udev get to show the new partitions; USB bridges took up to 4."""
BITS_BY_NAME: Final = {"RequiredPartition": 0, "NoBlockIOProtocol": 1, "LegacyBIOSBootable": 2}
"""Attribute bits that sfdisk prints by name (UEFI specification, table 5-8)."""


@dataclass(frozen=True)
class _Entry:
    """One partition as ``sfdisk --json`` prints it; numbers in logical sectors."""

    node: str
    start: int
    size: int
    type: str
    uuid: str
    name: str = ""
    attrs: str = ""


class Sfdisk:
    """Partition tables by sfdisk, shown to the kernel by partx where it has no GPT parser."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._sysfs = Sysfs(Path("/"))

    def write(self, disk: str, table: PartitionTable) -> None:
        """Replace the table of `disk`; return when every partition has its node, wiped.

        Killed in the middle it leaves the old table, none, or the new one; writing again is
        right in each case. Raises InstallError when the disk is in use or a node does not come.
        """
        require_block_device(disk)
        settle(self._runner)
        # Of the tools each would find out for its own partition, after others had been wiped.
        require_unused(disk)
        script = _script(table, self._sector_bytes(disk))
        self._forget_old(disk)
        # Before there are partitions: udev looks into them as soon as they come.
        places = [(part.start_bytes, part.size_bytes) for part in table.partitions]
        zero_marks(disk, [whole(disk), *places])
        argv = ["sfdisk", "--wipe", "always", "--wipe-partitions", "always", disk]
        self._run(argv, disk, stdin=script)
        self._show(disk, table)
        for part in table.partitions:
            self._wipe(partition_path(disk, part.number))
        settle(self._runner)

    def read(self, disk: str) -> WrittenTable:
        """The GPT on the disk now. Raises InstallError when there is none."""
        argv = ["sfdisk", "--json", disk]
        printed = self._run(argv, disk).stdout
        try:
            found = json.loads(printed)["partitiontable"]
            if found["label"] != "gpt":
                raise ValueError(found["label"])
            entries = [_entry(each) for each in found.get("partitions", [])]
            sector, guid = int(found["sectorsize"]), str(found["id"]).lower()
        except (ValueError, KeyError, TypeError) as error:
            raise InstallError(
                _("{disk} has no GPT partition table that can be read").format(disk=disk),
                device=disk,
                tool_words=str(error),
                way_out=_("Start the installation again from its beginning."),
            ) from error
        parts = tuple(_written(entry, sector) for entry in entries)
        return WrittenTable(disk_guid=guid, partitions=parts)

    def _run(self, argv: list[str], device: str, *, stdin: str | None = None) -> Completed:
        """Run a tool. Raises InstallError, which says so where a disk that fails is the reason."""
        try:
            return self._runner.run(argv, stdin=stdin, timeout=SECONDS, device=device)
        except ToolFailed as error:
            if os.strerror(errno.EIO) in error.tool_words:
                raise device_error(device, OSError(errno.EIO, error.tool_words)) from error
            raise

    def _sector_bytes(self, disk: str) -> int:
        return int(self._run(["blockdev", "--getss", disk], disk).stdout)

    def _wipe(self, device: str) -> None:
        """Remove every signature that blkid knows, backups included."""
        self._run(["wipefs", "--all", device], device)

    def _forget_old(self, disk: str) -> None:
        """Wipe the old partitions and the disk, and make the kernel drop the old nodes.

        wipefs leaves three of the 512 marks of a ZFS, and the copies of BTRFS.
        ``partx --update`` alone cannot move a partition to where an older one still is.
        """
        nodes = self._nodes_now(disk)
        for node in nodes:
            self._wipe(node)
            zero_marks(node, [whole(node)])
        self._wipe(disk)
        if nodes:
            self._runner.run(["partx", "--delete", disk], timeout=SECONDS, device=disk, ok=(0, 1))

    def _nodes_now(self, disk: str) -> list[str]:
        """Nodes of the partitions that the kernel shows of the disk."""
        names = self._sysfs.partitions(self._sysfs.name_of(disk))
        nodes = [device_path(name) for name in names]
        return [node for node in nodes if Path(node).is_block_device()]

    def _show(self, disk: str, table: PartitionTable) -> None:
        """Make the kernel show the new partitions.

        sfdisk has asked it already, but a kernel without a GPT parser and a loop device made
        without partition scanning take the request for "no partitions".
        """
        settle(self._runner)
        if self._missing(disk, table):
            self._runner.run(["partx", "--update", disk], timeout=SECONDS, device=disk, ok=(0, 1))
            settle(self._runner)
        deadline = time.monotonic() + NODES_SECONDS
        while missing := self._missing(disk, table):
            if time.monotonic() > deadline:
                raise InstallError(
                    _("the new partition {node} did not appear within {seconds:g} seconds").format(
                        node=missing[0], seconds=NODES_SECONDS
                    ),
                    device=disk,
                    way_out=_("Restart the machine, then start the installation again."),
                )
            time.sleep(0.05)

    def _missing(self, disk: str, table: PartitionTable) -> list[str]:
        """Nodes that are not there yet, or show an older partition of that number."""
        return [
            partition_path(disk, part.number)
            for part in table.partitions
            if not self._shown(partition_path(disk, part.number), part)
        ]

    def _shown(self, node: str, part: PartitionSpec) -> bool:
        name = Path(node).name
        start = self._sysfs.number(name, "start") * SECTOR
        found = (start, self._sysfs.size_bytes(name))
        return found == (part.start_bytes, part.size_bytes) and Path(node).is_block_device()


def _script(table: PartitionTable, sector: int) -> str:
    """The table in sfdisk's own words.

    Raises ValueError when something is not whole sectors, or the disk is to keep its table.
    """
    if table.disk_guid is None:
        raise ValueError("a table that stays is not written")
    lines = [
        "label: gpt",
        f"label-id: {table.disk_guid}",
        "unit: sectors",
        f"first-lba: {_sectors(ALIGNMENT, sector)}",
        "",
    ]
    for part in table.partitions:
        fields = [
            f"start={_sectors(part.start_bytes, sector)}",
            f"size={_sectors(part.size_bytes, sector)}",
            f"type={part.type_guid}",
            f"uuid={part.guid}",
            f'name="{part.label}"',
        ]
        if part.attribute_bits:
            fields.append(f'attrs="GUID:{",".join(map(str, part.attribute_bits))}"')
        lines.append(f"{part.number} : {', '.join(fields)}")
    return "\n".join(lines) + "\n"


def _sectors(size: int, sector: int) -> int:
    count, rest = divmod(size, sector)
    if rest:
        raise ValueError(f"{size} bytes are not whole sectors of {sector} bytes")
    return count


def _entry(fields: dict[str, str | int]) -> _Entry:
    known = {each.name for each in dataclasses.fields(_Entry)}
    values = {name: value for name, value in fields.items() if name in known}
    return _Entry(
        node=str(values["node"]),
        start=int(values["start"]),
        size=int(values["size"]),
        type=str(values["type"]),
        uuid=str(values["uuid"]),
        name=str(values.get("name", "")),
        attrs=str(values.get("attrs", "")),
    )


def _written(entry: _Entry, sector: int) -> WrittenPartition:
    digits = re.search(r"\d+$", entry.node)
    if digits is None:
        raise ValueError(entry.node)
    return WrittenPartition(
        number=int(digits.group()),
        start_bytes=entry.start * sector,
        size_bytes=entry.size * sector,
        type_guid=entry.type.lower(),
        label=entry.name,
        guid=entry.uuid.lower(),
        attribute_bits=_bits(entry.attrs),
    )


def _bits(attributes: str) -> tuple[int, ...]:
    """Bits in a text such as ``RequiredPartition GUID:60,63``."""
    bits: set[int] = set()
    for word in attributes.split():
        if word.startswith("GUID:"):
            bits.update(int(number) for number in word.removeprefix("GUID:").split(","))
        else:
            bits.add(BITS_BY_NAME[word])
    return tuple(sorted(bits))

"""What is on a disk after an installation, as lines that can be compared.

``python3 -m tests.faults.fingerprint DISK`` prints them, sorted. Two installations of the same
answers print the same; what only chance or the clock decides (salts, machine-id, times, random
identifiers, the log of the run) is left out or has a name. Not a byte of the disk changes.
It needs what the live system has: no pytest.
"""

import argparse
import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from backends.bios_core import CORE_IMAGE, FOLDER
from backends.block_device import drop_cache, opened, size_of
from backends.esp import Esp
from backends.file_systems import Makers
from backends.installed_tree import ETC_UPPER
from backends.luks_header import read_headers
from backends.mounts import Mounts
from backends.partition_table import Sfdisk
from backends.read_only_loop import ReadOnlyLoop
from backends.runner import Runner
from backends.sysfs import Sysfs, device_path
from installer.errors import InstallError
from installer.hardware import Contents
from installer.layout import SLOTS, VOLUMES, Role, partition_path
from installer.machinery import WrittenPartition, WrittenTable
from installer.secret import Secret
from tests.faults.area_lines import Area, core_lines, recovery_lines, slot_lines, table_lines
from tests.faults.container_lines import (
    Containers,
    MappedContainers,
    Opened,
    container_lines,
)
from tests.faults.names import Names
from tests.faults.tree_lines import MACHINE_ID, tree_lines

MOUNTS: Final = Path("/run/atomos/fingerprint")
SECONDS: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class _Places:
    """Where everything is while it is looked at; devices are read-only."""

    disk: Area
    table: WrittenTable
    devices: Mapping[Role, str]
    """Of the partitions, and of the volumes in an opened container."""
    inside: tuple[str, ...]
    """What there is to say of the container's inside before its volumes are looked at."""

    def part(self, role: Role) -> WrittenPartition | None:
        """The partition of a role."""
        return next((each for each in self.table.partitions if each.label == role.value), None)

    @property
    def is_encrypted(self) -> bool:
        """Whether slots and data are in a container."""
        return Role.LUKS in self.devices

    def area(self, role: Role) -> Area:
        """All of the device of a role."""
        return _whole(self.devices[role])


def _whole(path: str) -> Area:
    with opened(path, os.O_RDONLY) as descriptor:
        return Area(path=path, size=size_of(descriptor))


class Fingerprint:
    """Looks at disks, or at raw images of plain ones."""

    def __init__(
        self, runner: Runner, mounts: Mounts, *, containers: Containers | None = None
    ) -> None:
        self._runner = runner
        self._mounts = mounts
        self._containers = containers or MappedContainers(runner)
        self._makers = Makers(runner, mounts)

    def lines(
        self,
        disk: str,
        *,
        passphrase: Secret | None = None,
        names: Mapping[str, str] | None = None,
    ) -> list[str]:
        """What is on `disk`, sorted.

        `names` are those that random identifiers get; none of them are replaced where it is empty,
        and where it is None each is called by its place on this disk. Raises InstallError when
        something cannot be read, or `passphrase` does not open the container.
        """
        disk = str(Path(disk).resolve())
        self._forget_cache(disk)
        with self._places(disk, passphrase) as places:
            chosen = Names(self._own_names(places) if names is None else names)
            found = list(self._lines(places, chosen))
        return sorted(chosen.in_text(line) for line in found)

    def _lines(self, places: _Places, names: Names) -> Iterator[str]:
        yield from table_lines(places.table, places.disk)
        if places.is_encrypted:
            yield from container_lines(self._runner, places.devices[Role.LUKS])
        yield from places.inside
        for role in SLOTS:
            if role in places.devices:
                area = places.area(role)
                yield from slot_lines(VOLUMES[role], area, has_rest=not places.is_encrypted)
        if Role.RECOVERY in places.devices:
            yield from recovery_lines(places.area(Role.RECOVERY))
        if Role.ESP in places.devices:
            yield from self._esp_lines(places.devices[Role.ESP], names)
        if Role.BOOT in places.devices:
            yield from self._boot_lines(places, names)
        if Role.DATA in places.devices:
            yield from self._data_lines(places.devices[Role.DATA], names)

    def _esp_lines(self, device: str, names: Names) -> Iterator[str]:
        yield from self._contents_line("esp", device)
        esp = Esp(self._runner)
        argv = ["mdir", "-b", "-a", "-/", "-i", device, "::"]
        for line in self._runner.run(argv, timeout=SECONDS, device=device).stdout.splitlines():
            place = line.removeprefix("::")
            if place.endswith("/"):
                yield f"esp {place} folder"
            else:
                data = names.in_bytes(esp.get(device, PurePosixPath(place)) or b"")
                yield f"esp {place} sha256={hashlib.sha256(data).hexdigest()}"

    def _boot_lines(self, places: _Places, names: Names) -> Iterator[str]:
        device = places.devices[Role.BOOT]
        yield from self._contents_line("boot", device)
        with self._mounts.untouched(device, "ext4") as top:
            yield from tree_lines("boot", top, names)
            bios = places.part(Role.BIOS)
            if bios is not None:
                yield from core_lines(bios, places.area(Role.BIOS), top / FOLDER / CORE_IMAGE)

    def _data_lines(self, device: str, names: Names) -> Iterator[str]:
        yield from self._contents_line("data", device)
        with self._mounts.untouched(device) as top:
            yield from tree_lines("data", top, names)

    def _contents_line(self, what: str, device: str) -> Iterator[str]:
        found = self._makers.contents(device) or Contents(kind="nothing")
        yield f"{what} file system: {found.kind} label={found.label} id={found.uuid}"

    @contextlib.contextmanager
    def _places(self, disk: str, passphrase: Secret | None) -> Iterator[_Places]:
        table = Sfdisk(self._runner).read(disk)
        with contextlib.ExitStack() as stack:
            devices: dict[Role, str] = {}
            inside: tuple[str, ...] = ()
            for part in table.partitions:
                if part.label in set(Role):
                    devices[Role(part.label)] = stack.enter_context(self._loop(disk, part))
                if part.label == Role.LUKS:
                    opened_one = stack.enter_context(self._opened(disk, part, passphrase))
                    devices |= opened_one.devices
                    inside = opened_one.lines
            yield _Places(disk=_whole(disk), table=table, devices=devices, inside=inside)

    @contextlib.contextmanager
    def _opened(
        self, disk: str, part: WrittenPartition, passphrase: Secret | None
    ) -> Iterator[Opened]:
        if passphrase is None:
            yield Opened(devices={}, lines=("luks: not opened, for want of a passphrase",))
            return
        partition = partition_path(disk, part.number)
        with self._containers.opened(partition, passphrase) as found:
            yield found

    @contextlib.contextmanager
    def _loop(self, disk: str, part: WrittenPartition) -> Iterator[str]:
        """A read-only device over a partition: the kernel need not know the table."""
        argv = ["losetup", "--read-only", "--find", "--show"]
        argv += ["--offset", str(part.start_bytes), "--sizelimit", str(part.size_bytes), disk]
        done = self._runner.run(argv, timeout=SECONDS, device=disk)
        loop = ReadOnlyLoop(self._runner, done.stdout.strip(), disk)
        try:
            yield loop.device
        finally:
            loop.release()
            loop.wait_until_gone()

    def _own_names(self, places: _Places) -> dict[str, str]:
        """A name for each random identifier on the disk, by where it stands."""
        found = [(places.table.disk_guid, "guid of the disk")]
        found += [(part.guid, f"guid of {part.label}") for part in places.table.partitions]
        for role in (Role.ESP, Role.BOOT, Role.DATA):
            contents = (
                self._makers.contents(places.devices[role]) if role in places.devices else None
            )
            if contents is not None and contents.uuid is not None:
                found.append((contents.uuid, f"id of {role.value}"))
        if places.is_encrypted:
            header = next(filter(None, read_headers(places.devices[Role.LUKS])), None)
            found += [(header.uuid, "id of atomos-luks")] if header is not None else []
        found += [(identifier, "machine-id") for identifier in self._machine_ids(places)]
        names: dict[str, str] = {}
        for identifier, name in found:
            # One that stands in two places is no accident, and to be seen.
            names[identifier] = f"{names[identifier]}, {name}" if identifier in names else name
        return names

    def _machine_ids(self, places: _Places) -> Iterator[str]:
        if Role.DATA in places.devices:
            with self._mounts.untouched(places.devices[Role.DATA]) as top:
                file = top / "@var" / ETC_UPPER / "machine-id"
                found = file.read_text().strip() if file.is_file() else ""
                if MACHINE_ID.fullmatch(found):
                    yield found

    def _forget_cache(self, disk: str) -> None:
        """What is read then is on the disk, through whichever node it was written."""
        if Path(disk).is_block_device():
            sysfs = Sysfs(Path("/"))
            for name in sysfs.partitions(sysfs.name_of(disk)):
                with contextlib.suppress(InstallError):
                    drop_cache(device_path(name))
        drop_cache(disk)


def main() -> int:
    """Command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.faults.fingerprint")
    parser.add_argument("disk")
    parser.add_argument("--passphrase-stdin", action="store_true")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--names", type=Path, help="JSON object of identifiers and their names")
    choice.add_argument("--as-they-are", action="store_true", help="show random identifiers")
    arguments = parser.parse_args()
    passphrase = Secret(sys.stdin.readline().rstrip("\n")) if arguments.passphrase_stdin else None
    names: dict[str, str] | None = {} if arguments.as_they_are else None
    if arguments.names is not None:
        names = json.loads(arguments.names.read_text())
    runner = Runner()
    try:
        found = Fingerprint(runner, Mounts(runner, MOUNTS)).lines(
            arguments.disk, passphrase=passphrase, names=names
        )
    except InstallError as error:
        print(error, error.tool_words, sep="\n", file=sys.stderr)
        return 1
    print(*found, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

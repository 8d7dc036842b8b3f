"""The machine that this runs on. Everything is read; nothing is written anywhere."""

import contextlib
import os
import platform
import re
import shutil
import socket
from pathlib import Path, PurePosixPath
from typing import Final

from backends.block_device import are_ends_readable
from backends.device_facts import DeviceFacts, PropertySource
from backends.live_medium import live_medium
from backends.probe import ProbedProperties, Tools
from backends.runner import SEARCH_PATH
from backends.sysfs import Sysfs, device_path
from backends.udev import UdevProperties, has_database, settle, udev_devices
from backends.uses import Uses, current_uses, is_held
from installer.errors import ToolFailed
from installer.hardware import SECTOR, Disk, Firmware, Interface, Machine, Partition

_SECURE_BOOT: Final = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
_SECURE_BOOT_LENGTH: Final = 5
"""Four bytes of attributes and one of value (UEFI 2.10, table 3.1)."""
_SERIAL_CONSOLE: Final = re.compile(r"(?<!\S)console=(ttyS[A-Za-z0-9,]+)(?!\S)")
"""Others than these characters are no speed, parity or unit that the kernel knows
(admin-guide/serial-console.rst), and would end up in the menu of the installed system."""
_ARCHITECTURES: Final = {
    # Of uname(2), as systemd spells them (systemd.unit(5), ConditionArchitecture=).
    "x86_64": "x86-64",
    "i686": "x86",
    "aarch64": "arm64",
    "armv7l": "arm",
    "ppc64le": "ppc64-le",
    "loongarch64": "loongarch64",
    "riscv64": "riscv64",
    "s390x": "s390x",
}


class LiveHardware:
    """Facts about this machine.

    `root` is another folder than ``/`` only where a test has laid a small /sys, /proc and /run.
    `needed` are names of tools to look for, `needed_files` paths below `root`. Mounts at or below
    `own_mounts` are an earlier installation's that was killed: no use of a disk, since the next
    one begins by unmounting them. Loop devices are disks only with `include_loop`.
    """

    def __init__(
        self,
        tools: Tools,
        root: Path = Path("/"),
        *,
        needed: tuple[str, ...] = (),
        needed_files: tuple[PurePosixPath, ...] = (),
        own_mounts: Path | None = None,
        include_loop: bool = False,
    ) -> None:
        self._tools = tools
        self._root = root
        self._needed = needed
        self._needed_files = needed_files
        self._own_mounts = own_mounts
        self._include_loop = include_loop

    def machine(self) -> Machine:
        """The facts as they are now. Reads only; a device that cannot be read lacks its facts.

        Waits for udev: in the second after an installation failed, what it knows of the disk
        changes, and a plan would be of a machine that is another already.
        """
        import psutil

        with contextlib.suppress(ToolFailed):
            settle(self._tools, self._root)
        sysfs = Sysfs(self._root)
        uses = current_uses(sysfs, ignored=self._own_mounts)
        source = self._properties()
        links = _by_id(self._root)
        return Machine(
            architecture=_architecture(platform.machine()),
            firmware=self._firmware(),
            secure_boot=self._secure_boot(),
            memory_bytes=psutil.virtual_memory().total,
            disks=tuple(
                self._disk(sysfs, name, source, uses, links.get(name, ()))
                for name in sysfs.disks(include_loop=self._include_loop)
            ),
            interfaces=_interfaces(self._root),
            medium=live_medium(sysfs),
            root=os.geteuid() == 0,
            missing_tools=tuple(
                name for name in self._needed if shutil.which(name, path=SEARCH_PATH) is None
            ),
            missing_files=self._missing_files(),
            serial_console=self._serial_console(),
        )

    def _properties(self) -> PropertySource:
        probed = ProbedProperties(self._tools)
        return UdevProperties(udev_devices(), probed) if has_database(self._root) else probed

    def _disk(
        self,
        sysfs: Sysfs,
        name: str,
        source: PropertySource,
        uses: Uses,
        ids: tuple[str, ...],
    ) -> Disk:
        facts = DeviceFacts(source.properties(name))
        logical = sysfs.number(name, "queue/logical_block_size", SECTOR)
        partitions = tuple(
            _partition(sysfs, each, DeviceFacts(source.properties(each)), uses)
            for each in sysfs.partitions(name)
        )
        used = any(uses.of(each) for each in (name, *sysfs.partitions(name)))
        # A mount that is passed over holds the disk as well.
        known = used or uses.are_ignored(name, *sysfs.partitions(name))
        return Disk(
            path=device_path(name),
            ids=ids,
            serial=facts.serial or sysfs.serial(name),
            model=facts.model or sysfs.model(name),
            transport=sysfs.transport(name),
            size_bytes=sysfs.size_bytes(name),
            logical_sector_bytes=logical,
            physical_sector_bytes=sysfs.number(name, "queue/physical_block_size", logical),
            read_only=sysfs.number(name, "ro") == 1,
            removable=sysfs.number(name, "removable") == 1,
            rotational=sysfs.number(name, "queue/rotational") == 1,
            discards=sysfs.number(name, "queue/discard_max_bytes") > 0,
            table=facts.table,
            contents=facts.contents,
            uses=uses.of(name),
            carries_system=uses.carry_system(name),
            held=not known and is_held(self._root, name),
            damaged=not are_ends_readable(str(self._root / device_path(name).lstrip("/"))),
            partitions=partitions,
            labels_above=tuple(
                label
                for each in uses.above(name)
                if (contents := DeviceFacts(source.properties(each)).contents) is not None
                and (label := contents.label) is not None
            ),
            places=uses.places(name),
        )

    def _firmware(self) -> Firmware:
        is_uefi = (self._root / "sys/firmware/efi").is_dir()
        return Firmware.UEFI if is_uefi else Firmware.BIOS

    def _secure_boot(self) -> bool:
        file = self._root / _SECURE_BOOT
        content = file.read_bytes() if file.exists() else b""
        return len(content) == _SECURE_BOOT_LENGTH and content[-1] == 1

    def _missing_files(self) -> tuple[str, ...]:
        paths = [self._root / each.relative_to("/") for each in self._needed_files]
        return tuple(str(each) for each in paths if not each.is_file())

    def _serial_console(self) -> str | None:
        file = self._root / "proc/cmdline"
        found = _SERIAL_CONSOLE.findall(file.read_text(errors="replace")) if file.exists() else []
        return found[-1] if found else None


def _architecture(machine: str) -> str:
    return _ARCHITECTURES.get(machine, machine)


def _partition(sysfs: Sysfs, name: str, facts: DeviceFacts, uses: Uses) -> Partition:
    return Partition(
        path=device_path(name),
        number=sysfs.number(name, "partition"),
        start_bytes=sysfs.number(name, "start") * SECTOR,
        size_bytes=sysfs.size_bytes(name),
        type_guid=facts.type_guid,
        label=facts.partition_label,
        guid=facts.partition_guid,
        contents=facts.contents,
        uses=uses.of(name),
    )


def _by_id(root: Path) -> dict[str, tuple[str, ...]]:
    """Names of the links in /dev/disk/by-id, by the kernel name of what they lead to."""
    folder = root / "dev/disk/by-id"
    found: dict[str, tuple[str, ...]] = {}
    for link in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = link.resolve().name
        found[name] = (*found.get(name, ()), link.name)
    return found


def _interfaces(root: Path) -> tuple[Interface, ...]:
    """All network interfaces but the loopback; addresses that lead beyond the link only."""
    import psutil

    addresses = psutil.net_if_addrs()
    return tuple(
        Interface(
            name=name,
            up=state.isup,
            wireless=(root / "sys/class/net" / name / "wireless").exists(),
            addresses=tuple(
                each.address
                for each in addresses.get(name, ())
                if each.family in (socket.AF_INET, socket.AF_INET6)
                and not each.address.lower().startswith("fe80:")
            ),
        )
        for name, state in sorted(psutil.net_if_stats().items())
        if name != "lo"
    )

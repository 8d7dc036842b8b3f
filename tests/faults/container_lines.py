"""A LUKS2 container and the volume group in it, as lines of text."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from backends.container_look import MAPPED, ContainerLook
from backends.luks_header import read_headers
from backends.mapped_device import MappedDevices
from backends.runner import Runner
from installer.layout import VOLUME_GROUP, VOLUMES, Role
from installer.secret import Secret

SECONDS: Final = 300.0


def container_lines(runner: Runner, device: str) -> Iterator[str]:
    """The header on `device`, which is to be read-only: cryptsetup repairs a damaged one."""
    primary, secondary = read_headers(device)
    yield f"luks headers: {'both whole' if primary and primary == secondary else 'damaged'}"
    if primary is not None:
        yield f"luks uuid={primary.uuid}"
    argv = ["cryptsetup", "luksDump", "--dump-json-metadata", device]
    header = json.loads(runner.run(argv, timeout=SECONDS, device=device).stdout)
    yield f"luks tokens={len(header['tokens'])}"
    yield f"luks keyslots={len(header['keyslots'])}"
    for number, slot in header["keyslots"].items():
        # Neither salt nor memory and time: those are measured.
        yield f"luks keyslot {number}: {slot['type']} {slot['key_size']} {slot['kdf']['type']}"
    for number, segment in header["segments"].items():
        values = (f"{key}={segment[key]}" for key in ("type", "offset", "size", "encryption"))
        yield f"luks segment {number}: {' '.join(values)} sector_size={segment['sector_size']}"
    yield f"luks flags={header['config'].get('flags', [])}"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A container while it is open."""

    devices: Mapping[Role, str]
    """Nodes of the volumes."""
    lines: tuple[str, ...]
    """What there is to say of the group."""


class Containers(Protocol):
    """Whoever can open containers without a byte of them changing."""

    def opened(
        self, partition: str, passphrase: Secret
    ) -> contextlib.AbstractContextManager[Opened]:
        """The container on `partition`, closed at the end. Raises InstallError."""
        ...


class MappedContainers:
    """As the installer looks into one whose data are to be kept."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._look = ContainerLook(runner, MappedDevices(Path("/")))

    @contextlib.contextmanager
    def opened(self, partition: str, passphrase: Secret) -> Iterator[Opened]:
        """See Containers."""
        only = ["--devices", f"/dev/mapper/{MAPPED}"]
        report = ["--reportformat", "json", "--units", "b", "--nosuffix"]
        argv = ["lvm", "lvs", *only, *report, "--options", "vg_name,lv_name,lv_size"]
        with self._look.opened(partition, passphrase):
            printed = self._runner.run(argv, timeout=SECONDS, device=partition).stdout
            nodes = {role: f"/dev/mapper/{VOLUME_GROUP}-{name}" for role, name in VOLUMES.items()}
            yield Opened(devices=nodes, lines=tuple(volumes_in(printed)))


def volumes_in(report: str) -> Iterator[str]:
    """A line for each volume in what lvs printed."""
    for row in json.loads(report)["report"][0]["lv"]:
        yield f"lvm {row['vg_name']}/{row['lv_name']}: {row['lv_size']} bytes"

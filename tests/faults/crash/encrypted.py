"""The recording of an encrypted disk, from the first partition to an update that is taken back."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from installer.identifiers import Identifiers
from installer.layout import Role
from tests.faults import small_release
from tests.faults.bench import Supplies
from tests.faults.crash.container import Container, EncryptedDisk
from tests.faults.crash.installing import Installed
from tests.faults.crash.judge import Judge
from tests.faults.crash.partitions import parts_of
from tests.faults.crash.points import Point
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Part, Recording, Section
from tests.faults.crash.told_kernel import told_kernel
from tests.faults.crash.whole import System, system_of
from tests.faults.crash.write_log import SECTOR, WriteLog
from tests.faults.layouts import Layout
from tests.faults.loaders import make_loaders
from tests.user_mode.enter import SHARED
from tests.user_mode.machine import lines_of

VERSIONS: Final = (small_release.VERSION, "2.0")
WITHIN: Final = 600.0
"""Seconds for the next line, at most an installation."""
_MARK: Final = re.compile(r"(begin|end)_(.*)")


@dataclass(frozen=True, kw_only=True)
class Encrypted:
    """The recording, and what a disk may hold then."""

    recording: Recording
    """Its first section is the installation."""
    container: Container
    systems: tuple[System, ...]
    menus: Mapping[str, str]
    """See Judge."""
    layout: Layout
    release: Path
    """That was installed."""


def record_encrypted(folder: Path, layout: Layout) -> Encrypted:
    """Under user-mode Linux, which has dm-crypt, and dm-log-writes to write it down."""
    kernel = told_kernel(folder, small_release.KERNEL_BYTES)
    releases, scratch = folder / "releases", folder / "machine"
    for seed, version in enumerate(VERSIONS):
        small_release.make(releases / version, seed=seed, version=version, kernel=kernel)
    scratch.mkdir(parents=True)
    old, new = (f"{SHARED}/releases/{version}" for version in VERSIONS)
    command = (
        f"cd {SHARED}/project && PYTHONPATH=/usr/lib/atomos/vendor PYTHONDONTWRITEBYTECODE=1"
        " exec python3 -m tests.faults.crash.in_machine --folder /tmp --out /run/told/out"
        f" --release {old} --newer {new} --layout '{layout}'"
    )
    for _line in lines_of(command, scratch=scratch, shared={"releases": releases}, within=WITHIN):
        """All that it says is in console.log."""
    return _read(scratch / "shared/out", releases, layout)


def _read(out: Path, releases: Path, layout: Layout) -> Encrypted:
    facts = json.loads((out / "facts.json").read_text())
    sections = tuple(_sections(WriteLog(out / "log"), layout))
    blank = Recording(base=out / "base.raw", log=out / "log", parts={}, sections=sections)
    payload = (facts["partition"] + facts["payload"]) * SECTOR
    volumes = {
        Role(name): Part(start=payload + start * SECTOR, size=size * SECTOR)
        for name, (start, size) in facts["volumes"].items()
    }
    header = min(each.start for each in volumes.values()) - facts["partition"] * SECTOR
    parts = {
        **_partitions(blank, out / "table.raw"),
        **volumes,
        Role.LUKS: Part(start=facts["partition"] * SECTOR, size=header),
    }
    return Encrypted(
        recording=replace(blank, parts=parts),
        container=Container(
            start=payload,
            roles=frozenset(volumes),
            key=bytes.fromhex(facts["key"]),
            sector_size=facts["sector_size"],
        ),
        systems=tuple(system_of(releases / version, version) for version in VERSIONS),
        menus=dict.fromkeys(facts["menus"], "ours"),
        layout=layout,
        release=releases / VERSIONS[1 if layout.is_over else 0],
    )


def _sections(log: WriteLog, layout: Layout) -> Iterator[Section]:
    begun: dict[str, int] = {}
    for number, request in enumerate(log.requests):
        match = _MARK.fullmatch(request.mark)
        if match is None:
            continue
        name = match[2].replace("_", " ")
        if match[1] == "begin":
            begun[name] = number
        else:
            yield Section(name=f"{layout}, {name}", begin=begun[name], end=number)


def _partitions(recording: Recording, image: Path) -> dict[Role, Part]:
    disk = RebuiltDisk(recording, image)
    try:
        with disk.at(Point(sure=recording.sections[0].end)):
            return parts_of(image)
    finally:
        disk.close()


@contextlib.contextmanager
def disk_of(made: Encrypted, folder: Path) -> Iterator[EncryptedDisk]:
    """To be put together in that folder."""
    disk = EncryptedDisk(made.recording, folder / "disk.raw", made.container)
    try:
        yield disk
    finally:
        disk.close()


def installed_on(made: Encrypted, folder: Path) -> Installed:
    """What is asked of an installation that goes on here."""
    return Installed(
        layout=made.layout,
        supplies=Supplies(
            release=made.release.as_uri(),
            loaders=make_loaders(folder / "live", seed=0),
            identifiers=Identifiers.draw(),
        ),
        recording=made.recording,
        systems=made.systems,
        menus=made.menus,
    )


def judge_of(made: Encrypted, disk: EncryptedDisk, folder: Path) -> Judge[EncryptedDisk]:
    """Of what keeps it."""
    return Judge(disk=disk, systems=made.systems, menus=made.menus, folder=folder)

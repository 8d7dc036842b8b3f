"""The scenario ``update-power-cut``: the power goes at random moments of an update.

The machine is halted for each moment, and its disk read from outside as the next start would find
it: what GRUB takes then has to be whole. Some are started for real, and updated anew.
"""

import functools
import hashlib
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from installer.boot_state import RECOVERY, BootState, merged, parse
from installer.grub_entry import words_in
from installer.layout import Role
from installer.release import image_name
from tests.vm import installed
from tests.vm.fallback import SOON, wait_until_good, what_starts
from tests.vm.machine import Drive, Firmware, Hardware, VirtualMachine
from tests.vm.newer_image import VERSION, newer_release
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import NeverCame
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install
from tests.vm.update import UPDATE_WITHIN, Story

POINTS: Final = 25
STARTED: Final = 3
"""Of them, those that are started for real; ATOMOS_CUTS gives another number of all."""
MIB: Final = 2**20
SLOTS: Final = {"a": Role.SLOT_A.value, "b": Role.SLOT_B.value}
Found = tuple[str, str]
"""What starts next, and what the slot that is written holds."""


def update_power_cut(stage: Stage) -> None:
    """Whenever the power goes, what starts next is whole, and it is updated from there."""
    points = int(os.environ.get("ATOMOS_CUTS") or POINTS)
    disk = stage.disk("disk", DISK_SIZE)
    machine = install(stage, Order(firmware=Firmware.UEFI, disk=disk, more=SOON))
    newer = newer_release(stage.folder / "newer")
    with serving(newer) as url:
        lab = Lab(
            stage=stage,
            hardware=machine.without_stick,
            disk=disk,
            image=newer / image_name(VERSION, "x86-64"),
            command=f"atomos update --from {url}",
            dice=stage.dice(),
        )
        seconds = lab.measured()
        stage.say(f"an update takes {seconds:.0f} s")
        while len(lab.found) < points:
            lab.one_update(points, every=seconds / points)
        told = [f"{lab.found.count(each)} x {each}" for each in dict.fromkeys(lab.found)]
        stage.say("; ".join(told))
        assert any(each[1] == "nothing" for each in lab.found), "no moment came in between"
        for cut in lab.kept:
            lab.start(cut)
    stage.say(f"{len(lab.found)} points, 0 unbootable; {len(lab.kept)} started and updated")


@dataclass(frozen=True, kw_only=True)
class Lab:
    """One installed system, that is updated again and again from the same moment on."""

    stage: Stage
    hardware: Hardware
    disk: Drive
    image: Path
    command: str
    dice: random.Random
    found: list[Found] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)

    def measured(self) -> float:
        """Seconds that a whole update takes, so that the moments are spread over all of it."""
        with self._started() as (running, _working):
            began = time.monotonic()
            self._begin(running)
            assert _is_over(running, within=UPDATE_WITHIN)
            return time.monotonic() - began

    def one_update(self, points: int, *, every: float) -> None:
        """To its end, or until there are so many moments, with so many seconds in between."""
        with self._started() as (running, working):
            with judged(running, working) as raw:
                judge = Judge.of(raw, self.image)
            self._begin(running)
            over = False
            while not over and len(self.found) < points:
                over = _is_over(running, within=self.dice.uniform(0, 2 * every))
                with judged(running, working) as raw:
                    found = judge.look(raw)
                self.found.append(found)
                self.stage.say(f"{len(self.found)}: {found[0]} starts next; Root B: {found[1]}")
                if len(self.kept) < STARTED and self.dice.random() < STARTED / points * 1.5:
                    self.kept.append(self.stage.folder / f"cut-{len(self.kept)}.qcow2")
                    running.copy_disk(working, self.kept[-1])

    def start(self, cut: Path) -> None:
        """By itself it comes up; from Root A the update is done anew."""
        with self._machine(cut) as running:
            serial = running.serial
            title = what_starts(serial)
            installed.log_in(serial, ADA, HOSTNAME)
            installed.check_slot(serial, title.removeprefix("Root ").lower())
            installed.become_root(serial, ADA)
            wait_until_good(serial)
            if title == "Root A":
                said = serial.output_of(self.command, within=UPDATE_WITHIN)
                assert "next restart" in said or "is here already" in said, said
            found = Story(self.stage, serial, None).status()
            assert found["slots"]["b"]["version"] == VERSION, found
            assert found["slots"]["b"]["whole"], found
        self.stage.say(f"one was started: {title} came up, and Root B is whole in the end")
        cut.unlink()

    @contextmanager
    def _started(self) -> Iterator[tuple[VirtualMachine, Path]]:
        """From a copy of the disk, with somebody logged in."""
        working = self.stage.folder / "working.qcow2"
        subprocess.run(["cp", "--sparse=always", self.disk.path, working], check=True)
        with self._machine(working) as running:
            Story(self.stage, running.serial, None).starts("a", ADA, HOSTNAME, by_itself=False)
            yield running, working

    def _begin(self, running: VirtualMachine) -> None:
        # In a shell of its own: the one at the line would tell that it has ended.
        running.serial.output_of(f"( ({self.command} >/run/said 2>&1; echo $? >/run/status) & )")

    def _machine(self, disk: Path) -> VirtualMachine:
        drives = tuple(
            replace(each, path=disk) if each.name == self.disk.name else each
            for each in self.hardware.drives
        )
        return VirtualMachine(replace(self.hardware, drives=drives), self.stage.folder)


def _is_over(running: VirtualMachine, *, within: float) -> bool:
    """Whether the update has ended, after at most so many seconds."""
    wait = f"timeout {within:.1f} sh -c 'until [ -s /run/status ]; do sleep 0.2; done'"
    try:
        status, said = running.serial.run(f"{wait}; cat /run/status", within=within + 60)
    except NeverCame:
        return False
    if status == 0 and said.strip():
        assert said.strip() == "0", running.serial.output_of("cat /run/said")
        return True
    return False


@contextmanager
def judged(running: VirtualMachine, disk: Path) -> Iterator[Path]:
    """A raw copy of its disk as it is at this moment; the machine stands still meanwhile."""
    raw = disk.with_suffix(".raw")
    with running.halted():
        argv = ["qemu-img", "convert", "-U", "-f", "qcow2", "-O", "raw", disk, raw]
        subprocess.run([str(each) for each in argv], check=True)
    try:
        yield raw
    finally:
        raw.unlink()


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What was on the disk before, and what comes to it."""

    offsets: dict[str, int]
    """Of partitions, by their labels; bytes."""
    boot: str
    """GRUB's name of the boot partition."""
    newer: Path
    before: dict[str, str] = field(default_factory=dict)
    older: list[str] = field(default_factory=list)
    """The sum of as much of Root B as the newer image takes, before."""

    @classmethod
    def of(cls, raw: Path, newer: Path) -> "Judge":
        """At a moment at which nothing was begun."""
        table = installed.table_of(raw)
        parts = table["partitions"]
        offsets = {each["name"]: each["start"] * table["sectorsize"] for each in parts}
        number = [each["name"] for each in parts].index(Role.BOOT.value) + 1
        judge = cls(offsets=offsets, boot=f"(loop0,gpt{number})", newer=newer)
        judge.before.update(judge._what_starts(raw, "a"))
        judge.older.append(judge._sum_of_b(raw))
        return judge

    def look(self, raw: Path) -> Found:
        """Raises AssertionError where what starts next is not whole."""
        state = self._state(raw)
        starts = state.choice(has_recovery=True)
        slot_b = self._content(raw)
        assert starts != RECOVERY, f"Recovery would start: {state}"
        now = self._what_starts(raw, "a")
        assert now == self.before, f"what starts Root A has changed: {now}, {self.before}"
        if starts == "b":
            assert slot_b == "newer", f"Root B starts next, and holds {slot_b}"
            tree = self.newer.with_suffix(".roothash").read_text().splitlines()[0]
            assert f"roothash={tree}" in self._line(raw, "b"), "its line is of another image"
            for name in ("vmlinuz", "initrd"):
                assert self._read(raw, f"/b/{name}"), f"/b/{name} is empty"
        return f"Root {starts.upper()}", slot_b

    def _state(self, raw: Path) -> BootState:
        blocks = [parse(self._read(raw, f"/grub/state{number}")) for number in (1, 2)]
        assert any(each is not None for each in blocks), "both blocks of the boot state are gone"
        return merged(*blocks)

    def _what_starts(self, raw: Path, slot: str) -> dict[str, str]:
        """Sums of its image, kernel and initrd, and its line in the menu."""
        files = {
            name: hashlib.sha256(self._read(raw, f"/{slot}/{name}")).hexdigest()
            for name in ("vmlinuz", "initrd")
        }
        image = _sum(raw, self.offsets[SLOTS[slot]], self._image_bytes(raw, slot))
        return {**files, "line": self._line(raw, slot), "image": image}

    def _image_bytes(self, raw: Path, slot: str) -> int:
        """As its superblock says (SquashFS 4.0: bytes_used, at byte 40), and its hash tree: a tenth
        more is enough to hold both."""
        with raw.open("rb") as opened:
            opened.seek(self.offsets[SLOTS[slot]] + 40)
            used = int.from_bytes(opened.read(8), "little")
        return used + used // 10

    def _content(self, raw: Path) -> str:
        """Of Root B: ``newer`` or ``older`` where all of an image is there, ``nothing`` where
        nothing mounts. Raises AssertionError for a mixture that does."""
        found = self._sum_of_b(raw)
        if found == _image_sum(self.newer):
            return "newer"
        if found in self.older:
            return "older"
        with raw.open("rb") as opened:
            opened.seek(self.offsets[SLOTS["b"]])
            assert opened.read(4) != b"hsqs", "Root B mounts, and holds no whole image"
        return "nothing"

    def _sum_of_b(self, raw: Path) -> str:
        return _sum(raw, self.offsets[SLOTS["b"]], self.newer.stat().st_size)

    def _line(self, raw: Path, slot: str) -> str:
        menu = self._read(raw, "/grub/grub.cfg").decode()
        return " ".join(words_in(menu, slot))

    def _read(self, raw: Path, name: str) -> bytes:
        """A file, by GRUB's own code, which replays no journal."""
        argv = ["grub-fstest", str(raw), "cat", f"{self.boot}{name}"]
        return subprocess.run(argv, check=True, capture_output=True).stdout


def _sum(raw: Path, start: int, size: int) -> str:
    digest = hashlib.sha256()
    with raw.open("rb") as opened:
        opened.seek(start)
        while size and (piece := opened.read(min(size, MIB))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()


@functools.cache
def _image_sum(image: Path) -> str:
    return _sum(image, 0, image.stat().st_size)

"""The scenario ``power-cut-write``: the power goes while the slots are written over older ones.

See `power_cut` for how a power cut is made. Each disk is first looked at from outside, as the next
start would find it, and then resumed.
"""

import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults import small_release
from tests.vm import installed
from tests.vm.power_cut import Lab, at_shell
from tests.vm.release_server import small_signed_release
from tests.vm.scenario import Stage
from tests.vm.unsteady_server import Line, serving_over

POINTS: Final = 25
AT_THE_END: Final = 5
"""Of them, those after the last byte was sent: what is left is read back, the first MiB written."""
BYTES_PER_SECOND: Final = 500_000
"""So that an image of 20 MB takes 40 seconds, in which a disk can be copied 25 times."""
LOOK_EVERY: Final = 0.1
"""Seconds between two looks at how much was sent."""
SLOTS: Final = ("atomos-a", "atomos-b")
MORE: Final = "slot_size: 64 MiB\n"
MIB: Final = 2**20


def power_cut_write(stage: Stage, points: int = POINTS) -> None:
    """A slot that mounts holds the old image or the new one, whole; each is resumed."""
    dice = stage.dice()
    releases = stage.folder / "releases"
    older = small_release.image_of(small_signed_release(releases / "older", seed=1))
    newer = small_release.image_of(small_signed_release(releases / "newer", seed=2))
    line = Line()
    with serving_over(line, releases) as url:
        again = f"{MORE}reinstall: true\n"
        answers = {"older": (f"{url}/older", MORE), "answers": (f"{url}/newer", again)}
        lab = Lab(stage=stage, hardware=at_shell(stage, answers), dice=dice)
        disk = lab.blank()
        lab.undisturbed(disk, every=60, cut_now=lambda: False, answers="older")
        stage.say("an older system is installed")
        moments = Moments.drawn(dice, newer.stat().st_size, points, line)
        line.slow_down(BYTES_PER_SECOND)
        _, wanted, cuts = lab.undisturbed(disk, every=LOOK_EVERY, cut_now=moments.next_came)
        assert len(cuts) == points, f"its disk was copied at {len(cuts)} moments, not {points}"
        line.slow_down(None)
        stage.say(f"a newer one is, and its disk was copied at {len(cuts)} moments of writing")
        found = [look(cut.disk, older, newer, stage.folder) for cut in cuts]
        stage.say(f"the slots of these: {_tally(found)}")
        assert any("nothing" in each for each in found), "no power cut came in between"
        assert lab.resume_all(cuts, wanted) == len(cuts), "one of them was not resumed"


@dataclass(kw_only=True)
class Moments:
    """When to copy the disk: at random bytes of the image, then each time somebody looks."""

    line: Line
    base: int
    size: int
    at: list[int]
    """Bytes of the image sent, the next one last."""

    @classmethod
    def drawn(cls, dice: random.Random, size: int, points: int, line: Line) -> "Moments":
        """`points` of them, for an image of `size` bytes that will be sent next."""
        at = [size] * AT_THE_END + [dice.randrange(size) for _ in range(points - AT_THE_END)]
        return cls(line=line, base=line.sent, size=size, at=sorted(at, reverse=True))

    def next_came(self) -> bool:
        """Whether the next one is there; it is over with that."""
        if not self.at or self.line.sent - self.base < self.at[-1]:
            return False
        self.at.pop()
        return True


def look(disk: Path, older: Path, newer: Path, folder: Path) -> tuple[str, str]:
    """What a person finds in the slots of a qcow2 disk: ``older``, ``newer`` or ``nothing``.

    Raises AssertionError where something is found in a slot that is neither image.
    """
    raw = folder / "look.raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", disk, raw], check=True)
    try:
        table = installed.table_of(raw)
        starts = {part["name"]: part["start"] * table["sectorsize"] for part in table["partitions"]}
        a, b = (_content(raw, starts[slot], older, newer) for slot in SLOTS)
        return a, b
    finally:
        raw.unlink()


def _content(raw: Path, start: int, older: Path, newer: Path) -> str:
    probe: list[str | Path] = [
        "blkid",
        "--probe",
        "--offset",
        str(start),
        "-o",
        "value",
        "-s",
        "TYPE",
        raw,
    ]
    kind = subprocess.run(probe, check=False, capture_output=True, text=True).stdout.strip()
    for name, image in (("older", older), ("newer", newer)):
        if _holds(raw, start, image):
            assert kind == "squashfs", f"blkid takes the {name} image for {kind or 'nothing'}"
            return name
    assert not kind, f"{kind} at byte {start} of {raw}, which is no whole image"
    assert not _mounts(raw, start), f"something at byte {start} of {raw} can be mounted"
    return "nothing"


def _holds(raw: Path, start: int, image: Path) -> bool:
    with raw.open("rb") as disk, image.open("rb") as wanted:
        disk.seek(start)
        while piece := wanted.read(MIB):
            if disk.read(len(piece)) != piece:
                return False
    return True


def _mounts(raw: Path, start: int) -> bool:
    place = raw.with_name("mnt")
    place.mkdir(exist_ok=True)
    options = f"ro,loop,offset={start},sizelimit={64 * MIB}"
    argv: list[str | Path] = ["mount", "-t", "squashfs", "-o", options, raw, place]
    mounted = subprocess.run(argv, check=False, capture_output=True).returncode == 0
    if mounted:
        subprocess.run(["umount", place], check=True)
    return mounted


def _tally(found: list[tuple[str, str]]) -> str:
    pairs = [f"A {a}, B {b}" for a, b in found]
    return "; ".join(f"{pairs.count(pair)} x {pair}" for pair in dict.fromkeys(pairs))

"""The scenario ``power-cut``: an encrypted installation loses its power, and is resumed.

An installation is halted for moments of its time, and its disk copied: each copy is what a machine
whose power goes at that moment leaves, memory gone. That a disk also loses what it only promised
to write is not in it.
"""

import random
import secrets
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from installer.errors import ExitCode
from tests.vm import booted_live, live
from tests.vm.machine import Drive, Hardware, VirtualMachine, make_disk
from tests.vm.release_server import serving, small_signed_release
from tests.vm.scenario import Stage
from tests.vm.serial import NeverCame, Serial
from tests.vm.unattended import ENCRYPTED, answers_at_shell
from tests.vm.volume import fault_tests, iso_volume

POINTS: Final = 25
A_FEW: Final = 3
DISK_SIZE: Final = "8G"
AT_SHELL: Final = "shell"
"""Snapshot of the live system at its shell, with answers and the tools that compare."""
RUN: Final = "atomos-install run --answers /run/{}.yaml"
SECONDS: Final = 60.0
"""One installation takes about so long on an idle 2-core machine without KVM."""
WITHIN: Final = 900.0
"""Seconds that one may take."""
_END: Final = "atomos-end"
MORE: Final = f"slot_size: 64 MiB\n{ENCRYPTED}"


def power_cut(stage: Stage, points: int = POINTS) -> None:
    """Whenever the power goes, the next start leads to the same disk."""
    dice = stage.dice()
    release = small_signed_release(stage.folder / "small")
    with serving(release) as url:
        hardware = at_shell(stage, {"answers": (url, MORE)})
        lab = Lab(stage=stage, hardware=hardware, dice=dice)
        cuts: list[Cut] = []
        wanted = ""
        while len(cuts) < points:
            disk = lab.blank()
            seconds, found, more = lab.undisturbed(disk, every=SECONDS / points)
            wanted = wanted or found
            cuts += more
            stage.say(f"undisturbed: {seconds:.0f} s, and its disk at {len(more)} moments")
        # Evenly out of all, the first and the last of them always.
        chosen = [cuts[round(place * (len(cuts) - 1) / (points - 1))] for place in range(points)]
        assert lab.resume_all(chosen, wanted), "not one of them was resumed"


a_few_power_cuts = partial(power_cut, points=A_FEW)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What a disk held when the power went."""

    disk: Path
    when: str


@dataclass(frozen=True, kw_only=True)
class Lab:
    """Starts the same live system again and again, with one disk or another."""

    stage: Stage
    hardware: Hardware
    dice: random.Random

    def blank(self) -> Path:
        """A disk to install onto."""
        return make_disk(self.stage.folder / f"whole-{secrets.token_hex(4)}.qcow2", DISK_SIZE)

    def undisturbed(
        self,
        target: Path,
        *,
        every: float,
        cut_now: Callable[[], bool] = lambda: True,
        answers: str = "answers",
    ) -> tuple[float, str, list[Cut]]:
        """Seconds of an installation onto `target` without a power cut, what is on the disk then,
        and what was on it at those of the moments, about `every` so many seconds, that are chosen
        by `cut_now`."""
        cuts: list[Cut] = []
        with self._machine() as machine:
            serial = machine.serial
            machine.plug_in(Drive(path=target, name="target"))
            _wait_for_disk(serial)
            began = time.monotonic()
            run = RUN.format(answers)
            serial.type(f"{run} >/run/run.log 2>&1; echo {_END[:2]}''{_END[2:]}=$?=\r")
            while True:
                try:
                    within = self.dice.uniform(every / 2, every * 3 / 2)
                    status = serial.wait_for(
                        rf"{_END}=(\d+)=", within=within, what="the end"
                    ).group(1)
                except NeverCame:
                    if cut_now():
                        after = f"after {time.monotonic() - began:.1f} s"
                        copy = target.with_name(f"cut-{secrets.token_hex(4)}.qcow2")
                        machine.copy_disk(target, copy)
                        cuts.append(Cut(disk=copy, when=after))
                else:
                    break
            seconds = time.monotonic() - began
            assert status == "0", serial.output_of("cat /run/run.log")
            return seconds, _fingerprint(serial), cuts

    def resume_all(self, cuts: Sequence[Cut], wanted: str) -> int:
        """Install onto the disk of each, and compare it with `wanted`; how many were resumed."""
        resumed = 0
        for number, cut in enumerate(cuts, start=1):
            resumes, found = self.resume(cut)
            resumed += resumes
            assert found == wanted, f"{cut.when}:\n{_difference(self.stage, wanted, found)}"
            how = "resumed" if resumes else "begun anew"
            self.stage.say(f"{number} of {len(cuts)}: cut {cut.when}, {how}, the same disk")
        return resumed

    def resume(self, cut: Cut) -> tuple[bool, str]:
        """Whether the installation was resumed, and what is on its disk at its end."""
        with self._machine() as machine:
            machine.plug_in(Drive(path=cut.disk, name="target"))
            _wait_for_disk(machine.serial)
            status, said = machine.serial.run(f"{RUN.format('answers')} 2>&1", within=WITHIN)
            # The power may have gone when everything was done.
            done = status == ExitCode.REFUSED and "already holds AtomOS" in said
            assert status == ExitCode.DONE or done, f"status {status}:\n{said}"
            return "Resum" in said, _fingerprint(machine.serial)

    def _machine(self) -> VirtualMachine:
        return VirtualMachine(self.hardware, self.stage.folder)


def at_shell(stage: Stage, answers: Mapping[str, tuple[str, str]]) -> Hardware:
    """A live system that waits at its shell, as a snapshot. `answers` are the release's URL and
    further lines of each file of answers, by its name."""
    hardware = booted_live.bring_back(stage)
    path = stage.folder / "tools.raw"
    tools = iso_volume(path, name="tools", label="TOOLS", content=fault_tests())
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        machine.plug_in(tools)
        serial.output_of("until blkid -L TOOLS; do sleep 1; done", within=60)
        serial.output_of("mkdir /run/iso /run/tools && mount -L TOOLS /run/iso")
        serial.output_of("cp -R /run/iso/. /run/tools && umount /run/iso", within=120)
        machine.pull_out(tools)
        for name, (url, more) in answers.items():
            answers_at_shell(serial, url, disk="target", more=more, name=name)
        machine.save(AT_SHELL)
    return replace(hardware, snapshot=AT_SHELL)


def _wait_for_disk(serial: Serial) -> None:
    for _ in range(12):
        try:
            found = "until lsblk -ndo SERIAL | grep -qx target; do sleep 1; done"
            serial.output_of(found, within=10)
        except NeverCame:
            # A machine that was just brought back can lose what is typed.
            serial.type("\x03\r")
            continue
        return
    raise NeverCame("the disk did not come within two minutes")


def _fingerprint(serial: Serial) -> str:
    disk = serial.output_of("lsblk -ndo PATH,SERIAL | awk '$2 == \"target\" { print $1 }'")
    command = f"python3 -m tests.faults.fingerprint {disk} --passphrase-stdin </run/passphrase"
    path = "cd /run/tools && PYTHONPATH=/run/tools:/usr/lib/atomos"
    return serial.output_of(f"({path} {command})", within=300)


def _difference(stage: Stage, wanted: str, found: str) -> str:
    sides: list[Path] = []
    for name, text in (("wanted", wanted), ("found", found)):
        sides.append(stage.folder / f"{name}.txt")
        sides[-1].write_text(f"{text}\n")
    done = subprocess.run(["diff", *sides], check=False, capture_output=True, text=True)
    return "\n".join(done.stdout.splitlines()[:60])

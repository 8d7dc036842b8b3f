"""The scenario ``power-cut``: an encrypted installation loses its power, and is resumed."""

import os
import random
import secrets
import subprocess
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from installer.errors import ExitCode
from tests.faults import small_release
from tests.vm import booted_live, live
from tests.vm.machine import Drive, Hardware, VirtualMachine, make_disk
from tests.vm.release_server import ROOT, serving
from tests.vm.scenario import Stage
from tests.vm.serial import NeverCame, Serial
from tests.vm.unattended import ADA, ENCRYPTED, PASSPHRASE

POINTS: Final = 25
A_FEW: Final = 3
DISK_SIZE: Final = "8G"
AT_SHELL: Final = "shell"
"""Snapshot of the live system at its shell, with answers and the tools that compare."""
RUN: Final = "atomos-install run --answers /run/answers.yaml"
WITHIN: Final = 900.0
"""Seconds for one installation; 60 on an idle 2-core machine without KVM."""
ANSWERS: Final = """\
version: 1
disk: {{serial: target}}
wipe: true
source:
  url: {url}
  allow_unsigned: true
user:
  name: ada
  {secret}
hostname: atomos-test
slot_size: 64 MiB
afterwards: stay
{encrypted}
"""


def power_cut(stage: Stage, points: int = POINTS) -> None:
    """Whenever the power goes, the next start leads to the same disk."""
    seed = int(os.environ.get("ATOMOS_SEED") or secrets.randbelow(10**6))
    stage.say(f"seed {seed} (ATOMOS_SEED={seed} repeats it)")
    dice = random.Random(seed)
    release = small_release.make(stage.folder / "small")
    with serving(release) as url:
        lab = Lab(stage=stage, hardware=_at_shell(stage, url))
        seconds, wanted = lab.undisturbed()
        stage.say(
            f"undisturbed: {seconds:.0f} s, {len(wanted.splitlines())} lines of what is there"
        )
        resumed = 0
        for number in range(points):
            # One in each equal part of the time: no long stretch stays unharmed by chance.
            after = seconds * (number + dice.random()) / points
            cut = lab.cut_after(after)
            resumes, found = lab.resume(cut)
            resumed += resumes
            assert found == wanted, f"cut after {after:.1f} s:\n{_difference(stage, wanted, found)}"
            how = "resumed" if resumes else "begun anew"
            stage.say(f"{number + 1} of {points}: cut after {after:.1f} s, {how}, the same disk")
        assert resumed, "not one of them was resumed"


a_few_power_cuts = partial(power_cut, points=A_FEW)


@dataclass(frozen=True, kw_only=True)
class Lab:
    """Starts the same live system again and again, with one disk or another."""

    stage: Stage
    hardware: Hardware

    def undisturbed(self) -> tuple[float, str]:
        """Seconds of an installation without a power cut, and what is on its disk then."""
        target = self._target("undisturbed")
        with self._machine() as machine:
            machine.plug_in(target)
            _wait_for_disk(machine.serial)
            began = time.monotonic()
            _install(machine.serial)
            seconds = time.monotonic() - began
            return seconds, _fingerprint(machine.serial)

    def cut_after(self, seconds: float) -> Drive:
        """The disk of an installation whose power went that many seconds after its start."""
        target = self._target("cut")
        with self._machine() as machine:
            machine.plug_in(target)
            _wait_for_disk(machine.serial)
            machine.serial.type(f"{RUN} >/run/run.log 2>&1\r")
            machine.serial.what_comes(within=seconds)
            machine.power_cut()
        return target

    def resume(self, target: Drive) -> tuple[bool, str]:
        """Whether the installation was resumed, and what is on its disk at its end."""
        with self._machine() as machine:
            machine.plug_in(target)
            _wait_for_disk(machine.serial)
            status, said = machine.serial.run(f"{RUN} 2>&1", within=WITHIN)
            # The power may have gone when everything was done.
            done = status == ExitCode.REFUSED and "already holds AtomOS" in said
            assert status == ExitCode.DONE or done, f"status {status}:\n{said}"
            return "Resum" in said, _fingerprint(machine.serial)

    def _target(self, name: str) -> Drive:
        path = self.stage.folder / f"{name}.qcow2"
        path.unlink(missing_ok=True)
        return Drive(path=make_disk(path, DISK_SIZE), name="target")

    def _machine(self) -> VirtualMachine:
        return VirtualMachine(self.hardware, self.stage.folder)


def _at_shell(stage: Stage, url: str) -> Hardware:
    """A live system that waits at its shell, as a snapshot."""
    hardware = booted_live.bring_back(stage)
    tools = _tools(stage)
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        machine.plug_in(tools)
        serial.output_of("until blkid -L TOOLS; do sleep 1; done", within=60)
        serial.output_of("mkdir /run/iso /run/tools && mount -L TOOLS /run/iso")
        serial.output_of("cp -R /run/iso/. /run/tools && umount /run/iso", within=120)
        machine.pull_out(tools)
        live.write_file(serial, "/run/password", ADA.password)
        live.write_file(serial, "/run/passphrase", PASSPHRASE)
        text = ANSWERS.format(url=url, secret="password_file: password", encrypted=ENCRYPTED)
        live.write_file(serial, "/run/answers.yaml", text)
        machine.save(AT_SHELL)
    return replace(hardware, snapshot=AT_SHELL)


def _tools(stage: Stage) -> Drive:
    """What compares two disks, as a volume."""
    path = stage.folder / "tools.raw"
    files = subprocess.run(
        ["git", "ls-files", "tests/__init__.py", "tests/faults"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    grafts = [f"/{file}={ROOT / file}" for file in files]
    argv: list[str | Path] = [
        "xorriso",
        "-as",
        "mkisofs",
        "-quiet",
        "-r",
        "-V",
        "TOOLS",
        "-o",
        path,
    ]
    argv += ["-graft-points", *grafts]
    subprocess.run(argv, check=True, stderr=subprocess.DEVNULL)
    return Drive(path=path, name="tools", read_only=True, format="raw")


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


def _install(serial: Serial) -> str:
    """Install to the good end; what was said."""
    status, said = serial.run(f"{RUN} 2>&1", within=WITHIN)
    assert status == 0, f"the installation ended with status {status}:\n{said}"
    return said


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

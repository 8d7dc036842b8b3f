"""Releases with a home seed on a volume, and machines that install from them without a network."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.tools.home_machine import changed, make_seed
from tests.vm import live
from tests.vm.machine import Drive, Firmware, Hardware, VirtualMachine
from tests.vm.release_server import ROOT
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import (
    ANSWERS,
    DISK_SIZE,
    HOSTNAME,
    PASSWORD_IN_FILE,
    answers_volume,
)
from tests.vm.volume import iso_volume

NOW: Final = "software:\n  home_manager: now"
LABEL: Final = "RELEASE"


def good_seed(stage: Stage) -> Path:
    """Of a starter that needs what no server has."""
    return make_seed(stage.folder / "seed", next(stage.release.glob("atomos_*.squashfs")))


def bad_seed(stage: Stage, seed: Path, change: Callable[[Path], None]) -> Path:
    """It with something changed, under the same name; the release has the sum of this one."""
    folder = stage.folder / "bad"
    folder.mkdir()
    return changed(seed, folder, change).rename(folder / seed.name)


def release_volume(stage: Stage, seed: Path, name: str = "release") -> Drive:
    """The release with that seed, signed, as a volume that can only be read."""
    folder = stage.folder / f"{name}-with-seed"
    argv = [sys.executable, str(ROOT / "mkimage-profile/build.py"), "release", str(folder)]
    subprocess.run([*argv, "--seed", str(seed)], check=True, stdout=subprocess.DEVNULL)
    path = stage.folder / f"{name}.raw"
    return iso_volume(path, name="release", label=LABEL, content={"release": folder})


def machine_for(stage: Stage, release: Drive, more: str = NOW) -> Hardware:
    """A machine with the stick, a new disk, answers and the release."""
    text = ANSWERS.format(
        url=f"volume:{LABEL}/release", hostname=HOSTNAME, secret=PASSWORD_IN_FILE, more=more
    )
    return Hardware(
        firmware=Firmware.UEFI,
        drives=(
            stage.stick,
            stage.disk("disk", DISK_SIZE),
            answers_volume(stage, text),
            release,
        ),
        variables=stage.folder / "variables.qcow2",
    )


def disk_alone(hardware: Hardware) -> Hardware:
    """The same machine with nothing but its disk."""
    return replace(hardware, drives=hardware.drives[1:2])


def installed_without_network(stage: Stage, hardware: Hardware) -> str:
    """Install; returns what the home's part of the journal says, and looks that it left nothing."""
    with VirtualMachine(hardware, stage.folder) as machine:
        machine.network(plugged=False)
        serial = machine.serial
        live.start_on_serial(serial)
        live.follow_installation(serial, stage.say)
        serial.wait_for(r"Ctrl\+Q", within=60, what="the screen that says so")
        live.leave_to_shell(serial)
        live.no_failed_units(serial)
        told = serial.output_of(
            "grep -h -e '\"home-now\"' -e '\"notice\"' /run/atomos/run/events.jsonl"
        )
        nothing_left(serial)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)
    return told


def nothing_left(serial: Serial) -> None:
    """Neither a process of nix nor anything of the disk that is mounted."""
    assert serial.run("pgrep -a nix")[1].strip() == "", "nix still runs"
    mounted = serial.run("findmnt -rno TARGET,SOURCE | grep -e /dev/vdb -e /run/atomos/run/mnt")[1]
    assert mounted.strip() == "", f"still mounted: {mounted}"

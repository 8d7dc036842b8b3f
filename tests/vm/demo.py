"""``./dev demo``: build, install in a virtual machine, boot what was installed, hand it over."""

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from tests.vm import installed, live
from tests.vm.machine import Firmware, Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

FOLDER: Final = Path("demo")
LEAVE_HINT: Final = "Ctrl+] switches the machine off and gives you your terminal back."


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="./dev demo")
    parser.add_argument(
        "--tui", action="store_true", help="answer the installer's screens in this terminal"
    )
    arguments = parser.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[demo {time.monotonic() - began:4.0f} s] {text}", flush=True)

    if arguments.tui and not sys.stdin.isatty():
        print("./dev demo --tui needs a terminal to show the screens in.", file=sys.stderr)
        return 2
    shutil.rmtree(FOLDER, ignore_errors=True)
    stage = Stage((FOLDER / "machine").absolute(), say)
    stage.folder.mkdir(parents=True)
    say("building the live ISO and the system image, or taking them from the cache")
    _ = stage.release
    if arguments.tui:
        answer_yourself(stage)
    else:
        answer_for_them(stage)
    return 0


def answer_for_them(stage: Stage) -> None:
    """Unattended install, then the login prompt of Root A."""
    stage.say("installing onto a blank disk of 16 GiB; without KVM this takes about two minutes")
    order = Order(firmware=Firmware.UEFI, disk=stage.disk("disk", DISK_SIZE))
    machine = install(stage, order).without_stick
    stage.say("starting what was installed: Root A, in about a minute")
    with VirtualMachine(machine, stage.folder) as running:
        installed.start(running.serial, "a")
        running.serial.wait_for(
            rf"{HOSTNAME} login: ", within=installed.LOGIN_WITHIN, what="the login prompt"
        )
        stage.say("the installed system is at its login prompt")
        print(f"\n    user      {ADA.name}\n    password  {ADA.password}\n\n{LEAVE_HINT}\n")
        if not sys.stdin.isatty():
            stage.say("no terminal to hand over to; switching the machine off")
            return
        running.serial.type("\r")
        running.serial.hand_over()


def answer_yourself(stage: Stage) -> None:
    """The live system's app on the person's own terminal; afterwards the disk starts first."""
    with serving(stage.release) as url:
        hardware = Hardware(
            firmware=Firmware.UEFI,
            # The blank disk comes first: the firmware finds nothing on it and goes on to the
            # stick, and finds Root A on it once the app restarts the machine.
            drives=(stage.disk("disk", DISK_SIZE), stage.stick),
            variables=stage.folder / "variables.qcow2",
            smbios_oem=(f"io.systemd.credential:atomos.source={url}",),
        )
        with VirtualMachine(hardware, stage.folder) as machine:
            live.start_on_serial(machine.serial)
            stage.say("the live system starts; its screens appear here in about half a minute")
            print(f"\n{LEAVE_HINT} A terminal of 80x24 or more shows all of it.\n", flush=True)
            machine.serial.hand_over()


if __name__ == "__main__":
    sys.exit(main())

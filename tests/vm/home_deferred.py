"""The scenario ``home-deferred``: the user's home waits for the network, and then is there to stay.

What is built is no nixpkgs: a flake of a few files whose activation has home-manager's interface
(docs/home.md). nix, its daemon, its sandbox, systemd and the network are the real ones.
"""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.tools.home_flake import write_flake
from tests.vm import installed
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

WITHIN: Final = 240.0
"""Seconds until the home is set up when the network is there; 30 on an idle machine without KVM."""
SOFTWARE: Final = "software:\n  home_manager: deferred\n  home_flake: {flake}"


def home_deferred(stage: Stage) -> None:
    """Without a network twice; then it comes, and tools and files outlive restart and slot."""
    with serving(pack_flake(stage.folder / "home")) as url:
        flake = f"tarball+{url}/home.tar.gz"
        order = Order(
            firmware=Firmware.UEFI,
            disk=stage.disk("disk", DISK_SIZE),
            more=SOFTWARE.format(flake=flake),
        )
        machine = install(stage, order)
        with VirtualMachine(machine.without_stick, stage.folder) as running:
            serial = running.serial
            for start in ("first", "second"):
                running.network(plugged=False)
                installed.start(serial, "a")
                installed.log_in(serial, ADA, HOSTNAME)
                wait_until(serial, "waiting")
                stage.say(f"the home waits for the network at the {start} start, and says so")
                if start == "first":
                    restart(serial)
            running.network(plugged=True)
            began = time.monotonic()
            wait_until(serial, "ready")
            stage.say(
                f"the network came: the home was there {time.monotonic() - began:.0f} s later"
            )
            said = serial.output_of("du -sk /nix/store | cut -f1")
            stage.say(f"it and its sources take {said} KiB of the store")
            restart(serial)
            check_home(stage, serial, "a")
            serial.output_of("nix-collect-garbage -d 2>&1", within=120)
            check_nix(serial)
            restart(serial)
            check_home(stage, serial, "b")


def pack_flake(folder: Path) -> Path:
    """A folder for a web server, with the flake in ``home.tar.gz``."""
    write_flake(folder / "home")
    subprocess.run(["tar", "-C", folder, "-czf", folder / "home.tar.gz", "home"], check=True)
    shutil.rmtree(folder / "home")
    return folder


def wait_until(serial: Serial, phase: str) -> None:
    """Wait for a phase of the set-up, as the file of its state names it."""
    state = "~/.local/state/atomos/home/state"
    status, said = serial.run(
        f"timeout {WITHIN:.0f} sh -c 'until grep -qx phase={phase} {state}; do sleep 1; done'"
        " || { atomos home status; atomos home log; false; }",
        within=WITHIN + 30,
    )
    assert status == 0, f"the home did not come to {phase!r}: {said}"
    told = serial.output_of("atomos home status")
    assert {"waiting": "Your home waits", "ready": "is set up"}[phase] in told, told


def check_home(stage: Stage, serial: Serial, slot: str, *, greeting: str = "hello") -> None:
    """In a new login, from that slot: the tool is found, and the files are links into the store."""
    installed.start(serial, slot)
    installed.log_in(serial, ADA, HOSTNAME)
    installed.check_slot(serial, slot)
    assert serial.output_of("greet") == "hello"
    assert serial.output_of("cat ~/.config/greeting") == greeting
    assert serial.output_of("readlink ~/.config/greeting").startswith("/nix/store/")
    stage.say(f"{installed.MENU_TITLES[slot]}: the tools are found, files are links into the store")


def check_nix(serial: Serial) -> None:
    """nix as anybody uses it: a program is installed, is found, and is there after collecting."""
    serial.output_of("mkdir -p ~/t/bin && printf '#!/bin/sh\\necho mine\\n' > ~/t/bin/own-tool")
    serial.output_of("chmod +x ~/t/bin/own-tool && nix profile install $(nix store add ~/t) 2>&1")
    serial.output_of("nix-collect-garbage -d 2>&1", within=120)
    assert serial.output_of("own-tool") == "mine"
    assert serial.output_of("greet") == "hello"


def restart(serial: Serial) -> None:
    """By the system's own means."""
    installed.become_root(serial, ADA)
    installed.reboot(serial)

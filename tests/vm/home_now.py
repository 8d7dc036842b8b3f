"""The scenario ``home-now``: the user's home is there at the first login, without any network.

What is built is no nixpkgs (docs/home.md, docs/limits.md); ``--online`` builds the real starter.
"""

import json
from typing import Final

from tests.vm import installed
from tests.vm.home_deferred import check_home, check_nix, restart
from tests.vm.home_seeds import (
    NOW,
    disk_alone,
    good_seed,
    installed_without_network,
    machine_for,
    release_volume,
)
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

GREETING: Final = "hello ada"
_RUN: Final = """\
{ outputs = { self }: { apps.x86_64-linux.default = {
  type = "app"; program = "${./tool}";
}; }; }
"""


def home_now(stage: Stage) -> None:
    """Installed from a stick with a seed; tools and files at once, and after slot and restart."""
    if stage.online:
        _online(stage)
        return
    hardware = machine_for(stage, release_volume(stage, good_seed(stage)))
    told = installed_without_network(stage, hardware)
    assert '"notice"' not in told or "first login" not in told, told
    with VirtualMachine(disk_alone(hardware), stage.folder) as running:
        running.network(plugged=False)
        serial = running.serial
        check_home(stage, serial, "a", greeting=GREETING)
        _say_what_it_took(stage, serial)
        restart(serial)
        check_home(stage, serial, "b", greeting=GREETING)
        _check_run(serial)
        check_nix(serial)
        stage.say("nix run, nix profile install and nix-collect-garbage -d behave")
        restart(serial)
        check_home(stage, serial, "a", greeting=GREETING)
        assert serial.output_of("own-tool") == "mine"


def _say_what_it_took(stage: Stage, serial: Serial) -> None:
    kib = serial.output_of("du -sk /nix --exclude=db 2>/dev/null | cut -f1")
    lines = serial.output_of(
        f"echo {ADA.password} | sudo -k -S -p '' cat /var/log/atomos/install.jsonl"
    ).splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    seconds = {
        each["id"]: each["seconds"] for each in events if each["event"] == "operation-finished"
    }
    stage.say(
        f"home-manager added {seconds['home-now']:.0f} s to an installation of"
        f" {sum(seconds.values()):.0f} s, and {kib} KiB in /nix"
    )


def _check_run(serial: Serial) -> None:
    """A program is run that is not installed, from a flake of the person's."""
    serial.output_of("mkdir -p ~/runs && printf '#!/bin/sh\\necho ran\\n' > ~/runs/tool")
    serial.output_of("chmod +x ~/runs/tool")
    for line in _RUN.splitlines():
        serial.output_of(f"echo '{line}' >> ~/runs/flake.nix")
    assert serial.output_of("nix run path:$HOME/runs 2>/dev/null", within=120) == "ran"


def _online(stage: Stage) -> None:
    """The real starter, from the servers of nixpkgs and home-manager."""
    order = Order(firmware=Firmware.UEFI, disk=stage.disk("disk", DISK_SIZE), more=NOW)
    machine = install(stage, order)
    with VirtualMachine(machine.without_stick, stage.folder) as running:
        serial = running.serial
        for slot in ("a", "b"):
            installed.start(serial, slot)
            installed.log_in(serial, ADA, HOSTNAME)
            installed.check_slot(serial, slot)
            assert serial.output_of("rg --version").startswith("ripgrep")
            assert serial.output_of("home-manager --version") != ""
            assert serial.output_of("readlink ~/.bashrc").startswith("/nix/store/")
            if slot == "a":
                _say_what_it_took(stage, serial)
            restart(serial)

"""The scenario ``home-broken``: what goes wrong ends in a login, and later in a home."""

from dataclasses import replace
from typing import Final

from tests.tools.home_machine import CUT, FULL
from tests.tools.home_seed_changes import other_bytes
from tests.vm import installed
from tests.vm.home_deferred import check_home, wait_until
from tests.vm.home_now import GREETING
from tests.vm.home_seeds import (
    bad_seed,
    disk_alone,
    good_seed,
    installed_without_network,
    machine_for,
    release_volume,
)
from tests.vm.machine import Drive, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, HOSTNAME

_SEED: Final = "/var/lib/atomos-seed"
_INSTALL: Final = f"/usr/lib/atomos/home install {ADA.name} {_SEED} 2>&1"
_WITHIN: Final = 240.0


def home_broken(stage: Stage) -> None:
    """A seed that somebody has changed; a disk that is full; a power cut. Never a network."""
    seed = good_seed(stage)
    bad = release_volume(stage, bad_seed(stage, seed, other_bytes), "bad")
    hardware = machine_for(stage, bad)
    told = installed_without_network(stage, hardware)
    assert "the home seed is damaged" in told, told
    stage.say("the seed is refused in words, and the installation goes to its end")
    stick = Drive(path=seed, name="seed", read_only=True, format="raw")
    alone = disk_alone(hardware)
    alone = replace(alone, drives=(*alone.drives, stick))
    with VirtualMachine(alone, stage.folder) as running:
        running.network(plugged=False)
        serial = running.serial
        _log_in(serial)
        wait_until(serial, "waiting")
        serial.output_of("systemctl --user stop atomos-home.service; rm -r ~/.config/home-manager")
        assert serial.run("greet")[0] == 127
        stage.say("the login is usable, and its home waits")
        _full_disk(stage, serial)
        _begin_and_wait_for_the_middle(serial)
        running.power_cut()
        stage.say("the power goes in the middle of the activation")
        running.power_on()
        running.network(plugged=False)
        serial = running.serial
        _log_in(serial)
        assert serial.output_of("echo usable") == "usable"
        wait_until(serial, "ready")
        stage.say("the next login is usable, and goes on to its good end without a network")
        installed.become_root(serial, ADA)
        installed.reboot(serial)
        check_home(stage, serial, "b", greeting=GREETING)


def _log_in(serial: Serial) -> None:
    installed.start(serial, "a")
    installed.log_in(serial, ADA, HOSTNAME)


def _full_disk(stage: Stage, serial: Serial) -> None:
    """The seed that is right, from the stick; the disk is filled up while it is put in place."""
    installed.become_root(serial, ADA)
    stick = "/dev/disk/by-id/virtio-seed"
    serial.output_of(f"mkdir -p {_SEED} && tar -C {_SEED} --no-same-owner -xf {stick}")
    serial.output_of(f": >{FULL}; chmod 666 {FULL}")
    free = int(serial.output_of("df --output=avail -B1M /var | tail -n 1"))
    serial.output_of(f"fallocate -l {free - 256}M /var/tmp/most", within=120)
    status, said = serial.run(_INSTALL, within=_WITHIN)
    assert status == 1, said
    assert "could not be put in place" in said, said
    serial.output_of(f"rm -f {FULL} /var/tmp/most")
    home = f"/home/{ADA.name}"
    assert serial.run(f"test -e {home}/.config/greeting")[0] == 1, "half a home is there"
    assert serial.output_of(f"cmp {home}/.bashrc /etc/skel/.bashrc && echo same") == "same"
    stage.say("a disk that was full in the middle of it: the home folder is as it was")


def _begin_and_wait_for_the_middle(serial: Serial) -> None:
    serial.output_of(f"rm -f {CUT}-now; : >{CUT}; chmod 1777 /var/tmp; sync")
    serial.output_of(f"setsid -f {_INSTALL} >/run/install.log")
    status, said = serial.run(
        f"timeout {_WITHIN:.0f} sh -c 'until test -e {CUT}-now; do sleep 1; done'"
        " || { cat /run/install.log; false; }",
        within=_WITHIN + 30,
    )
    assert status == 0, said
    serial.output_of("sync")

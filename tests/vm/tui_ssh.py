"""The scenario ``tui-ssh``: installed from another machine, whose window changes its size."""

import re
import socket
from contextlib import closing
from dataclasses import replace
from typing import Final

from tests.vm import booted_live, installed, live, screens
from tests.vm.installed import Person
from tests.vm.machine import VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.ssh import Ssh

JEAN: Final = Person(name="jean", password="Ballistic-Table-7-Foot")
HOSTNAME: Final = "eniac"
RUN_WITHIN: Final = 600.0
SIZES: Final = ((132, 43), (40, 20), (80, 24))


def tui_ssh(stage: Stage) -> None:
    """By the password on the first screen; every size shows how far it is, and so does the serial
    line; then the disk starts."""
    hardware = replace(booted_live.bring_back(stage), ssh_port=free_port())
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        picture = serial.screen_with("ssh root@", within=screens.SCREEN_WITHIN)
        password = re.search(r"password (\w+)", picture)
        assert password is not None, picture
        assert hardware.ssh_port is not None
        with closing(Ssh(hardware.ssh_port, password[1], stage.folder / "ssh.log")) as ssh:
            stage.say("the password of the first screen lets somebody in from another machine")
            screens.release(ssh, url)
            screens.disk(ssh, "/dev/vdb")
            screens.decline_encryption(ssh)
            screens.user(ssh, JEAN, "Jean Bartik", HOSTNAME)
            screens.software(ssh)
            screens.time_zone(ssh)
            screens.agree(ssh, "vdb")
            for columns, rows in SIZES:
                ssh.forget_screen()
                ssh.resize(columns, rows)
                picture = ssh.screen_with("Installing", within=screens.SCREEN_WITHIN)
                ssh.screen_with("Step ", within=screens.SCREEN_WITHIN)
                stage.say(f"painted anew at {columns}x{rows} while it installs")
        serial.screen_with("AtomOS is installed", within=RUN_WITHIN)
        stage.say("the connection dropped; the serial line shows the same run, to its good end")
        live.leave_to_shell(serial)
        live.found_nowhere(serial, JEAN.password)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)

    installed.lets_in(stage, hardware, JEAN, HOSTNAME)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port

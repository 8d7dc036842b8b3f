"""The scenario ``panic-and-hang``: a started system stops working; the machine starts it anew."""

from dataclasses import replace
from typing import Final

from tests.vm import installed
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

LATE: Final = "kernel_arguments: [atomos.good_after=3600]"
"""No start of this story is vouched for by having been up for long enough."""
HANG: Final = (
    "echo -1 >/proc/sys/kernel/sched_rt_runtime_us;"
    " for each in /sys/kernel/debug/sched/fair_server/*/runtime; do echo 0 >$each; done;"
    " chrt --fifo 98 sh -c '"
    "for each in $(seq 0 $(($(nproc) - 1)));"
    ' do taskset -c "$each" chrt --fifo 99 sh -c "while :; do :; done" & done; wait\''
)
"""Leaves no processor to anything else, systemd and its word to the watchdog included. Each loop
has its own, and is started by somebody whom the first one does not keep from that. Linux's "fair
server" leaves nothing to others (broken_image.sh)."""
MENU: Final = r"executed automatically in \d"
PANIC_WITHIN: Final = 120.0
"""Seconds from a panic to the next start menu: the kernel waits ten of them."""
HANG_WITHIN: Final = 240.0
"""Seconds from a hang to the next start menu: the watchdog bites after 60."""


def panic_and_hang(stage: Stage) -> None:
    """Both restart the machine by themselves, and both cost a try."""
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, more=LATE)
    hardware = replace(install(stage, order).without_stick, watchdog=True)
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        check_tries(serial, "2")
        serial.type("echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger\r")
        serial.wait_for(MENU, within=PANIC_WITHIN, what="the start menu after a kernel panic")
        stage.say("a kernel panic restarts the machine")

        check_tries(serial, "1")
        serial.type(f"{HANG}\r")
        serial.wait_for(MENU, within=HANG_WITHIN, what="the start menu after a hang")
        stage.say("so does a hang, by the watchdog")

        check_tries(serial, "0")
        installed.reboot(serial)
        check_tries(serial, "0")
        stage.say("each cost a try of Root A; an orderly restart cost none")


def check_tries(serial: Serial, left: str) -> None:
    """Root A comes up by itself, with so many tries left after the one that it was given."""
    installed.log_in(serial, ADA, HOSTNAME)
    installed.check_slot(serial, "a")
    installed.become_root(serial, ADA)
    state = installed.boot_state(serial)
    assert (state["atomos_a_tries"], state["atomos_started"]) == (left, "a"), state

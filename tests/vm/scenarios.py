"""All scenarios."""

from typing import Final

from tests.vm.live_bios import live_bios
from tests.vm.plain_uefi import plain_uefi
from tests.vm.refuse import refuse
from tests.vm.scenario import Scenario
from tests.vm.secureboot import secureboot
from tests.vm.tui_serial import tui_serial

SCENARIOS: Final = (
    Scenario(
        "plain-uefi",
        "unattended install over HTTP under UEFI; Root A, Root B and Recovery keep their promises",
        plain_uefi,
    ),
    Scenario(
        "secureboot",
        "the same with Microsoft's keys and Secure Boot on, which all four systems confirm",
        secureboot,
    ),
    Scenario(
        "tui-serial",
        "the same install answered by key presses on the serial console; no secret leaks",
        tui_serial,
    ),
    Scenario(
        "refuse",
        "every refusal in one booted live system, with its words, and an untouched disk",
        refuse,
    ),
    Scenario(
        "live-bios",
        "the live medium comes up on a BIOS machine, and says that it cannot install there yet",
        live_bios,
    ),
)

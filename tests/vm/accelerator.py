"""Which accelerator works here: /dev/kvm can exist and hang or kill every guest."""

import functools
from pathlib import Path
from typing import Final

import pexpect

FIRMWARE: Final = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
CPU: Final = {"kvm": "host", "tcg": "max,la57=off"}
"""By accelerator. Five-level paging costs a TCG guest a tenth of its speed and gains nothing."""
_PATIENCE: Final = 10.0
"""Seconds; a working KVM brings the firmware to its boot menu in 2."""


@functools.cache
def accelerator() -> str:
    """``kvm`` where the firmware comes up under it within `_PATIENCE`, else ``tcg``.

    A boot sector of three instructions is not enough of a probe: a KVM that emulates some
    instructions and not others ran it, and stopped at the firmware's first `fninit`.
    """
    return "kvm" if Path("/dev/kvm").exists() and _brings_firmware_up("kvm") else "tcg"


def _brings_firmware_up(name: str) -> bool:
    argv = [
        *("-accel", name, "-cpu", CPU[name], "-machine", "q35", "-nodefaults", "-m", "128"),
        *("-display", "none", "-serial", "stdio", "-no-reboot"),
        *("-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={FIRMWARE}"),
    ]
    guest = pexpect.spawn("qemu-system-x86_64", argv, timeout=_PATIENCE)
    try:
        guest.expect_exact(b"BdsDxe")
    except (pexpect.TIMEOUT, pexpect.EOF):
        return False
    finally:
        guest.close(force=True)
    return True

"""A virtual machine: firmware, disks, a serial line, QMP."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from qemu.qmp.legacy import QEMUMonitorProtocol

from tests.vm.accelerator import CPU, accelerator
from tests.vm.serial import NeverCame, Serial

_OVMF: Final = Path("/usr/share/OVMF")
QMP_PATIENCE: Final = 600.0
"""Seconds for one monitor command; saving 2 GiB of memory to disk takes some."""
CARD: Final = "card.wav"
SPEAKER: Final = "speaker.wav"
UNPLUG_SECONDS: Final = 60.0
"""How long a guest may take to let go of a disk that is pulled out."""
_HOT: Final = "hot"
"""QEMU id of the SCSI controller that disks are plugged into while the machine runs."""


class Firmware(StrEnum):
    """What starts the machine."""

    UEFI = "uefi"
    SECURE_BOOT = "secure-boot"
    """UEFI with Microsoft's keys enrolled, as a machine is sold."""
    BIOS = "bios"


class Bus(StrEnum):
    """How a disk is connected; the value is QEMU's device."""

    VIRTIO = "virtio-blk-pci"
    NVME = "nvme"
    SCSI = "scsi-hd"
    USB = "usb-storage"


@dataclass(frozen=True, kw_only=True)
class Drive:
    """A disk of the machine."""

    path: Path
    name: str
    """Its QEMU id, and its serial number."""
    bus: Bus = Bus.VIRTIO
    sector_bytes: int = 512
    read_only: bool = False
    format: str = "qcow2"


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What the machine is made of. The first drive is the first that the firmware tries."""

    firmware: Firmware
    drives: tuple[Drive, ...]
    variables: Path
    """The firmware's memory (qcow2, so that snapshots hold it); made when missing."""
    memory_mib: int = 2048
    smbios_oem: tuple[str, ...] = ()
    watchdog: bool = False
    """Whether it has one, which restarts it when nobody answers it any more."""
    snapshot: str | None = None
    """Name of the snapshot to start from instead of powering on."""
    ssh_port: int | None = None
    """Port of this machine that leads to the guest's own for ssh."""
    network: bool = True
    """Whether it has a network card."""
    sound: bool = False
    """Whether it has a sound card and the loudspeaker of a PC. What they play is written to CARD
    and SPEAKER in its folder (tests/vm/ear.py)."""


def make_disk(path: Path, size: str) -> Path:
    """A blank qcow2 disk."""
    _quiet("qemu-img", "create", "-q", "-f", "qcow2", str(path), size)
    return path


class VirtualMachine:
    """A machine that runs between ``with`` and its end. Its log and screenshots go to `folder`."""

    def __init__(self, hardware: Hardware, folder: Path) -> None:
        self.hardware = hardware
        self.folder = folder
        # Socket paths are limited to 107 bytes: keep them short.
        self._sockets = Path(tempfile.mkdtemp(prefix="vm-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._qmp: QEMUMonitorProtocol | None = None
        self._serial: Serial | None = None

    @property
    def serial(self) -> Serial:
        """Its serial line."""
        assert self._serial is not None, "the machine is off"
        return self._serial

    def __enter__(self) -> Self:
        self.power_on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None and self._process is not None:
            self.screenshot("failed")
        self.power_cut()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def power_on(self) -> None:
        """Start QEMU and take hold of its monitor and serial line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        qmp = QEMUMonitorProtocol(str(self._sockets / "qmp"), server=True)
        serial = self._sockets / "serial"
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._argv(serial), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        qmp.accept(timeout=30)
        qmp.settimeout(QMP_PATIENCE)
        self._qmp = qmp
        self._serial = Serial(serial, self.folder / "serial.log")
        self._command("cont")

    def power_cut(self) -> None:
        """Pull the plug: nothing is flushed that the guest has not flushed."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._forget()

    def wait_until_off(self, *, within: float) -> None:
        """Wait for the guest to switch itself off."""
        assert self._process is not None
        try:
            self._process.wait(timeout=within)
        except subprocess.TimeoutExpired as error:
            raise NeverCame(f"waited {within:.0f} s for the machine to switch off") from error
        self._forget()

    def screenshot(self, name: str, kind: Literal["png", "ppm"] = "png") -> Path:
        """The screen as a picture."""
        path = self.folder / f"{name}.{kind}"
        self._command("screendump", filename=str(path), format=kind)
        return path

    def press(self, key: str) -> None:
        """Press a key of its keyboard, by its name in QEMU's QKeyCode; ``-`` joins keys that are
        held together (``shift-a``). What it means is for the guest's layout to say."""
        codes = [{"type": "qcode", "data": each} for each in key.split("-")]
        self._command("send-key", keys=codes)

    def plug_in(self, drive: Drive, *, bytes_per_second: int | None = None) -> None:
        """Attach a SCSI disk while the machine runs; one that is read no faster than that."""
        file = {"driver": "file", "filename": str(drive.path), "read-only": drive.read_only}
        disk: dict[str, object] = {
            "driver": drive.format,
            "file": file,
            "read-only": drive.read_only,
            "cache": {"no-flush": not drive.read_only},
        }
        if bytes_per_second is not None:
            group, limits = f"{drive.name}-line", {"bps-read": bytes_per_second}
            self._command(
                "object-add", **{"qom-type": "throttle-group", "id": group, "limits": limits}
            )
            disk = {
                "driver": "throttle",
                "throttle-group": group,
                "file": disk,
                "read-only": drive.read_only,
            }
        self._command("blockdev-add", **{**disk, "node-name": drive.name})
        self._command(
            "device_add",
            driver=Bus.SCSI.value,
            bus=f"{_HOT}.0",
            drive=drive.name,
            serial=drive.name,
            id=_device_id(drive),
        )

    def pull_out(self, drive: Drive) -> None:
        """Detach a drive while the machine runs, as a person pulls a stick."""
        self._command("device_del", id=_device_id(drive))
        assert self._qmp is not None
        deadline = time.monotonic() + UNPLUG_SECONDS
        gone = False
        while not gone:
            try:
                event = self._qmp.pull_event(wait=max(0.1, deadline - time.monotonic()))
            except TimeoutError as error:
                what = f"{drive.name} was not let go of within {UNPLUG_SECONDS:.0f} s"
                raise NeverCame(what) from error
            assert event is not None
            deleted = event["event"] == "DEVICE_DELETED"
            gone = deleted and event["data"].get("device") == _device_id(drive)

    def network(self, *, plugged: bool) -> None:
        """Pull out the network's cable, or put it in."""
        self._command("set_link", name="nic", up=plugged)

    def copy_disk(self, disk: Path, copy: Path) -> None:
        """Copy a qcow2 disk as it is at this moment; the machine stands still meanwhile."""
        # QEMU writes its own tables of the disk to the file when it halts the machine.
        self._command("stop")
        _quiet("cp", "--sparse=always", "--reflink=auto", str(disk), str(copy))
        self._command("cont")

    @contextmanager
    def halted(self) -> Iterator[None]:
        """The machine stands still, and its disks are what they are at this moment."""
        self._command("stop")
        try:
            yield
        finally:
            self._command("cont")

    def save(self, snapshot: str) -> None:
        """Keep memory, devices and all qcow2 drives under a name inside those drives."""
        # A guest brought back from the middle of a word on its serial line never went on with it.
        self.serial.wait_for_silence()
        self._command("stop")
        answer = self._command("human-monitor-command", **{"command-line": f"savevm {snapshot}"})
        assert not answer, f"savevm: {answer}"

    def _command(self, name: str, /, **arguments: object) -> object:
        assert self._qmp is not None
        return self._qmp.cmd(name, **arguments)

    def _forget(self) -> None:
        if self._serial is not None:
            self._serial.close()
        if self._qmp is not None:
            self._qmp.close()
        self._process = self._serial = self._qmp = None

    def _argv(self, serial: Path) -> list[str]:
        hardware = self.hardware
        accel = accelerator()
        speed = ",thread=multi,tb-size=1024" if accel == "tcg" else ""
        argv = [
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-S"),
            *(
                "-accel",
                f"{accel}{speed}",
                "-cpu",
                CPU[accel],
                "-smp",
                "2",
                "-m",
                str(hardware.memory_mib),
            ),
            *("-rtc", "base=utc", "-device", "virtio-rng-pci", "-device", "VGA"),
            *("-display", "none", "-device", "qemu-xhci", "-device", "usb-kbd"),
            *("-device", f"virtio-scsi-pci,id={_HOT}"),
            *(("-device", "i6300esb") if hardware.watchdog else ()),
            *(_network(hardware.ssh_port) if hardware.network else ()),
            *("-qmp", f"unix:{self._sockets / 'qmp'}"),
            *("-chardev", f"socket,id=serial,path={serial},server=on,wait=off"),
            *("-serial", "chardev:serial"),
            # The live system writes its journal and the installation's events to the second line.
            *("-chardev", f"file,id=journal,append=on,path={self.folder / 'journal.log'}"),
            *("-serial", "chardev:journal"),
            *_firmware(hardware),
            *(_sound(self.folder) if hardware.sound else ()),
        ]
        for string in hardware.smbios_oem:
            argv += ["-smbios", f"type=11,value={string}"]
        for index, drive in enumerate(hardware.drives):
            argv += _drive(drive, index)
        if hardware.snapshot is not None:
            argv += ["-loadvm", hardware.snapshot]
        return argv


def _network(ssh_port: int | None) -> tuple[str, ...]:
    card = "virtio-net-pci,id=nic,netdev=net,romfile="
    return ("-netdev", f"user,id=net{_forwarded(ssh_port)}", "-device", card)


def _forwarded(port: int | None) -> str:
    return "" if port is None else f",hostfwd=tcp:127.0.0.1:{port}-:22"


def _sound(folder: Path) -> list[str]:
    heard = "out.mixing-engine=on,out.fixed-settings=on,out.frequency=8000,out.channels=1"
    return [
        *("-audiodev", f"wav,id=card,path={folder / CARD},{heard}"),
        *("-device", "intel-hda", "-device", "hda-output,audiodev=card"),
        *("-audiodev", f"wav,id=speaker,path={folder / SPEAKER},{heard}"),
        *("-machine", "pcspk-audiodev=speaker"),
    ]


def _firmware(hardware: Hardware) -> list[str]:
    if hardware.firmware is Firmware.BIOS:
        return ["-machine", "q35"]
    secure = hardware.firmware is Firmware.SECURE_BOOT
    code = _OVMF / ("OVMF_CODE_4M.secboot.fd" if secure else "OVMF_CODE_4M.fd")
    if not hardware.variables.exists():
        template = _OVMF / ("OVMF_VARS_4M.ms.fd" if secure else "OVMF_VARS_4M.fd")
        _quiet("qemu-img", "convert", "-O", "qcow2", str(template), str(hardware.variables))
    return [
        *("-machine", f"q35,smm={'on' if secure else 'off'}"),
        *("-global", f"driver=cfi.pflash01,property=secure,value={'on' if secure else 'off'}"),
        *("-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}"),
        *("-drive", f"if=pflash,unit=1,format=qcow2,file={hardware.variables}"),
    ]


def _drive(drive: Drive, index: int) -> list[str]:
    # The host's cache may lose what the guest has flushed only when the host itself dies.
    cache = "readonly=on" if drive.read_only else "cache=unsafe,discard=unmap"
    block = f"if=none,id={drive.name},format={drive.format},file={drive.path},{cache}"
    # QEMU's usb-storage takes no boot order from a drive with another serial: give each both.
    device = f"{drive.bus},drive={drive.name},serial={drive.name},bootindex={index}"
    device += f",id={_device_id(drive)}"
    if drive.bus is Bus.USB:
        device += ",removable=on"
    else:
        device += f",logical_block_size={drive.sector_bytes}"
        device += f",physical_block_size={drive.sector_bytes}"
    controller = ["-device", f"virtio-scsi-pci,id=scsi{index}"] if drive.bus is Bus.SCSI else []
    if controller:
        device += f",bus=scsi{index}.0"
    return ["-drive", block, *controller, "-device", device]


def _device_id(drive: Drive) -> str:
    return f"{drive.name}-device"


def _quiet(*argv: str) -> None:
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)

"""Access points inside a virtual machine: simulated radios (mac80211_hwsim), hostapd, dnsmasq.

They live in a network namespace of their own, so that the machine reaches them by air alone. What
they are made of is no part of any image: it comes on a volume.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.vm import live
from tests.vm.machine import Drive
from tests.vm.release_server import ROOT
from tests.vm.serial import Serial
from tests.vm.volume import iso_volume

LABEL: Final = "ACCESSPOINT"


@dataclass(frozen=True, kw_only=True)
class AccessPoint:
    """One network: its name, what protects it, and the addresses that it gives."""

    ssid: str
    passphrase: str
    subnet: str
    """First three numbers of its addresses."""
    wpa3: bool = False


def volume(folder: Path) -> Drive:
    """What they are made of, as a disk."""
    argv = [sys.executable, str(ROOT / "mkimage-profile" / "access_point.py")]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    tools = Path(done.stdout.strip()) / "usr"
    return iso_volume(folder / "ap.iso", name="ap", label=LABEL, content={"usr": tools})


def start(serial: Serial, points: tuple[AccessPoint, ...]) -> None:
    """At root's prompt, with the volume plugged in: one radio for each, and one for the machine."""
    live.write_file(serial, "/run/ap.sh", _script(points))
    serial.output_of("sh /run/ap.sh", within=180)


def _script(points: tuple[AccessPoint, ...]) -> str:
    lines = [
        "set -eu",
        "mkdir -p /run/ap",
        "n=0",
        f"until mount -o ro LABEL={LABEL} /run/ap 2>/dev/null; do",
        "  n=$((n + 1)); [ $n -lt 60 ]; sleep 1",
        "done",
        "export LD_LIBRARY_PATH=/run/ap/usr/lib/x86_64-linux-gnu PATH=/run/ap/usr/sbin:$PATH",
        f"modprobe mac80211_hwsim radios={len(points) + 1}",
        "udevadm settle || true",
        "ip netns add ap",
        "ip -n ap link set lo up",
    ]
    for number, point in enumerate(points):
        lines += _lines_of(number, point)
    return "\n".join([*lines, "iw dev", ""])


def _lines_of(number: int, point: AccessPoint) -> list[str]:
    device, conf = f"wlan{number}", f"/run/hostapd{number}.conf"
    kind = "SAE" if point.wpa3 else "WPA-PSK"
    settings = [
        f"interface={device}",
        "driver=nl80211",
        f"ssid={point.ssid}",
        "hw_mode=g",
        f"channel={1 + 5 * number}",
        "wpa=2",
        f"wpa_key_mgmt={kind}",
        "rsn_pairwise=CCMP",
        f"wpa_passphrase={point.passphrase}",
        *(["ieee80211w=2"] if point.wpa3 else []),
    ]
    return [
        f"iw phy $(cat /sys/class/net/{device}/phy80211/name) set netns name ap",
        f"umask 077; cat >{conf} <<'END'",
        *settings,
        "END",
        f"ip -n ap addr add {point.subnet}.1/24 dev {device}",
        f"ip -n ap link set {device} up",
        f"ip netns exec ap hostapd -B {conf}",
        f"ip netns exec ap dnsmasq --port=0 --interface={device} --bind-interfaces --user=root"
        f" --dhcp-range={point.subnet}.10,{point.subnet}.50,1h --leasefile-ro"
        f" --pid-file=/run/dnsmasq{number}.pid --conf-file=/dev/null",
    ]

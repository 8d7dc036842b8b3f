"""The scenario ``wifi``: networks are joined by air, and the installed system joins by itself."""

from typing import Final

from tests.vm import access_point, booted_live, installed, live, screens
from tests.vm.access_point import AccessPoint
from tests.vm.installed import Person
from tests.vm.live import DOWN
from tests.vm.machine import Drive, Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

HEDY: Final = Person(name="hedy", password="Eighty-Eight-Frequencies")
HOSTNAME: Final = "piano"
OLD: Final = AccessPoint(ssid="Workshop", passphrase="violin kettle", subnet="192.168.77")
NEW: Final = AccessPoint(ssid="Attic", passphrase="moss \\ ladder", subnet="192.168.78", wpa3=True)
PROFILE: Final = "/etc/NetworkManager/system-connections/atomos.nmconnection"
HEARD_WITHIN: Final = 180.0
CONNECTED_WITHIN: Final = 240.0
RUN_WITHIN: Final = 900.0


def wifi(stage: Stage) -> None:
    """WPA3 with the right passphrase, then WPA2 with a wrong one and the right one."""
    hardware = booted_live.bring_back(stage)
    tools = access_point.volume(stage.folder)
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        machine.plug_in(tools)
        access_point.start(serial, (OLD, NEW))
        stage.say("two access points are on the air")
        serial.type("stty cols 80; exit\r")
        screens.language(serial)
        screens.page(serial, screens.NETWORK)
        join(serial, NEW)
        stage.say("joined by WPA3 (SAE), with a backslash in the passphrase")
        join(serial, OLD, wrong="violin cattle")
        stage.say("joined by WPA2: a wrong passphrase is told, the right one connects")
        machine.screenshot("connected")
        screens.network(serial)
        screens.welcome(serial, url)
        screens.disk(serial, "/dev/vdb")
        screens.decline_encryption(serial)
        screens.user(serial, HEDY, "Hedy Lamarr", HOSTNAME)
        screens.software(serial)
        screens.time_zone(serial)
        screens.agree(serial, "vdb")
        serial.screen_with("AtomOS is installed", within=RUN_WITHIN)
        live.leave_to_shell(serial)
        nowhere_but_where_it_belongs(serial, OLD.passphrase)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)
    typed = (stage.folder / "serial.log").read_text(errors="replace")
    assert NEW.passphrase not in typed, "a passphrase was shown on the serial line"
    installed_system(stage, hardware, tools)


def join(serial: Serial, point: AccessPoint, *, wrong: str | None = None) -> None:
    """From the page of the network, which shows it, back to there, connected."""
    serial.screen_with(point.ssid, within=HEARD_WITHIN)
    for _ in range(4):
        if focused(serial, point.ssid):
            break
        serial.type(DOWN)
    serial.type("\r")
    screens.page(serial, "Join a Wi-Fi network")
    if wrong is not None:
        try_passphrase(serial, wrong)
        serial.screen_with("! The passphrase is wrong.", within=CONNECTED_WITHIN)
        screens.page(serial, "> Wi-Fi passphrase [ ")
    try_passphrase(serial, point.passphrase)
    serial.screen_with(f"Connected to {point.ssid}.", within=CONNECTED_WITHIN)
    serial.screen_with(f"connected, {point.subnet}.", within=screens.SCREEN_WITHIN)


def focused(serial: Serial, name: str) -> bool:
    """Whether it has the focus, once that has come to rest."""
    picture = screens.page(serial, screens.NETWORK)
    return any(name in row for row in picture.split("\n") if row.lstrip().startswith("> "))


def try_passphrase(serial: Serial, passphrase: str) -> None:
    """Type it, and press Connect."""
    serial.type(passphrase)
    serial.screen_with("*" * len(passphrase), within=screens.KEY_WITHIN)
    serial.type(DOWN)
    serial.screen_with("> [ ] Show the passphrase", within=screens.KEY_WITHIN)
    serial.type(DOWN)
    serial.screen_with("> [ Connect ]", within=screens.KEY_WITHIN)
    serial.type("\r")


def nowhere_but_where_it_belongs(serial: Serial, passphrase: str) -> None:
    """In NetworkManager's profile, and where the next screens find it; for root alone."""
    found = serial.output_of(
        f"grep -rlsF '{passphrase}' /run /var/log /tmp /root --exclude='hostapd*' --exclude=ap.sh"
        " | sort"
    ).split()
    profiles = [each for each in found if each.startswith("/run/NetworkManager/")]
    assert len(profiles) == 1, found
    assert sorted(found) == sorted([*profiles, "/run/atomos/network"]), found
    modes = serial.output_of(f"stat -c '%a %U' {' '.join(found)}").splitlines()
    assert modes == ["600 root"] * 2, modes


def installed_system(stage: Stage, hardware: Hardware, tools: Drive) -> None:
    """The profile is there, and no more than a network of that name is needed."""
    machine_now = Hardware(
        firmware=hardware.firmware,
        drives=(hardware.drives[1], tools),
        variables=hardware.variables,
    )
    with VirtualMachine(machine_now, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.log_in(serial, HEDY, HOSTNAME)
        installed.become_root(serial, HEDY)
        mode = serial.output_of(f"stat -c '%a %U %G' {PROFILE}")
        assert mode == "600 root root", mode
        stage.say("the profile is in the installed system, for root alone")
        access_point.start(serial, (OLD, NEW))
        state = "nmcli -t -g GENERAL.STATE,IP4.ADDRESS device show wlan2"
        wait = (
            f"n=0; until {state} | grep -qF {OLD.subnet}. || [ $n -ge 200 ];"
            " do n=$((n+1)); sleep 1; done"
        )
        serial.output_of(wait, within=CONNECTED_WITHIN)
        shown = serial.output_of(state)
        assert f"{OLD.subnet}." in shown, shown
        stage.say("the installed system has joined the network by itself")

"""How the machine reaches the network, line by line."""

from dataclasses import replace

from installer.answers_connection import Network, NetworkMethod, WifiSecurity
from installer.errors import InstallError
from installer.networks import NetworkState
from installer.secret import Secret
from tests.ui.fake_session import WIRED, FakeSession
from tests.ui.network_samples import (
    AROUND,
    NOTHING,
    SILENT,
    UNPLUGGED,
    no_address,
    wrong_passphrase,
)
from tests.unit.plain_terminal import talk

PASSPHRASE = "violin kettle"


def at(*states: NetworkState) -> FakeSession:
    return FakeSession(network=None, network_states=list(states) or [WIRED])


def test_a_cable_needs_no_more_than_enter() -> None:
    session = at()
    said, _ = talk(
        session,
        ("Wired (enp0s3): connected, 10.0.2.15 This machine is connected: there is nothing", ""),
        ("Release [", ""),
    )
    assert "Wi-Fi" not in said.partition("Release [")[0]
    assert session.network == Network()


def test_no_network_at_all_is_said_and_stops_nobody() -> None:
    talk(at(NOTHING), ("AtomOS can still be installed from this medium", ""), ("Release [", ""))


def test_without_networkmanager_it_is_said_and_stops_nobody() -> None:
    session = at()
    session.no_networks = InstallError("NetworkManager is not running.")
    talk(session, ("! NetworkManager is not running. The networks cannot", ""), ("Release [", ""))


def test_a_cable_that_is_plugged_in_is_found_by_looking_again() -> None:
    talk(at(UNPLUGGED, WIRED), ("no cable", "look"), ("connected, 10.0.2.15", ""), ("Release", ""))


def test_wifi_is_listened_for_and_joined_at_the_second_try() -> None:
    session = at(SILENT, AROUND)
    session.no_network = [wrong_passphrase(), None]
    said, _ = talk(
        session,
        ("Listening for Wi-Fi networks", "2"),
        (
            'Join a Wi-Fi network Workshop What you type here is not shown; "show" shows it.',
            "short",
        ),
        ("! A Wi-Fi passphrase has 8 to 63 characters. Wi-Fi passphrase:", "violin cattle"),
        ("! The passphrase is wrong. Type it again. Wi-Fi passphrase:", PASSPHRASE),
        ("Connected to Workshop.", ""),
        ("Release [", ""),
    )
    assert PASSPHRASE not in said
    assert "- University (WEP or 802.1X: not joined here), 70 %" in said
    home = Network(ssid="Workshop", passphrase=Secret(PASSPHRASE))
    assert session.network == home
    assert session.connected == [replace(home, passphrase=Secret("violin cattle")), home]


def test_a_network_that_does_not_tell_its_name() -> None:
    session = at(AROUND)
    talk(
        session,
        ("12. Another Wi-Fi network", "12"),
        ("Name:", ""),
        ("! Type the name of the network. Name:", "Cellar"),
        ("3. open: nothing is encrypted Number [1]:", "3"),
        ("Connected to Cellar.", ""),
        ("Release [", ""),
    )
    assert session.network == Network(ssid="Cellar", hidden=True, security=WifiSecurity.OPEN)


def test_back_leads_from_the_passphrase_to_the_networks() -> None:
    session = at(AROUND)
    talk(
        session,
        ("2. Workshop (WPA2), 91 %", "2"),
        ("Wi-Fi passphrase:", "back"),
        ("2. Workshop (WPA2), 91 %", ""),
        ("Release [", ""),
    )
    assert session.connected == []


def test_a_fixed_address_and_a_proxy() -> None:
    session = at()
    session.no_network = [no_address(), None]
    talk(
        session,
        ("2. Fixed address, proxy", "2"),
        ("Address (empty: by DHCP):", "192.0.2.7"),
        ("with the length of its prefix: write for example 192.0.2.7/24.", "192.0.2.7/24"),
        ("Gateway:", "2001:db8::1"),
        ("! Take IPv4 for all, or IPv6 for all of them. Gateway:", "192.0.2.1"),
        ("Name servers:", "192.0.2.53"),
        ("Interface (empty: any) [enp0s3]:", ""),
        ("Proxy (empty: none):", "http://proxy:3128"),
        ("! The network gives no address (DHCP).", ""),
        ("Gateway [192.0.2.1]:", ""),
        ("Name servers [192.0.2.53]:", ""),
        ("Interface (empty: any) [enp0s3]:", ""),
        ("Proxy (empty: none) [http://proxy:3128]:", ""),
        ("Fixed address: 192.0.2.7/24 Proxy: http://proxy:3128", ""),
        ("Release [", ""),
    )
    assert session.network == Network(
        method=NetworkMethod.STATIC,
        interface="enp0s3",
        address="192.0.2.7/24",
        gateway="192.0.2.1",
        dns=("192.0.2.53",),
        proxy="http://proxy:3128",
    )


def test_help_is_that_of_f1() -> None:
    talk(
        at(),
        ("Number [1]:", "?"),
        ("A cable is enough: it is connected by itself", ""),
        ("Release [", ""),
    )

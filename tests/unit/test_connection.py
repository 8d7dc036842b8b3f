"""The keyfile that NetworkManager reads, from the answers."""

import configparser

import pytest

from installer.answers_connection import Network, NetworkMethod, WifiSecurity
from installer.connection import connection_of
from installer.secret import Secret


def sections(network: Network) -> configparser.ConfigParser:
    connection = connection_of(network)
    assert connection is not None
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(connection.text.reveal())
    assert parser["connection"]["uuid"] == connection.uuid
    return parser


@pytest.mark.parametrize("network", [Network(), Network(proxy="http://x:1")])
def test_what_networkmanager_does_by_itself_needs_no_profile(network: Network) -> None:
    assert connection_of(network) is None


@pytest.mark.parametrize(
    ("security", "management"), [(WifiSecurity.WPA2, "wpa-psk"), (WifiSecurity.WPA3, "sae")]
)
def test_wifi(security: WifiSecurity, management: str) -> None:
    network = Network(ssid="Home", security=security, passphrase=Secret("swordfish"))
    found = sections(network)
    assert found["connection"]["type"] == "wifi"
    assert dict(found["wifi"]) == {"mode": "infrastructure", "ssid": "Home"}
    assert dict(found["wifi-security"]) == {"key-mgmt": management, "psk": "swordfish"}
    assert found["ipv4"]["method"] == found["ipv6"]["method"] == "auto"
    assert "swordfish" not in repr(connection_of(network))


def test_an_open_and_hidden_network() -> None:
    found = sections(Network(ssid="Cafe", security=WifiSecurity.OPEN, hidden=True))
    assert found["wifi"]["hidden"] == "true"
    assert "wifi-security" not in found


@pytest.mark.parametrize(
    ("ssid", "written"),
    [
        ("Home-5_G", "Home-5_G"),
        ("1;2;3;", "49;59;50;59;51;59;"),
        ("123", "49;50;51;"),
        ("My net", "77;121;32;110;101;116;"),
        ("Käse", "75;195;164;115;101;"),
        ("a\\sb", "97;92;115;98;"),
    ],
)
def test_a_name_is_its_bytes_where_it_could_be_read_otherwise(ssid: str, written: str) -> None:
    assert sections(Network(ssid=ssid, security=WifiSecurity.OPEN))["wifi"]["ssid"] == written


@pytest.mark.parametrize(
    ("passphrase", "written"),
    [
        ("a\\b=c;d#e", "a\\\\b=c;d#e"),
        ("  two blanks ", "\\s\\stwo blanks\\s"),
        ("        ", "\\s" * 8),
    ],
)
def test_a_passphrase_keeps_its_blanks_and_backslashes(passphrase: str, written: str) -> None:
    found = sections(Network(ssid="Home", passphrase=Secret(passphrase)))
    assert found["wifi-security"]["psk"] == written


def test_a_static_address() -> None:
    network = Network(
        method=NetworkMethod.STATIC,
        interface="eth0",
        address="192.0.2.7/24",
        gateway="192.0.2.1",
        dns=("192.0.2.53", "192.0.2.54"),
    )
    found = sections(network)
    assert found["connection"]["type"] == "ethernet"
    assert found["connection"]["interface-name"] == "eth0"
    assert dict(found["ipv4"]) == {
        "method": "manual",
        "address1": "192.0.2.7/24,192.0.2.1",
        "dns": "192.0.2.53;192.0.2.54;",
    }
    assert found["ipv6"]["method"] == "auto"


def test_a_static_address_of_ipv6() -> None:
    found = sections(Network(method=NetworkMethod.STATIC, address="2001:db8::7/64"))
    assert found["ipv4"]["method"] == "auto"
    assert dict(found["ipv6"]) == {"method": "manual", "address1": "2001:db8::7/64"}


def test_the_same_network_has_the_same_id_and_another_one_another() -> None:
    home = [connection_of(Network(ssid="Home", passphrase=Secret(each))) for each in "ab"]
    cafe = connection_of(Network(ssid="Cafe"))
    assert home[0] is not None
    assert home[1] is not None
    assert cafe is not None
    assert home[0].uuid == home[1].uuid != cafe.uuid

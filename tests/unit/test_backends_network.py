"""What nmcli prints, read; and what its failures mean. Texts are those of nmcli 1.52.1."""

import pytest

from backends.network import in_words
from backends.network_output import devices_of, wifi_of
from installer.answers_connection import WifiSecurity
from installer.errors import InstallError, ToolFailed
from installer.networks import Device, DeviceKind, DeviceState, NetworkState, WifiNetwork

DEVICES = """\
GENERAL.DEVICE:eth0
GENERAL.TYPE:ethernet
GENERAL.STATE:100 (connected)
IP4.ADDRESS[1]:10.0.2.15/24
IP4.ADDRESS[2]:169.254.3.4/16
IP6.ADDRESS[1]:fec0::5054:ff:fe12:3456/64
IP6.ADDRESS[2]:fe80::5054:ff:fe12:3456/64

GENERAL.DEVICE:wlan0
GENERAL.TYPE:wifi
GENERAL.STATE:50 (connecting (configuring))

GENERAL.DEVICE:p2p-dev-wlan0
GENERAL.TYPE:wifi-p2p
GENERAL.STATE:30 (disconnected)

GENERAL.DEVICE:eth1
GENERAL.TYPE:ethernet
GENERAL.STATE:20 (unavailable)

GENERAL.DEVICE:veth0
GENERAL.TYPE:ethernet
GENERAL.STATE:10 (unmanaged)
IP4.ADDRESS[1]:10.9.0.1/24

GENERAL.DEVICE:lo
GENERAL.TYPE:loopback
GENERAL.STATE:100 (connected (externally))
IP4.ADDRESS[1]:127.0.0.1/8
"""


def test_devices() -> None:
    seen = NetworkState(devices=devices_of(DEVICES))
    assert seen.devices == (
        Device(
            name="eth0",
            kind=DeviceKind.WIRED,
            state=DeviceState.CONNECTED,
            addresses=("10.0.2.15/24", "fec0::5054:ff:fe12:3456/64"),
        ),
        Device(name="wlan0", kind=DeviceKind.WIFI, state=DeviceState.CONNECTING),
        Device(name="eth1", kind=DeviceKind.WIRED, state=DeviceState.UNAVAILABLE),
    )
    assert seen.has_wifi
    assert [each.name for each in seen.connected] == ["eth0"]


@pytest.mark.parametrize("text", ["eth0\n", "GENERAL.DEVICE:eth0\n", "GENERAL.TYPE:wifi\n"])
def test_what_tells_of_no_device_is_no_answer(text: str) -> None:
    with pytest.raises(InstallError, match="cannot read"):
        devices_of(text)


def heard(*lines: str) -> tuple[WifiNetwork, ...]:
    return wifi_of("".join(f"{line}\n" for line in lines))


def test_of_each_network_the_access_point_that_is_heard_best() -> None:
    assert heard(" :486F6D65:61:WPA2", " :486F6D65:80:WPA1 WPA2", " :43616665:70:") == (
        WifiNetwork(ssid="Home", signal=80, security=WifiSecurity.WPA2),
        WifiNetwork(ssid="Cafe", signal=70, security=WifiSecurity.OPEN),
    )


def test_the_network_in_use_is_the_first() -> None:
    found = heard(" :486F6D65:80:WPA2", "*:486F6D65:20:WPA2", " :43616665:70:--")
    assert [(each.ssid, each.signal, each.in_use) for each in found] == [
        ("Home", 20, True),
        ("Cafe", 70, False),
    ]


@pytest.mark.parametrize("ssid", ["", "00", "FF", "0A41", "4"])
def test_hidden_networks_and_names_that_are_no_text_are_left_out(ssid: str) -> None:
    assert heard(f" :{ssid}:80:WPA2") == ()


@pytest.mark.parametrize(
    ("words", "security"),
    [
        ("", WifiSecurity.OPEN),
        ("--", WifiSecurity.OPEN),
        ("WPA1", WifiSecurity.WPA2),
        ("WPA2 WPA3", WifiSecurity.WPA2),
        ("WPA3", WifiSecurity.WPA3),
        ("WPA2 802.1X", None),
        ("WEP", None),
        ("OWE", None),
    ],
)
def test_security(words: str, security: WifiSecurity | None) -> None:
    (network,) = heard(f" :486F6D65:80:{words}")
    assert network.security is security


def test_a_name_in_umlauts() -> None:
    assert [each.ssid for each in heard(" :4BC3A473653A:80:")] == ["Käse:"]


@pytest.mark.parametrize(
    "line", [" :486F6D65:80", " :486F6D65:80:WPA2:x", " :486F6D65:loud:", "x:41:1:"]
)
def test_what_tells_of_no_network_is_no_answer(line: str) -> None:
    with pytest.raises(InstallError, match="cannot read"):
        heard(line)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "Error: Connection activation failed: Secrets were required, but not provided",
            "The passphrase is wrong.",
        ),
        (
            "Error: Connection activation failed: IP configuration could not be reserved (no"
            " available address, timeout, etc.)",
            "The network gives no address (DHCP).",
        ),
        (
            "Error: Connection activation failed: The Wi-Fi network could not be found",
            "No network of that name is in range.",
        ),
        (
            "Error: Connection activation failed: No suitable device found for this connection"
            " (device lo not available because device is strictly unmanaged).",
            "This machine has no device for it.",
        ),
        ("Error: NetworkManager is not running.", "NetworkManager is not running."),
        (
            "Error: Could not create NMClient object: Could not connect: Connection refused.",
            "NetworkManager is not running.",
        ),
        ("Error: something new.", "NetworkManager could not do it."),
    ],
)
def test_a_failure_in_words(said: str, words: str) -> None:
    error = in_words(ToolFailed(("nmcli",), "ended with status 4", said))
    assert error.what == words
    assert error.tool_words == said

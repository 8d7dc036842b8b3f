"""What nmcli prints in its terse form, read strictly."""

import contextlib
import re
from collections.abc import Iterator
from typing import Final

from installer.answers_connection import WifiSecurity
from installer.errors import InstallError
from installer.networks import Device, DeviceKind, DeviceState, WifiNetwork
from installer.text import _

_KINDS: Final = {"ethernet": DeviceKind.WIRED, "wifi": DeviceKind.WIFI}
"""Others, as bridges and the loopback, are no way to a network."""
_STATE: Final = re.compile(r"(\d+)(?: \(.*\))?")
_UNMANAGED: Final = 10
_UNAVAILABLE: Final = 20
_DISCONNECTED: Final = 30
_ACTIVATED: Final = 100
"""NMDeviceState. Between the last two it is connecting; above it is on its way down."""
_OF_THE_LINK: Final = ("fe80:", "169.254.")


def devices_of(text: str) -> tuple[Device, ...]:
    """The devices of ``nmcli device show``, with GENERAL.DEVICE, TYPE, STATE and both ADDRESSes.

    Raises InstallError for text that is none.
    """
    return tuple(device for block in _blocks(text) if (device := _device(block)) is not None)


def wifi_of(text: str) -> tuple[WifiNetwork, ...]:
    """The networks of ``nmcli device wifi list`` with IN-USE, SSID-HEX, SIGNAL and SECURITY.

    One for each name: of several access points the one in use, or the one that is heard best.
    Hidden ones, and those whose name is no text, are left out. Raises InstallError for text that
    is none.
    """
    found: dict[str, WifiNetwork] = {}
    for line in text.splitlines():
        network = _network(line)
        if network is None:
            continue
        known = found.get(network.ssid)
        if known is None or _rank(network) > _rank(known):
            found[network.ssid] = network
    return tuple(sorted(found.values(), key=lambda each: (*_rank(each), each.ssid), reverse=True))


def fields_of(line: str, count: int) -> tuple[str, ...]:
    """The fields of a line with ``:`` between them, where ``\\`` takes the meaning of the next.

    Raises InstallError where there are not `count` of them.
    """
    fields, field, signs = [], "", iter(line)
    for sign in signs:
        if sign == "\\":
            field += next(signs, "")
        elif sign == ":":
            fields.append(field)
            field = ""
        else:
            field += sign
    fields.append(field)
    if len(fields) != count:
        raise _strange(line)
    return tuple(fields)


def _blocks(text: str) -> Iterator[list[tuple[str, str]]]:
    """Names and values, device by device; in this form values are not escaped."""
    block: list[tuple[str, str]] = []
    for line in [*text.splitlines(), ""]:
        name, colon, value = line.partition(":")
        if name == "GENERAL.DEVICE" or not line:
            if block:
                yield block
            block = []
        if line and not colon:
            raise _strange(line)
        if line:
            block.append((name, value))


def _device(block: list[tuple[str, str]]) -> Device | None:
    values = dict(block)
    try:
        name, kind = values["GENERAL.DEVICE"], values["GENERAL.TYPE"]
        state = _STATE.fullmatch(values["GENERAL.STATE"])
    except KeyError as error:
        raise _strange(str(error)) from None
    if state is None:
        raise _strange(values["GENERAL.STATE"])
    number = int(state[1])
    if kind not in _KINDS or number <= _UNMANAGED:
        return None
    addresses = tuple(
        value
        for family in ("IP4.ADDRESS", "IP6.ADDRESS")
        for key, value in block
        if key.startswith(family) and not value.startswith(_OF_THE_LINK)
    )
    return Device(name=name, kind=_KINDS[kind], state=_state(number), addresses=addresses)


def _state(number: int) -> DeviceState:
    if number == _ACTIVATED:
        return DeviceState.CONNECTED
    if _DISCONNECTED < number < _ACTIVATED:
        return DeviceState.CONNECTING
    return DeviceState.UNAVAILABLE if number <= _UNAVAILABLE else DeviceState.DISCONNECTED


def _network(line: str) -> WifiNetwork | None:
    in_use, ssid_hex, signal, security = fields_of(line, 4)
    if in_use not in ("*", " ", "") or not signal.isdigit():
        raise _strange(line)
    ssid = _ssid(ssid_hex)
    if ssid is None:
        return None
    return WifiNetwork(
        ssid=ssid, signal=int(signal), security=_security(security), in_use=in_use == "*"
    )


def _ssid(ssid_hex: str) -> str | None:
    with contextlib.suppress(ValueError):
        ssid = bytes.fromhex(ssid_hex).decode()
        if ssid and ssid.isprintable():
            return ssid
    return None


def _security(words: str) -> WifiSecurity | None:
    kinds = set(words.split()) - {"--"}
    if not kinds:
        return WifiSecurity.OPEN
    if "802.1X" in kinds:
        return None
    if kinds & {"WPA1", "WPA2"}:
        return WifiSecurity.WPA2
    return WifiSecurity.WPA3 if "WPA3" in kinds else None


def _rank(network: WifiNetwork) -> tuple[bool, int]:
    return network.in_use, network.signal


def _strange(text: str) -> InstallError:
    return InstallError(
        _("nmcli has printed what this installer cannot read."),
        tool_words=text,
        way_out=_("Please report it."),
    )

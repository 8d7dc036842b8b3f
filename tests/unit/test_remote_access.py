"""How to come to the installer from another machine."""

import ipaddress
from pathlib import Path

from backends.remote_access import own_address, remote_access
from installer.remote_access import RemoteAccess
from installer.secret import Secret


def test_without_a_password_nobody_is_asked_in(tmp_path: Path) -> None:
    assert remote_access(tmp_path / "password") is None


def test_an_address_is_one_that_others_reach() -> None:
    address = own_address()
    assert address == "" or not ipaddress.ip_address(address).is_loopback


def test_what_to_type_fits_a_line_of_a_console() -> None:
    remote = RemoteAccess(address="192.168.178.121", password=Secret("kdm2hx7rwa4tn"))
    words = remote.words()
    assert "ssh root@192.168.178.121" in words
    assert "password kdm2hx7rwa4tn" in words
    assert len(words) <= 76
    assert "kdm2hx7rwa4tn" not in repr(remote)

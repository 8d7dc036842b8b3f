"""What has to answer for a home to be set up now."""

import pytest

from backends.homes import address_of


@pytest.mark.parametrize(
    ("flake", "address"),
    [
        (None, "https://cache.nixos.org/nix-cache-info"),
        ("github:ada/home", "https://github.com/"),
        ("https://example.org/home.tar.gz?dir=a", "https://example.org/home.tar.gz"),
        ("git+https://example.org/home?ref=main", "https://example.org/home"),
        ("tarball+http://10.0.2.2:8000/home.tar.gz", "http://10.0.2.2:8000/home.tar.gz"),
        # Only nix can tell.
        ("git+ssh://git@example.org/home", None),
        ("path:/home/ada/flake", None),
    ],
)
def test_who_is_asked(flake: str | None, address: str | None) -> None:
    assert address_of(flake) == address

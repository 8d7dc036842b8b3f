"""Answers of a file, or of an earlier run, once a person has said more at the screens. Pure."""

from dataclasses import replace

from installer.answers import Source
from installer.answers_software import HomeManager, Software


def source_now(before: Source, now: Source) -> Source:
    """`now` is what was said, with what no screen asks for taken from `before`."""
    if before.url == now.url:
        return replace(before, allow_unsigned=now.allow_unsigned, version=now.version)
    # Proxy and certificates are the network's, not the server's.
    return replace(now, proxy=before.proxy, ca_file=before.ca_file, ca=before.ca)


def software_now(
    before: Software,
    *,
    home_manager: bool,
    home_later: bool,
    home_flake: str,
    flatpaks: tuple[str, ...],
) -> Software:
    """With what no screen asks for taken from `before`."""
    # Who says now at the screens wants no more than what can be had.
    now = HomeManager.NOW if before.home_manager is HomeManager.NOW else HomeManager.AUTO
    wish = HomeManager.DEFERRED if home_later else now
    return replace(
        before,
        home_manager=wish if home_manager else HomeManager.OFF,
        home_flake=(home_flake or None) if home_manager else None,
        flatpaks=flatpaks,
    )

"""Answers: what the user gets beside the system."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from installer import answers_rules as rules
from installer.answers_metadata import doc

FLATHUB: Final = "https://dl.flathub.org/repo/flathub.flatpakrepo"


class HomeManager(StrEnum):
    """When home-manager sets up the user's home."""

    AUTO = "auto"
    """`now` where it can be had, else `deferred`; not at all where the image cannot do it."""
    DEFERRED = "deferred"
    NOW = "now"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class Software:
    """What the user gets beside the system, with an account that is made."""

    home_manager: HomeManager = field(
        default=HomeManager.AUTO,
        metadata=doc(
            "When home-manager sets up the user's home: `now`, at the installation, and where that"
            " fails as `deferred`; `deferred`, at the first login, or as soon as the network is"
            " there; `off`, not at all; `auto`, as `now` where the release has a home seed or the"
            " network has what is needed, else as `deferred`.",
            example="deferred",
        ),
    )
    home_flake: str | None = field(
        default=None,
        metadata=doc(
            "Flake with `homeConfigurations.NAME` for the user's name; when absent, a small one to"
            " begin with is written to ~/.config/home-manager.",
            example="github:ada/home",
            rule=rules.FLAKE,
        ),
    )
    flatpaks: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Applications by flatpak, for everybody, installed when there first is a network.",
            example=["org.mozilla.firefox"],
            rule=rules.FLATPAK,
        ),
    )
    flatpak_remote: str = field(
        default=FLATHUB,
        metadata=doc(
            "Where they come from: a .flatpakrepo file, with the key that signs them. Its name is"
            " that of the remote.",
            example=FLATHUB,
            rule=rules.FLATPAK_REMOTE,
        ),
    )

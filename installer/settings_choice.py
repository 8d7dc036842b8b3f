"""Host name, locale, keyboard, time zone and machine-id: the answers', the kept ones, or ours."""

from dataclasses import replace
from typing import Final

from installer import answers_rules as rules
from installer.answers import Answers
from installer.answers_rules import Rule
from installer.contract import Contract
from installer.identifiers import Identifiers
from installer.installation import Installation
from installer.keymaps import DEFAULT_KEYMAP
from installer.machinery import Settings

DEFAULTS: Final = Settings(
    hostname="atomos", locale="C.UTF-8", keymap=DEFAULT_KEYMAP, timezone="UTC", machine_id=""
)
"""What nobody asked for otherwise: every image has this locale, contracts list the others. A
machine-id has no default."""
_ANSWERED: Final = ("hostname", "locale", "keymap", "timezone")
"""Fields of Settings and of the answers."""


def choose_settings(
    answers: Answers,
    installation: Installation | None,
    identifiers: Identifiers,
    contract: Contract | None,
) -> Settings:
    """What the new system says of the machine; `installation` is the one whose data are kept, and
    `contract` that of the image, whose defaults a system without earlier data begins with."""
    kept = installation.settings if installation is not None else _defaults(contract)
    return Settings(
        hostname=_first(answers.hostname, kept.hostname, DEFAULTS.hostname, rules.HOST_NAME),
        locale=_first(answers.locale, kept.locale, DEFAULTS.locale, rules.LOCALE),
        keymap=_first(answers.keymap, kept.keymap, DEFAULTS.keymap, rules.KEYMAP),
        timezone=_first(answers.timezone, kept.timezone, DEFAULTS.timezone, rules.TIMEZONE),
        machine_id=kept.machine_id or identifiers.machine_id,
        stays=_unnamed(answers) if installation is not None else (),
    )


def _defaults(contract: Contract | None) -> Settings:
    if contract is None:
        return DEFAULTS
    return replace(
        DEFAULTS,
        locale=contract.default_locale or DEFAULTS.locale,
        keymap=contract.default_keymap or DEFAULTS.keymap,
    )


def sets_anything(answers: Answers) -> bool:
    """Whether the answers name any of them."""
    return len(_unnamed(answers)) < len(_ANSWERED)


def _unnamed(answers: Answers) -> tuple[str, ...]:
    return tuple(name for name in _ANSWERED if getattr(answers, name) is None)


def _first(answered: str | None, kept: str, default: str, rule: Rule) -> str:
    """What was kept is whatever its owner wrote into a file: it has to be one of these as well."""
    if answered is not None:
        return answered
    return kept if rule.allows(kept) else default

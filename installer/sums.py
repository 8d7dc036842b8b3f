"""``SHA256SUMS`` of a release, and the choice of the release in it.

The format is that of sha256sum(1): 64 hex digits, a blank, a blank or ``*``, the file name.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from installer.errors import Problem, Refused
from installer.question import QuestionId
from installer.release import SUMS_NAME, image_name
from installer.text import _
from installer.version import compare, version_key

_LINE: Final = re.compile(r"([0-9A-Fa-f]{64}) [ *](\S|\S.*\S)")
_IMAGE: Final = re.compile(r"atomos_([^_/]+)_([^_/]+)\.squashfs")
_LIVE: Final = re.compile(r"atomos-live_([^_/]+)_([^_/]+)\.iso")


def image_version(name: str) -> str | None:
    """The version in the file name of a release's system image; None for another name."""
    match = _IMAGE.fullmatch(unquote(name))
    return match[1] if match is not None else None


def live_version(name: str) -> str | None:
    """The same of its live ISO."""
    match = _LIVE.fullmatch(unquote(name))
    return match[1] if match is not None else None


def parse_sums(text: str, name: str = SUMS_NAME) -> Mapping[str, str]:
    """SHA-256 in lower-case hex by file name; `name` is what the person is told of the file.

    Raises Refused with one problem for each line that is not as it should be: a file named twice
    has two sums and so none, and a path would lead out of the release directory.
    """
    sums: dict[str, str] = {}
    errors: list[str] = []
    # No splitlines(): it ends lines at characters that a file name may have.
    for number, line in enumerate(text.split("\n"), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            if line.strip():
                errors.append(_("line {number} is not a checksum line").format(number=number))
            continue
        digest, file_name = match.groups()
        if not file_name.isprintable():
            errors.append(_("line {number} has control characters").format(number=number))
        elif "/" in file_name or "\\" in file_name or file_name in (".", ".."):
            errors.append(
                _("line {number} names a path, {file}").format(number=number, file=file_name)
            )
        elif file_name in sums:
            errors.append(
                _("line {number} names {file} a second time").format(number=number, file=file_name)
            )
        else:
            sums[file_name] = digest.lower()
    if not sums and not errors:
        errors.append(_("it is empty"))
    if errors:
        raise Refused(tuple(_problem(name, error) for error in errors))
    return sums


def _problem(name: str, error: str) -> Problem:
    return Problem(
        what=_("{name} is not valid: {error}.").format(name=name, error=error),
        way_out=_("Check the address of the release, or tell whoever publishes it."),
    )


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The image of a release directory that is to be installed."""

    version: str
    architecture: str

    @property
    def image(self) -> str:
        """Its file name."""
        return image_name(self.version, self.architecture)


def _on_offer(sums: Mapping[str, str]) -> Iterator[Chosen]:
    for file_name in sums:
        match = _IMAGE.fullmatch(file_name)
        if match is not None:
            yield Chosen(version=match[1], architecture=match[2])


def choose(
    sums: Mapping[str, str], architecture: str, version: str | None, passing: Collection[str] = ()
) -> Chosen:
    """The newest image for `architecture`, or the one of `version`.

    Versions in `passing` are taken by name only, or where there are no others. Raises Refused,
    saying what is on offer instead.
    """
    fitting = versions(sums, architecture)
    if version is None:
        return next((each for each in fitting if each.version not in passing), fitting[0])
    asked = [each for each in fitting if each.version == version]
    if not asked:
        raise Refused.because(
            _("The release has no version {wanted} for {architecture}.").format(
                wanted=version, architecture=architecture
            ),
            _("Choose one of these: {offered}.").format(
                offered=", ".join(each.version for each in reversed(fitting))
            ),
            QuestionId.RELEASE,
        )
    return asked[0]


def newer_ones(sums: Mapping[str, str], architecture: str, version: str) -> tuple[str, ...]:
    """Those after `version`, the newest first."""
    offered = (each.version for each in versions(sums, architecture))
    return tuple(each for each in offered if compare(each, version) > 0)


def versions(sums: Mapping[str, str], architecture: str) -> tuple[Chosen, ...]:
    """All images for `architecture`, the newest first. Raises Refused when there is none."""
    offers = sorted(_on_offer(sums), key=lambda each: version_key(each.version), reverse=True)
    if not offers:
        raise Refused.because(
            _("The release has no system image."),
            _("Check the address: the directory holds files such as {example}.").format(
                example=image_name("1.0", architecture)
            ),
        )
    fitting = tuple(each for each in offers if each.architecture == architecture)
    if not fitting:
        raise Refused.because(
            _("The release has no image for {wanted}, only for {offered}.").format(
                wanted=architecture, offered=_list({each.architecture for each in offers})
            ),
            _("Use a release for this architecture."),
        )
    return fitting


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))

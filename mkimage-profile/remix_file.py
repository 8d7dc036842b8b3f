"""``remix.yaml``: what makes a remix of a base, read strictly with every error at its place.

The dataclasses are the keys; ``docs/remix-keys.md`` is made of them (`remix_doc.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from bases import Base
from installer import answers_rules
from installer.answers_metadata import doc
from installer.answers_rules import Rule
from installer.answers_software import FLATHUB
from installer.answers_yaml import Document, read_document
from installer.errors import AnswersError
from installer.keyed_file import decode_text, read_keys, valid

FORMAT: Final = 1
NAME: Final = "remix.yaml"
DEBIAN: Final = Base.DEBIAN.value
RECIPES: Final = tuple(each.value for each in Base)
"""Bases that are made by recipes of this project."""
KEYRINGS: Final = (".gpg", ".pgp")
ARCHIVES: Final = (".squashfs", ".tar", ".tar.gz", ".tar.xz", ".tar.zst")

_VERSION: Final = Rule(
    pattern="[0-9A-Za-z][0-9A-Za-z.~^+-]*",
    what="{value} is not a version",
    right='write for example "1.0", in quotes',
)
_TITLE: Final = Rule(
    pattern=r"[^\x00-\x1f\x7f-\x9f'\"\\$]{1,60}",
    what="{value} is not a name",
    right="write one line without quotation marks, backslashes and $",
)
_PACKAGE: Final = Rule(
    pattern="[A-Za-z0-9][A-Za-z0-9+._~:=/-]*",
    what="{value} is not the name of a package",
    right="write one name on each line, as the base's archive has it",
)
_UNIT: Final = Rule(
    pattern="[A-Za-z0-9_][A-Za-z0-9_.@:-]*",
    what="{value} is not the name of a service",
    right="write for example cups.socket",
)
_INSIDE: Final = Rule(
    pattern=r"(?!\.\.?(?:/|$))[^/\x00-\x1f]+(?:/(?!\.\.?(?:/|$))[^/\x00-\x1f]+)*",
    what="{value} is not a path below the folder",
    right="write it without a leading / and without ..",
)


class Machines(StrEnum):
    """For which machines the image is."""

    GENERIC = "generic"
    """Real ones: all drivers, microcode, firmware."""
    VM = "vm"
    """Virtual ones: small."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """What starts by itself and what does not."""

    enable: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "They start by themselves; by OpenRC in its runlevel `default`.",
            example=["cups.socket"],
            rule=_UNIT,
        ),
    )
    disable: tuple[str, ...] = field(
        default=(), metadata=doc("They start when asked.", example=["ssh.service"], rule=_UNIT)
    )
    mask: tuple[str, ...] = field(
        default=(), metadata=doc("They never start.", example=["sleep.target"], rule=_UNIT)
    )


@dataclass(frozen=True, kw_only=True)
class Remix:
    """All of the file."""

    remix: int = field(metadata=doc("Version of this format.", example=FORMAT, constant=FORMAT))
    name: str = field(
        metadata=doc(
            "What people read, in the installer and in the start menu.",
            example="Hello",
            rule=_TITLE,
        )
    )
    version: str = field(
        metadata=doc(
            "Version of the image; a later one has to be higher (UAPI version format).",
            example="1.0",
            rule=_VERSION,
        )
    )
    base: str = field(
        default=DEBIAN,
        metadata=doc(
            "What it is made from: `debian-13`, `alpine` or `debian-12`; or a SquashFS or tar"
            " (.tar, .tar.gz, .tar.xz, .tar.zst) of a whole system with a contract, by its path"
            " from the folder.",
            example="../atomos_0.1.0_x86-64.squashfs",
        ),
    )
    machines: Machines = field(
        default=Machines.GENERIC,
        metadata=doc(
            "With a base of Debian: `generic` has the drivers and firmware of real machines, `vm`"
            " those of virtual ones and is small. `alpine` has those of virtual ones only.",
            example="vm",
        ),
    )
    packages: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Added by the base's own apt-get or apk, without what they only recommend.",
            example=["htop"],
            rule=_PACKAGE,
        ),
    )
    services: Services = field(
        default=Services(),
        metadata=doc("What starts by itself and what does not, by the base's systemd or OpenRC."),
    )
    locales: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Locales beside those of the base.", example=["pt_PT.UTF-8"], rule=answers_rules.LOCALE
        ),
    )
    locale: str | None = field(
        default=None,
        metadata=doc(
            "Locale of a new system whose answers name none.",
            example="de_DE.UTF-8",
            rule=answers_rules.LOCALE,
        ),
    )
    keymap: str | None = field(
        default=None,
        metadata=doc(
            "Keyboard layout of a new system whose answers name none.",
            example="de",
            rule=answers_rules.KEYMAP,
        ),
    )
    home: str | None = field(
        default=None,
        metadata=doc(
            "Folder with `home.nix` and `flake.nix`, in the place of those that home-manager begins"
            " a person's home with ([home.md](home.md)).",
            example="home",
            rule=_INSIDE,
        ),
    )
    flatpaks: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Applications that are installed for everybody when there first is a network; answers"
            " that name some of their own come in their place.",
            example=["org.mozilla.firefox"],
            rule=answers_rules.FLATPAK,
        ),
    )
    flatpak_remote: str = field(
        default=FLATHUB,
        metadata=doc(
            "Where they come from: a .flatpakrepo file.",
            example=FLATHUB,
            rule=answers_rules.FLATPAK_REMOTE,
        ),
    )
    slot_size: str | None = field(
        default=None,
        metadata=doc(
            "The least size of a slot, with room for later versions; the base's when absent.",
            example="4 GiB",
            rule=answers_rules.SIZE,
        ),
    )
    verity: bool | None = field(
        default=None,
        metadata=doc(
            "Whether what is read is checked against hashes (dm-verity); as the base when absent.",
            example=False,
        ),
    )
    keys: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "All keyrings (*.gpg, *.pgp) of one folder, by which the live ISO trusts releases.",
            example=["keys/hello.gpg"],
            rule=_INSIDE,
        ),
    )
    special_files: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "What of `files/` is meant although it is setuid or setgid, a device node, a pipe, or a"
            " link that leads out of the image.",
            example=["usr/bin/mine"],
            rule=_INSIDE,
        ),
    )


def read_remix(folder: Path) -> Remix:
    """What ``remix.yaml`` of `folder` says. Raises AnswersInvalid with every error, OSError."""
    file = folder / NAME
    text = decode_text(file.read_bytes(), str(file))
    document = read_document(text, str(file))
    remix, errors = read_keys(Remix, document, document.data)
    return valid(remix, [*errors, *_folder_errors(document, folder)])


def _folder_errors(document: Document, folder: Path) -> Iterator[AnswersError]:
    """What the file names and is not there."""
    data = document.data
    if not isinstance(data, dict):
        return
    base = data.get("base", DEBIAN)
    if isinstance(base, str) and base not in RECIPES:
        yield from _base_errors(document, base, folder)
    home = data.get("home")
    if isinstance(home, str):
        for name in ("home.nix", "flake.nix"):
            if not (folder / home / name).is_file():
                yield document.value_place(("home",)).error(
                    f"there is no file {folder / home / name}", "write it, or leave `home` out"
                )
    yield from _key_errors(document, data.get("keys", []), folder)
    special = data.get("special_files", [])
    for index, each in enumerate(special if isinstance(special, list) else []):
        path = folder / "files" / str(each)
        if not path.exists() and not path.is_symlink():
            yield document.value_place(("special_files", index)).error(
                f"there is no {path}", "remove it from the list"
            )


def _base_errors(document: Document, base: str, folder: Path) -> Iterator[AnswersError]:
    place = document.value_place(("base",))
    if not base.endswith(ARCHIVES):
        yield place.error(
            f"{base!r} is no base",
            f"write {', '.join(RECIPES)}, or the path of a file that ends in {', '.join(ARCHIVES)}",
        )
    elif not (folder / base).is_file():
        yield place.error(
            f"the base {folder / base} is not there",
            "put it there, or write its path as seen from the folder",
        )


def _key_errors(document: Document, keys: object, folder: Path) -> Iterator[AnswersError]:
    names = [each for each in keys if isinstance(each, str)] if isinstance(keys, list) else []
    for index, name in enumerate(names):
        place = document.value_place(("keys", index))
        if not (folder / name).is_file():
            yield place.error(f"there is no keyring {folder / name}", "./dev keys DIR makes one")
        elif not name.endswith(KEYRINGS):
            yield place.error(f"{name!r} is no keyring", "its name has to end in .gpg or .pgp")
        elif Path(name).parent != Path(names[0]).parent:
            yield place.error(
                f"{name!r} is in another folder than {names[0]!r}", "put them into one folder"
            )
    beside = (folder / names[0]).parent if names else folder
    if names and beside.is_dir():
        # The live ISO gets the folder.
        named = {Path(name).name for name in names}
        for each in sorted(beside.iterdir()):
            if each.name.endswith(KEYRINGS) and each.name not in named:
                yield document.value_place(("keys",)).error(
                    f"{each} lies beside them and would be trusted too", "name it, or move it away"
                )

"""The real keymaps and the real fonts of the kernel's console."""

import gzip
import struct
import subprocess
from pathlib import Path

import pytest

from backends.console_keymap import ConsoleKeymap
from backends.runner import Runner
from installer.errors import InstallError
from installer.keymaps import LAYOUTS
from installer.languages import LANGUAGES, missing

FONTS = Path("/usr/share/consolefonts")
SETTINGS = Path(__file__).parents[2] / "live/medium/etc/default/console-setup"
PSF2_MAGIC = 0x864AB572
PSF1_MAGIC = 0x0436


def characters(font: Path) -> frozenset[str]:
    """Those that the font draws, by its Unicode table (PC Screen Font 1 and 2)."""
    data = gzip.decompress(font.read_bytes())
    if struct.unpack_from("<I", data)[0] == PSF2_MAGIC:
        header, _flags, count, size = struct.unpack_from("<8xIIII", data)
        table = data[header + count * size :]
        entries = table.decode("utf-8", "surrogateescape")
        return frozenset(each for each in entries if each.isprintable())
    assert struct.unpack_from("<H", data)[0] == PSF1_MAGIC
    mode, size = data[2], data[3]
    table = data[4 + (512 if mode & 1 else 256) * size :]
    codes = struct.unpack(f"<{len(table) // 2}H", table)
    return frozenset(chr(code) for code in codes if code < 0xFFFE)


def live_font() -> Path:
    """The font of the live system's console."""
    said = dict(
        line.replace('"', "").split("=", 1)
        for line in SETTINGS.read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    height = said["FONTSIZE"].split("x")[-1]
    return FONTS / f"{said['CODESET']}-{said['FONTFACE']}{height}.psf.gz"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_the_live_console_has_the_letters_of_every_language(language: object) -> None:
    from installer.languages import Language

    assert isinstance(language, Language)
    assert missing(language, characters(live_font())) == ""


def test_the_live_console_has_the_letters_of_every_keyboard_s_name() -> None:
    needed = {letter for name in LAYOUTS.values() for letter in name}
    assert needed <= characters(live_font())


def test_a_font_without_them_is_seen() -> None:
    greek = characters(FONTS / "Greek-Fixed16.psf.gz")
    assert any(missing(language, greek) for language in LANGUAGES)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_keyboard_on_offer_is_a_keymap_that_loadkeys_reads(layout: str) -> None:
    keymap = Runner().run(("ckbcomp", layout), timeout=60).stdout
    assert keymap.count("keycode") > 80
    read = subprocess.run(["loadkeys", "--parse"], input=keymap, text=True, check=False)
    assert read.returncode == 0


def test_letters_are_where_a_german_keyboard_has_them() -> None:
    keymap = Runner().run(("ckbcomp", "de"), timeout=60).stdout
    keys = {line.split()[1]: line.split()[3] for line in keymap.splitlines() if "keycode" in line}
    assert keys["21"] in ("+U+007a", "U+007a", "z"), "z, where an American has y"


def test_where_there_is_no_console_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(InstallError):
        ConsoleKeymap(Runner(), tmp_path / "tty0").load("de")

"""The real keymaps and the real fonts of the kernel's console."""

import gzip
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from backends.console_keymap import ConsoleKeymap
from backends.runner import Runner
from installer.errors import InstallError
from installer.keymaps import LAYOUTS
from installer.languages import LANGUAGES, missing
from screens.qr_code import NEEDED_GLYPHS

FONTS = Path("/usr/share/consolefonts")
SETTINGS = Path(__file__).parents[2] / "live/medium/etc/default/console-setup"
STEP = Path(__file__).parents[2] / "mkimage-profile/debian/steps/console-font.sh"
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


@pytest.fixture(scope="module")
def live_font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The font of the live system's console, made as its recipe makes it."""
    root = tmp_path_factory.mktemp("root")
    fonts = root / "usr/share/consolefonts"
    fonts.mkdir(parents=True)
    shutil.copy(FONTS / "Lat15-Fixed16.psf.gz", fonts)
    subprocess.run(["sh", STEP], env={**os.environ, "ROOT": str(root)}, check=True)
    said = re.search(r'^FONT="(.*)"$', SETTINGS.read_text(), re.MULTILINE)
    assert said is not None
    return fonts / said[1]


def test_the_live_console_has_half_blocks_and_all_sixteen_colours(live_font: Path) -> None:
    assert set(NEEDED_GLYPHS) <= characters(live_font)
    data = gzip.decompress(live_font.read_bytes())
    assert struct.unpack_from("<H", data)[0] == PSF1_MAGIC
    # VGA takes the bit of the bright colours to tell the second 256 characters by.
    assert data[2] & 1 == 0
    lost = characters(FONTS / "Lat15-Fixed16.psf.gz") - characters(live_font)
    assert lost == set("₧ƒ")


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_the_live_console_has_the_letters_of_every_language(
    language: object, live_font: Path
) -> None:
    from installer.languages import Language

    assert isinstance(language, Language)
    assert missing(language, characters(live_font)) == ""


def test_the_live_console_has_the_letters_of_every_keyboard_s_name(live_font: Path) -> None:
    needed = {letter for name in LAYOUTS.values() for letter in name}
    assert needed <= characters(live_font)


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

"""What the command line costs to start: nothing heavy is imported before it is used."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("textual", "rich", "requests", "pydantic_core", "pyudev", "psutil", "yaml", "subprocess")
SCREENS_ONLY = ("textual", "rich", "screens", "zxcvbn", "segno")


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["installer.cli", "installer.__main__", "installer.upkeep.__main__"]
)
def test_the_command_line_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}") & set(HEAVY) == set()


def test_an_unattended_install_never_loads_textual() -> None:
    modules = loaded_by(
        "import contextlib, installer.execution, installer.session_local;"
        " from installer.answers import Source;"
        " from installer.__main__ import machinery, _releases, _sources;"
        " from installer.journal import RunDirectory; run = RunDirectory();"
        " machinery(run.mounts, contextlib.ExitStack(), Source(url='file:///'), print, print);"
        " _sources(run); _releases(run)"
    )
    assert not {each for each in modules if each.split(".")[0] in SCREENS_ONLY}
    assert "backends.images" in modules


def test_keeping_a_system_loads_nothing_that_its_image_does_not_have() -> None:
    modules = loaded_by(
        "from pathlib import Path; from installer.upkeep.__main__ import InstalledParts;"
        " import installer.upkeep.execution, installer.upkeep.status, installer.upkeep.source;"
        " InstalledParts().upkeep(Path('/nowhere'));"
        " import contextlib; from installer.answers import Source;"
        " from installer.__main__ import machinery;"
        " machinery(Path('/x'), contextlib.ExitStack(), Source(url='file:///'), print, print)"
    )
    assert not {each for each in modules if each.split(".")[0] in SCREENS_ONLY}
    assert {"backends.system_look", "backends.images"} <= modules


def test_plain_mode_never_loads_textual() -> None:
    plain = Path(__file__).parents[2] / "screens" / "plain"
    names = [f"screens.plain.{each.stem}" for each in plain.glob("*.py") if each.stem[0] != "_"]
    modules = loaded_by(f"import screens.front_end, {', '.join(names)}")
    assert not {"textual", "rich", "zxcvbn", "segno"} & {each.split(".")[0] for each in modules}
    assert "screens.plain.app" in modules


def test_the_first_page_is_painted_before_core_and_other_pages_are_loaded() -> None:
    modules = loaded_by(
        "from installer.__main__ import LiveParts; from pathlib import Path;"
        " session = LiveParts().session(Path('/nowhere'), unattended=False);"
        " import screens.app, screens.console_driver, screens.qr_code, screens.wizard;"
        " app = screens.wizard.AtomosApp(session, serial=False); app._first_page()"
    )
    ours = {each for each in modules if each.split(".")[0] in ("installer", "backends", "screens")}
    assert "screens.looking" in ours
    assert not {each for each in ours if each.startswith("backends")}
    assert not {"installer.answers", "installer.events", "installer.flow", "screens.pages"} & ours


def test_the_first_question_does_not_wait_for_what_later_ones_need() -> None:
    modules = loaded_by("import screens.app, screens.wizard, screens.pages")
    assert not {"zxcvbn", "segno", "yaml", "pydantic_core"} & modules
    assert "screens.passphrase" in modules


def test_the_screens_leave_out_what_takes_memory_and_is_not_used() -> None:
    screens = Path(__file__).parents[2] / "screens"
    names = [f"screens.{each.stem}" for each in screens.glob("*.py") if each.stem[0] != "_"]
    modules = loaded_by(
        f"import {', '.join(names)};"
        " screens.qr_code.qr_rows('x'); screens.strength.strength_of('violin')"
    )
    assert {"segno.encoder", "zxcvbn.matching"} <= modules
    # 13 MiB of words; web libraries, for which segno's writers ask; what Textual has for code.
    left_out = {"zxcvbn.frequency_lists", "segno.writers", "xml.sax", "http.client", "email"}
    assert not {*left_out, "markdown_it", "pygments", "tree_sitter"} & modules
    assert not {"yaml", "pydantic_core", "requests"} & modules


def test_the_screens_have_another_process_read_the_release(tmp_path: Path) -> None:
    modules = loaded_by(
        "from installer.__main__ import LiveParts; from installer.answers import Source;"
        " from installer.errors import Refused; from pathlib import Path;"
        f" session = LiveParts().local_session(Path('{tmp_path}/run'), unattended=False)\n"
        "try: session.releases.offer(Source(url='http://127.0.0.1:1/'), 'x86-64')\n"
        "except Refused as refusal: assert '127.0.0.1' in str(refusal)\n"
        "else: raise AssertionError\n"
        "refusals = 1"
    )
    assert "installer.release_asked" in modules
    left_out = {"requests", "urllib3", "yaml", "pydantic_core", "http.client", "email", "tarfile"}
    assert not left_out & modules


def test_an_answers_file_is_read_without_what_pydantic_has_around_its_core() -> None:
    modules = loaded_by(
        "from installer.answers_doc import FULL; from installer.answers_file import load_answers;"
        " load_answers(FULL, 'answers.yaml')"
    )
    assert "pydantic_core" in modules
    assert "pydantic" not in modules, "10 MiB"


def test_who_asks_for_what_was_left_out_gets_it() -> None:
    modules = loaded_by(
        "from screens.qr_code import qr_rows; qr_rows('x');"
        " from screens.strength import strength_of; strength_of('violin');"
        " import segno.writers, zxcvbn.frequency_lists as lists;"
        " assert segno.writers.write_svg and lists.FREQUENCY_LISTS"
    )
    assert {"segno.writers", "zxcvbn.frequency_lists"} <= modules

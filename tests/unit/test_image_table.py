"""The table of images: its lines, and what is known of how long an image took."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

RECIPES = Path(__file__).parents[2] / "mkimage-profile"


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(RECIPES), *sys.path])


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.fixture
def table() -> ModuleType:
    return module("image_table")


@pytest.fixture
def times() -> ModuleType:
    return module("build_times")


def test_a_line_has_size_and_time(table: ModuleType) -> None:
    line = table.row("hello", "./dev remix examples/hello", 180 * 2**20, 754.0)
    assert line == "| hello | `./dev remix examples/hello` | 180 MiB | 12.6 min |"
    assert table.row("hello", "x", 2**20, None).endswith("| 1 MiB |  |")


def test_lines_of_other_images_stay_and_the_order_is_that_of_the_list(
    table: ModuleType,
) -> None:
    head = "\n".join(table.HEAD)
    row, put_rows = table.row, table.put_rows
    text = f"before\n{table.BEGIN}\n\n{head}\n| hello | old |  |  |\n\n{table.END}\nafter\n"
    once = put_rows(text, {"live": row("live", "l", 2**20, 60.0)})
    assert once == put_rows(once, {})
    lines = once.splitlines()
    assert lines.index("| live | `l` | 1 MiB | 1.0 min |") < lines.index("| hello | old |  |  |")
    again = put_rows(once, {"hello": row("hello", "h", 2**21, None)})
    assert "old" not in again
    assert (again.splitlines()[0], again.splitlines()[-1]) == ("before", "after")


def test_a_document_without_the_table_is_left_alone(table: ModuleType) -> None:
    with pytest.raises(ValueError, match="there is no table"):
        table.put_rows("nothing", {})


def test_readme_has_a_line_for_every_image(table: ModuleType) -> None:
    """Those that were never made as well: an empty line says so."""
    rows = table.DOCUMENT.read_text().partition(table.BEGIN)[2].partition(table.END)[0]
    named = {line.split("|")[1].strip() for line in rows.splitlines() if line.count("|") > 3}
    assert set(table.IMAGES) <= named


def test_the_time_of_an_image_is_known_where_that_of_all_layers_is(
    times: ModuleType, tmp_path: Path
) -> None:
    image = tmp_path / "image" / "x.squashfs"
    image.parent.mkdir()
    times.note_layer(tmp_path, "a", 100.0)
    times.note_image(tmp_path, ("a", "b"), image, 5.0)
    assert times.seconds_of(image) is None
    times.note_layer(tmp_path, "b", 20.0)
    times.note_image(tmp_path, ("a", "b"), image, 5.0)
    assert times.seconds_of(image) == 125.0


def test_only_layers_whose_time_is_known_are_lent_to_a_measurement(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "cache" / "measuring"
    for key in ("timed", "older"):
        (cache / "layers" / key).mkdir(parents=True)
    (cache / "times").mkdir()
    (cache / "times" / "timed").write_text("5.0\n")
    measuring = module("measuring")
    for _again in range(2):
        measuring.lend(cache, folder)
        assert [each.name for each in (folder / "layers").iterdir()] == ["timed"]
    (folder / "times" / "older").write_text("7.0\n")
    (folder / "times" / "timed").write_text("9.0\n")
    measuring.take_over(folder, cache)
    times = {each.name: each.read_text() for each in (cache / "times").iterdir()}
    assert times == {"timed": "5.0\n", "older": "7.0\n"}


def test_what_nobody_timed_is_measured_in_a_cache_of_its_own(tmp_path: Path) -> None:
    cache, program = tmp_path / "cache", tmp_path / "program.py"
    (cache / "layers").mkdir(parents=True)
    program.write_text(
        "import os, pathlib, sys\n"
        "place = pathlib.Path(os.environ['ATOMOS_CACHE'])\n"
        "(place / 'times' / 'new').write_text('3.0')\n"
        "assert sys.argv[1:] == ['hello', '--seconds'], sys.argv\n"
        "print(61.5)\n"
    )
    measuring = module("measuring")
    assert measuring.measured(cache, program, "hello") == 61.5
    assert (cache / "times" / "new").read_text() == "3.0"
    # What was built stands for the next one; a second time is as well as none.
    assert (cache / "measuring").exists()
    for _again in range(2):
        measuring.forget(cache)
        assert not (cache / "measuring").exists()

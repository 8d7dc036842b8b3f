"""What an image takes, where a part of it was made before times were kept."""

import importlib
from pathlib import Path

import pytest

from tests.tools.remix_bench import ROOT, SCRIPTS, Bench

PROGRAM = """\
import sys
from pathlib import Path
sys.path[:0] = {places!r}
from build_times import seconds_of
from layers import one_build_at_a_time
from remix_build import Build, read_folder
with one_build_at_a_time():
    image, _epoch = Build(read_folder(Path({folder!r}))).image()
print(seconds_of(image))
"""


def test_only_what_nobody_timed_is_built_once_more(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    measuring = importlib.import_module("measuring")
    bench.step("10-first", "echo first >/etc/first")
    bench.step("20-last", "echo last >>/etc/first")
    bench.built()
    keys = {each.name for each in (bench.cache / "layers").iterdir()}
    base = min(keys, key=lambda key: (bench.cache / "layers" / key).stat().st_ctime_ns)
    (bench.cache / "times" / base).unlink()
    # What was lent to an earlier measurement, and pruned since.
    lent = bench.cache / "measuring" / "layers" / base
    lent.parent.mkdir(parents=True)
    lent.symlink_to(bench.cache / "layers" / "pruned")
    (lent.parent / "pruned").symlink_to(bench.cache / "layers" / "pruned")

    program = tmp_path / "program.py"
    places = [str(SCRIPTS), str(SCRIPTS / "debian"), str(ROOT)]
    program.write_text(PROGRAM.format(places=places, folder=str(bench.folder)))
    seconds = measuring.measured(bench.cache, program, "remix")

    built = bench.cache / "measuring" / "layers"
    assert {each.name for each in built.iterdir()} == keys
    assert [each.name for each in built.iterdir() if not each.is_symlink()] == [base]
    times = [float(each.read_text()) for each in (bench.cache / "times").iterdir()]
    assert len(times) == len(keys)
    # What packing takes comes to it; notes have a digit after the point.
    assert sum(times) - 0.1 <= seconds < sum(times) + 60
    measuring.forget(bench.cache)
    assert {each.name for each in (bench.cache / "layers").iterdir()} == keys
    assert bench.content("etc/first") == "first\nlast\n"

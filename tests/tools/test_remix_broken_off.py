"""Remixes whose making fails or is broken off: nothing half made is left, and the cache is good."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.tools.remix_bench import IMAGE, Bench


def test_a_step_that_fails_says_how_to_look_into_it(bench: Bench) -> None:
    bench.step("10-good", "echo good >/etc/good")
    bench.step("20-bad", "echo before; echo 'this is why' >&2; exit 7")
    status, _, error = bench.make()
    assert status == 4
    told = error[error.index("The step steps/20-bad of") :]
    assert "failed with status 7" in told
    assert "    before\n    this is why\n" in told
    command = f"./dev remix {bench.folder} --shell 20-bad"
    assert told.rstrip().endswith(command)
    assert not bench.release.exists()
    typed = 'read -r line </etc/good; echo "is $line"\n/tmp/20-bad\necho "status $?"\nexit 0\n'
    status, said, _ = bench.make("--shell", "20-bad", typed=typed)
    assert (status, said) == (0, "is good\nbefore\nstatus 7\n")
    status, _, error = bench.make("--shell", "30-none")
    assert status == 3
    assert "The steps of Small remix are steps/10-good, steps/20-bad, finish." in error
    bench.step("20-bad", "echo mended")
    said = bench.built()
    assert "steps/10-good …" not in said


def test_a_daemon_that_a_step_leaves_ends_with_it(bench: Bench) -> None:
    bench.step("10-daemon", "(while :; do :; done) &\necho $! >/etc/pid")
    bench.built()
    assert not [
        each for each in Path("/proc").glob("[0-9]*/root") if str(bench.cache) in str(_target(each))
    ]


def _target(link: Path) -> Path:
    try:
        return link.readlink()
    except OSError:
        return Path()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_leaves_nothing_and_the_cache_good(bench: Bench, number: int) -> None:
    bench.step("10-good", "echo good >/etc/good")
    bench.step("20-slow", "echo begun; while :; do :; done")
    process = bench.start()
    assert process.stderr is not None
    for line in process.stderr:
        if line == "begun\n":
            break
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert process.returncode == 5
        assert error.endswith(
            "Stopped. Nothing half made is left; finished steps are in the cache.\n"
        )
        bench.assert_clean()
    assert not bench.release.exists()
    bench.step("20-slow", "echo quick")
    said = bench.built()
    assert "steps/10-good …" not in said
    assert bench.content("etc/good") == "good\n"


@pytest.mark.extended
def test_an_interrupt_anywhere_leads_to_the_same_image(bench: Bench) -> None:
    """At six moments of a build from nothing, by the gentle signal and the other one in turn."""
    bench.step("10-one", "echo one >/etc/one")
    bench.step("20-two", "echo two >/etc/two")
    began = time.monotonic()
    bench.built()
    whole = time.monotonic() - began
    expected = (bench.release / IMAGE).read_bytes()
    shutil.rmtree(bench.cache)
    shutil.rmtree(bench.release)
    for number in range(6):
        process = bench.start("--anew")
        time.sleep(whole * (number + 1) / 7)
        process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
        process.communicate(timeout=60)
        if not number % 2:
            bench.assert_clean()
        for image in [*bench.cache.glob("images/*/" + IMAGE), *bench.release.glob(IMAGE)]:
            assert image.read_bytes() == expected, "half an image stands under its name"
    bench.built()
    assert (bench.release / IMAGE).read_bytes() == expected


def test_a_step_that_is_no_script(bench: Bench) -> None:
    bench.step("10-good~", "exit 1")
    (bench.folder / "steps/20-words").write_text("echo hello\n")
    status, _, error = bench.make()
    assert status == 3
    assert "steps/20-words is no script. Its first line has to name a shell" in error
    (bench.folder / "steps/20-words").unlink()
    bench.built()


def test_a_disk_of_the_release_that_fills_up(bench: Bench) -> None:
    bench.release.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(bench.release)]
    subprocess.run(argv, check=True)
    (bench.folder / "files").mkdir()
    (bench.folder / "files/random").write_bytes(os.urandom(8 * 2**20))
    status, _, error = bench.make()
    left = list(bench.release.iterdir())
    subprocess.run(["umount", str(bench.release)], check=True)
    assert status == 4
    assert "The disk is full" in error
    assert left == []


def test_a_disk_that_fills_up(bench: Bench) -> None:
    """While a step writes, and while the image is packed."""
    bench.cache.mkdir()
    size = "size=96m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(bench.cache)], check=True)
    bench.step("10-big", "while :; do printf '%0100000d' 7; done >/big")
    status, _, error = bench.make()
    assert status == 4
    assert f"The disk is full: {bench.cache} has " in error
    assert not bench.release.exists()
    (bench.folder / "steps/10-big").unlink()
    (bench.folder / "files").mkdir()
    (bench.folder / "files/random").write_bytes(os.urandom(60 * 2**20))
    status, _, error = bench.make()
    assert status == 4
    assert "packing" in error
    assert "The disk is full" in error
    assert not list(bench.cache.glob("images/*/*.squashfs"))
    (bench.folder / "files/random").write_bytes(b"")
    subprocess.run(["mount", "-o", "remount,size=256m", str(bench.cache)], check=True)
    assert "base-archive …" not in bench.built()
    subprocess.run(["umount", str(bench.cache)], check=True)

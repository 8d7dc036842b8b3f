"""The small release of the fault tests: a release like any other, and always the same."""

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from backends.live_medium import iso_length
from backends.mounts import Mounts
from backends.releases_elsewhere import ReleasesElsewhere
from backends.runner import Runner
from installer.answers import LayoutKind, Source
from installer.contract import CONTRACT_PATH
from installer.own_process import own_process
from installer.planning import make_plan
from installer.release import SUMS_NAME, Release
from installer.secret import Secret
from installer.signature import Unsigned
from installer.text import ENGLISH, speak
from tests.faults import small_release
from tests.tools.conftest import LoopMaker
from tests.tools.releases import releases
from tests.unit import samples

LARGEST = 80_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release.make(tmp_path_factory.mktemp("release"))


@pytest.fixture
def source(folder: Path) -> Source:
    return Source(url=folder.as_uri(), allow_unsigned=True)


@pytest.fixture
def release(source: Source) -> Release:
    return releases().find(source, "x86-64")


def test_is_small(folder: Path) -> None:
    assert sum(file.stat().st_size for file in folder.iterdir()) < LARGEST


def test_is_a_release(folder: Path, release: Release) -> None:
    assert release.live is not None
    for file in (release.image, release.live):
        path = folder / file.url.rpartition("/")[2]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    assert {file.name for file in folder.iterdir()} == {
        SUMS_NAME,
        "atomos_1.0_x86-64.squashfs",
        "atomos_1.0_x86-64.roothash",
        "atomos_1.0_x86-64.yaml",
        "atomos-live_1.0_x86-64.iso",
        "atomos-live_1.0_x86-64.yaml",
    }


def test_another_process_reads_the_same(source: Source, release: Release, tmp_path: Path) -> None:
    elsewhere = ReleasesElsewhere(
        Runner(inherits=True), own_process("find-release", tmp_path / "run")
    )
    assert elsewhere.find(source, "x86-64") == release
    assert elsewhere.offer(source, "x86-64") == releases().offer(source, "x86-64")


def test_what_another_process_refuses_is_refused_here_and_in_the_language_of_here(
    source: Source, tmp_path: Path
) -> None:
    elsewhere = ReleasesElsewhere(
        Runner(inherits=True), own_process("find-release", tmp_path / "run")
    )
    signed_only = replace(source, allow_unsigned=False)
    with pytest.raises(Unsigned) as here:
        releases().find(signed_only, "x86-64")
    with pytest.raises(Unsigned) as refusal:
        elsewhere.find(signed_only, "x86-64")
    assert refusal.value.problems == here.value.problems
    speak("de")
    try:
        with pytest.raises(Unsigned, match=r"unterschrieben|signiert"):
            elsewhere.offer(signed_only, "x86-64")
    finally:
        speak(ENGLISH)


def test_its_iso_says_how_long_it_is(folder: Path, release: Release) -> None:
    assert release.live is not None
    assert iso_length(folder / "atomos-live_1.0_x86-64.iso") == release.live.size_bytes


def test_the_image_has_the_hash_tree_that_stands_beside_it(folder: Path, release: Release) -> None:
    assert release.verity is not None
    image = str(folder / "atomos_1.0_x86-64.squashfs")
    argv = ["veritysetup", "verify", image, image, release.verity.root_hash]
    argv.append(f"--hash-offset={release.verity.hash_offset_bytes}")
    subprocess.run(argv, check=True)


def test_the_image_has_what_its_contract_names(
    folder: Path, release: Release, loop: LoopMaker, mounts: Mounts
) -> None:
    slot = loop(file=folder / "atomos_1.0_x86-64.squashfs")
    with mounts.device(slot, "squashfs", read_only=True) as root:
        text = (root / CONTRACT_PATH.relative_to("/")).read_bytes()
        assert hashlib.sha256(text).hexdigest() == release.contract_sha256
        for path in (release.contract.kernel, release.contract.initrd):
            assert (root / path.relative_to("/")).stat().st_size > 3_000_000


@pytest.mark.parametrize("layout", list(LayoutKind))
def test_nothing_speaks_against_it(source: Source, release: Release, layout: LayoutKind) -> None:
    encrypted = layout is LayoutKind.ENCRYPTED
    answers = samples.answers(
        source=source,
        layout=layout,
        slot_size=small_release.SLOT_SIZE,
        passphrase=Secret(samples.PASSPHRASE) if encrypted else None,
    )
    plan = make_plan(answers, samples.machine(), release, samples.IDENTIFIERS, unattended=True)
    assert {"slots", "recovery", "kernels"} <= {operation.id for operation in plan.operations}


def test_the_same_seed_makes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    sums = (folder / SUMS_NAME).read_text()
    again = small_release.make(tmp_path)
    assert (again / SUMS_NAME).read_text() == sums
    # In the place of one that is there.
    other = small_release.make(tmp_path, seed=1)
    assert (other / SUMS_NAME).read_text() != sums

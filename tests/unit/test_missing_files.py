"""What is missing is added whole; what is there stays as it is."""

import os
from pathlib import Path

import pytest

from backends.missing_files import copy_missing, missing
from backends.runner import Runner
from installer.errors import ToolFailed

LONG = "ä" * 127


@pytest.fixture
def source(tmp_path: Path) -> Path:
    made = tmp_path / "source"
    (made / "a/deep").mkdir(parents=True)
    (made / "a/deep/file").write_text("new")
    os.link(made / "a/deep/file", made / "a/deep/again")
    (made / "a/other").write_text("new")
    (made / "b").mkdir()
    (made / "b/file").write_text("new")
    (made / "link").symlink_to("/nowhere")
    (made / LONG).write_text("new")
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    made = tmp_path / "target"
    (made / "a").mkdir(parents=True)
    (made / "a/other").write_text("old")
    (made / "a").chmod(0o700)
    (tmp_path / "elsewhere").mkdir()
    (made / "b").symlink_to("../elsewhere")
    return made


def copy(source: Path, target: Path) -> None:
    copy_missing(Runner(), source, target, device="/dev/vda7", seconds=30)


def test_what_is_missing_is_added(source: Path, target: Path) -> None:
    for _again in range(2):
        copy(source, target)
        assert list(missing(source, target)) == []
    assert (target / "a/deep/file").samefile(target / "a/deep/again")
    assert (target / "a/other").read_text() == "old"
    assert (target / "a").stat().st_mode & 0o777 == 0o700
    assert (target / "link").readlink() == Path("/nowhere")
    assert (target / "b").is_symlink()
    assert not list((target.parent / "elsewhere").iterdir())
    assert sorted(each.name for each in target.iterdir()) == ["a", "b", "link", LONG]


def test_what_a_killed_try_left_is_replaced(source: Path, target: Path) -> None:
    (target / "a/.deep.atomos-new").mkdir()
    (target / "a/.deep.atomos-new/half").write_text("")
    (target / ".link.atomos-new").write_text("")
    copy(source, target)
    assert sorted(each.name for each in (target / "a").iterdir()) == ["deep", "other"]
    assert sorted(each.name for each in (target / "a/deep").iterdir()) == ["again", "file"]
    assert not list(target.glob(".*"))


def test_a_copy_that_fails_leaves_nothing(source: Path, target: Path) -> None:
    class Full(Runner):
        def run(self, argv: object, **options: object) -> object:  # type: ignore[override]
            done = super().run(argv, **options)  # type: ignore[arg-type]
            if "link" in str(argv):
                raise ToolFailed(("cp",), "ended with status 1", "No space left on device")
            return done

    before = sorted(str(each) for each in target.rglob("*"))
    with pytest.raises(ToolFailed):
        copy_missing(Full(), source, target, device="/dev/vda7", seconds=30)
    assert sorted(str(each) for each in target.rglob("*")) == before

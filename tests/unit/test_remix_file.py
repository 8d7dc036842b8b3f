"""`remix.yaml` as people write it, and everything that may be wrong in one."""

import dataclasses
import importlib
import os
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from installer.answers_file import read_incomplete
from installer.contract import Contract
from installer.contract_file import load_contract
from installer.errors import AnswersInvalid, InstallError

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "mkimage-profile"
LEAST = 'remix: 1\nname: Hello\nversion: "1.0"\n'


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(RECIPES), str(RECIPES / "debian"), *sys.path])


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "remix.yaml").write_text(text)
    return tmp_path


def errors(tmp_path: Path, text: str) -> list[str]:
    folder = folder_with(tmp_path, text)
    with pytest.raises(AnswersInvalid) as invalid:
        module("remix_file").read_remix(folder)
    return [str(each).removeprefix(f"{folder}/") for each in invalid.value.errors]


def test_the_least(tmp_path: Path) -> None:
    remix = module("remix_file").read_remix(folder_with(tmp_path, LEAST))
    assert (remix.name, remix.version, remix.base) == ("Hello", "1.0", "debian-13")
    assert (remix.packages, remix.verity) == ((), None)


def test_the_example_of_the_page_has_every_key(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, module("remix_doc").FULL)
    for name in ("home/home.nix", "home/flake.nix", "keys/hello.gpg", "files/usr/bin/mine"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    remix = module("remix_file").read_remix(folder)
    assert remix.services.disable == ("ssh.service",)
    written = yaml.safe_load(module("remix_doc").FULL)
    assert set(written) == {each.name for each in dataclasses.fields(remix)}
    with pytest.raises(dataclasses.FrozenInstanceError):
        remix.name = "other"


def test_the_page_is_the_dataclasses() -> None:
    page = module("remix_doc")
    assert page.PAGE.read_text(encoding="utf-8") == page.render(), "run ./dev docs"


@pytest.mark.parametrize("name", ["hello", "hello-alpine", "desktop"])
def test_the_examples_are_read(name: str) -> None:
    folder = ROOT / "examples" / name
    remix = module("remix_file").read_remix(folder)
    assert tuple(module("remix_files").strange_files(folder / "files", ())) == ()
    assert module("remix_steps").base_steps(
        module("remix_steps").Folder(path=folder, remix=remix), ROOT
    )


def test_a_change_of_the_code_leaves_the_packages_in_the_cache() -> None:
    """Its step came before them: any word in the installer had Plasma fetched anew."""
    steps, path = module("remix_steps"), ROOT / "examples" / "desktop"
    folder = steps.Folder(path=path, remix=module("remix_file").read_remix(path))
    before = (*steps.base_steps(folder, ROOT), *steps.package_steps(folder))
    code = steps.code_steps(folder, ROOT)
    assert [each.name for each in code] == ["installer"]
    assert ROOT / "installer" in code[0].inputs
    inputs = {each for step in before for each in step.inputs}
    assert not inputs & set(code[0].inputs)


def test_a_shell_is_opened_at_the_remix_own_step_of_that_name() -> None:
    """The recipe has a step `packages` too, and comes first; who asks has a package in mind."""
    names = ["base", "packages", "initramfs", "packages", "steps/10-mine", "finish"]
    place_of = module("remix_build").place_of
    assert (place_of(names, "packages"), place_of(names, "10-mine")) == (3, 4)
    assert (place_of(names, "base"), place_of(names, "nothing")) == (0, None)


@pytest.mark.parametrize("name", ["nostep", "base"])
def test_a_step_that_there_is_not_is_refused_before_anything_is_built(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the base was built before a slip of the pen was told."""
    build, path = module("remix_build"), ROOT / "examples" / "hello"
    monkeypatch.setattr(build, "build_layers", lambda *_: pytest.fail("something is built"))
    with pytest.raises(InstallError, match=f"no step {name} with something before it") as refused:
        build.open_shell(build.read_folder(path), name)
    assert (
        "The steps of Hello are packages, files, finish, and of its base " in refused.value.way_out
    )
    assert refused.value.way_out.count("packages") == 1


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ("pakages: [a]", "remix.yaml:4:1: there is no key 'pakages', did you mean 'packages'?"),
        ("packages: a", "remix.yaml:4:11: 'packages' cannot be the text 'a', write a list"),
        ("packages: [a, -o]", "remix.yaml:4:15: '-o' is not the name of a package, write one"),
        ("packages:\n  - a b", "remix.yaml:5:5: 'a b' is not the name of a package"),
        ("services: [a]", "remix.yaml:4:11: 'services' cannot be a list, write its keys below"),
        ("services: {start: [a]}", "remix.yaml:4:12: there is no key 'services.start', the keys"),
        ("services: {mask: [../x]}", "remix.yaml:4:19: '../x' is not the name of a service"),
        ("machines: real", "remix.yaml:4:11: 'machines' cannot be the text 'real', write generic"),
        ("verity: yes", "remix.yaml:4:9: 'yes' is text in YAML 1.2"),
        ("slot_size: 4 GB", "remix.yaml:4:12: '4 GB' is not a size"),
        ("keymap: d e", "remix.yaml:4:9: 'd e' is not a keyboard layout"),
        (
            "base: gentoo",
            "remix.yaml:4:7: 'gentoo' is no base, write debian-13, alpine, debian-12",
        ),
        ("base: ../b.tar", "remix.yaml:4:7: the base "),
        ("home: home", "remix.yaml:4:7: there is no file "),
        ("home: /etc", "remix.yaml:4:7: '/etc' is not a path below the folder"),
        ("home: a/../../b", "remix.yaml:4:7: 'a/../../b' is not a path below the folder"),
        ("keys: [a.gpg]", "remix.yaml:4:8: there is no keyring "),
        ("special_files: [usr/bin/x]", "remix.yaml:4:17: there is no "),
        ("flatpaks: [firefox]", "remix.yaml:4:12: 'firefox' is not the name of an application"),
        ("remix: 1", "remix.yaml:4:1: 'remix' is given twice, first in line 1"),
    ],
)
def test_each_error_is_told_at_its_place(tmp_path: Path, lines: str, error: str) -> None:
    found = errors(tmp_path, f"{LEAST}{lines}\n")
    assert any(each.startswith(error) for each in found), found


def test_a_keyring_that_is_not_named_is_not_trusted_in_silence(tmp_path: Path) -> None:
    """Whatever lay in the folder was trusted by the live ISO."""
    (tmp_path / "keys").mkdir()
    for name in ("hello.gpg", "colleague.pgp", "release.key"):
        (tmp_path / "keys" / name).touch()
    found = errors(tmp_path, f"{LEAST}keys: [keys/hello.gpg]\n")
    (error,) = found
    assert error.startswith("remix.yaml:4:7: ")
    assert "colleague.pgp lies beside them and would be trusted too" in error
    both = f"{LEAST}keys: [keys/hello.gpg, keys/colleague.pgp]\n"
    assert len(module("remix_file").read_remix(folder_with(tmp_path, both)).keys) == 2


def test_all_errors_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = errors(tmp_path, "remix: 2\nversion: 1.0\nbase: x\nslot_size: big\nfoo: 1\n")
    assert [each.split(":")[1] for each in found] == ["1", "1", "2", "3", "4", "5"]
    assert "'name' is missing" in "\n".join(found)


@pytest.mark.parametrize("text", ["", "- a\n", "a: &x [*x]\n", "{]"])
def test_what_is_no_plain_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert errors(tmp_path, text)


def contract(version: str = "0") -> Contract:
    recipe = module("recipe")
    return load_contract(recipe.contract(recipe.Kind.SYSTEM, version), "the recipe")


def remixed(tmp_path: Path, lines: str) -> Contract:
    remix = module("remix_file").read_remix(folder_with(tmp_path, LEAST + lines))
    return load_contract(module("remix_contract").remixed(contract(), remix), "made")


def test_the_contract_is_that_of_the_base_but_for_what_the_remix_says(tmp_path: Path) -> None:
    base = contract()
    assert remixed(tmp_path, "") == dataclasses.replace(base, name="Hello", version="1.0")
    mine = remixed(tmp_path, "locale: sv_SE.UTF-8\nlocales: [sv_SE.UTF-8]\nkeymap: se\n")
    assert mine.locales == (*base.locales, "sv_SE.UTF-8")
    assert (mine.default_locale, mine.default_keymap) == ("sv_SE.UTF-8", "se")
    assert remixed(tmp_path, "slot_size: 3 GiB\n").minimum_slot_bytes == 3 * 2**30


def test_a_version_stays_as_it_is_spelled(tmp_path: Path) -> None:
    text = LEAST.replace('"1.0"', '"1.10"')
    remix = module("remix_file").read_remix(folder_with(tmp_path, text))
    made = module("remix_contract").remixed(contract(), remix)
    assert load_contract(made, "made").version == "1.10"


def test_without_its_hash_tree_the_base_starts_from_the_slot_itself(tmp_path: Path) -> None:
    lines = remixed(tmp_path, "verity: false\n").command_lines
    for line in (lines.plain, lines.encrypted):
        assert line.startswith("root={slot.device} rootfstype=squashfs")
        assert "verity" not in line
        assert "roothash" not in line
    assert "rd.luks.name={luks.uuid}=atomos" in lines.encrypted
    assert remixed(tmp_path, "verity: true\n").command_lines == contract().command_lines


def test_a_locale_that_nobody_makes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match=r"the locale sv_SE\.UTF-8 is not one of the base"):
        remixed(tmp_path, "locale: sv_SE.UTF-8\n")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("base: alpine\nflatpaks: [org.mozilla.firefox]\n", "does not promise what `flatpaks`"),
        ("base: alpine\nlocale: de_DE.UTF-8\n", "is not one of the base (none)"),
        ("base: debian-12\nhome: home\n", "does not promise what `home` needs"),
    ],
)
def test_a_look_tells_what_the_base_cannot_have(tmp_path: Path, lines: str, words: str) -> None:
    """`--check` said that all is well; it was refused when all had been built."""
    for name in ("home.nix", "flake.nix"):
        (tmp_path / "home").mkdir(exist_ok=True)
        (tmp_path / "home" / name).touch()
    build = module("remix_build")
    folder = build.read_folder(folder_with(tmp_path, LEAST + lines))
    with pytest.raises(InstallError, match=re.escape(words)):
        build.check_contract(folder)


def test_a_look_says_what_it_did_not_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = module("remix_build")
    (tmp_path / "base.tar").touch()
    folder = build.read_folder(folder_with(tmp_path, f"{LEAST}base: base.tar\npackages: [a]\n"))
    build.check_contract(folder)
    build.check_packages(folder)
    said = capsys.readouterr().err
    assert "whether the base can have all of it is not looked at: it is an archive" in said
    assert "its packages are not asked for: only Debian's archive is" in said


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_no_file_in_steps_is_no_script(tmp_path: Path, is_folder: bool) -> None:
    """It was "[Errno 21]", or 2 of a dead link, and a failed step's status."""
    step = folder_with(tmp_path, LEAST) / "steps/10-mine"
    step.parent.mkdir()
    if is_folder:
        step.mkdir()
    else:
        step.symlink_to("nowhere")
    with pytest.raises(InstallError, match="steps/10-mine is no script"):
        module("remix_build").read_folder(tmp_path)


def test_a_name_in_files_need_not_be_utf_8(tmp_path: Path) -> None:
    name = tmp_path / os.fsdecode(b"caf\xe9")
    name.touch()
    first = module("remix_files").digest_of_files(tmp_path)
    name.rename(tmp_path / "cafe")
    assert module("remix_files").digest_of_files(tmp_path) != first


def test_what_an_archive_lacks_is_told_with_the_names_below_it() -> None:
    """Of apk's words only the first line was told, which names no package."""
    apk = """\
(1/1) Installing nothing
WARNING: fetching https://dl-cdn.alpinelinux.org/APKINDEX.tar.gz: DNS: name does not exist
ERROR: unable to select packages:
  no-such-thing (no such package):
    required by: world[no-such-thing]
OK: 12 MiB"""
    words = module("remix").archive_words
    assert list(words(apk.splitlines())) == apk.splitlines()[1:-1]
    apt = ["Reading package lists...", "E: Unable to locate package nope", "W: old lists"]
    assert list(words(apt)) == apt[1:2]


@pytest.mark.parametrize("is_signed", [True, False])
def test_the_live_iso_begins_with_answers_that_the_installer_reads(is_signed: bool) -> None:
    text = module("remix_build").offer_answers(is_signed=is_signed)
    answers = read_incomplete(text.encode(), "offer.yaml", None)
    assert answers.source.url == "medium:/release"
    assert answers.source.allow_unsigned is not is_signed

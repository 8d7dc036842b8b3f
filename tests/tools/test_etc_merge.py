"""``etc-merge``: the person's side of /etc, brought from one image to another on a real overlay."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.etc_machine import ETC_MERGE, EtcMachine, etc_machine, snapshot

PASSWD = "root:x:0:0:root:/root:/bin/bash\n_ntp:x:101:101::/:/bin/false\n"
GROUP = "root:x:0:\nsudo:x:27:\n_ntp:x:101:\n"
SHADOW = "root:!:20000::::::\n_ntp:!:20000::::::\n"
GSHADOW = "root:*::\nsudo:*::\n_ntp:!::\n"
FIRST = {
    "passwd": PASSWD,
    "group": GROUP,
    "shadow": SHADOW,
    "gshadow": GSHADOW,
    "subuid": "",
    "subgid": "",
    "machine-id": "",
    "passwd-": "before the first\n",
    "motd": "old\n",
    "issue": "old\n",
    "ssh/sshd_config": "Port 22\n",
    "ld.so.cache": "libraries of the first\n",
    r"systemd/dev-disk-by\x2dlabel.conf": "old\n",
}
SECOND = {
    "passwd-": "before the second\n",
    "passwd": PASSWD + "_mail:x:102:102::/:/bin/false\n",
    "group": GROUP + "_mail:x:102:\n",
    "shadow": SHADOW.replace("20000", "20001") + "_mail:!:20001::::::\n",
    "gshadow": GSHADOW + "_mail:!::\n",
    "motd": "new\n",
    "issue": "new\n",
    "ssh/sshd_config": "Port 22\nUsePAM yes\n",
    "ld.so.cache": "libraries of the second\n",
    r"systemd/dev-disk-by\x2dlabel.conf": "new\n",
}
ADA = "ada:x:1000:1000:Ada:/home/ada:/bin/bash\n"
TOOLS_THAT_CHANGE = ("mv", "rm", "cp", "mkdir", "mknod", "chmod", "sync", "awk")
STAND_IN = """\
#!/bin/sh
read -r steps <{count}
steps=$((steps + 1))
echo "$steps" >{count}
if [ "$steps" = "$(cat {stop})" ]; then kill -9 0; fi
exec {shell}{tool} "$@"
"""
"""Ends the script that called it, and all that belongs to it, before its step is done."""


@pytest.fixture(params=["dash", "busybox"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EtcMachine]:
    """Installed with the first image: the account has been put into the upper directory."""
    with etc_machine(tmp_path, request.param) as made:
        made.image("first", FIRST)
        made.image("second", SECOND, like="first")
        made.runs("first")
        with made.laid(made.state):
            moves_in(made.etc)
        yield made


def moves_in(etc: Path) -> None:
    """As useradd and the installer leave it."""
    append(etc / "passwd", ADA)
    append(etc / "group", "ada:x:1000:\n")
    append(etc / "shadow", "ada:$y$ada:20100:0:99999:7:::\n")
    append(etc / "gshadow", "ada:!::\n")
    append(etc / "subuid", "ada:100000:65536\n")
    append(etc / "subgid", "ada:100000:65536\n")
    for name in ("group", "gshadow"):
        text = (etc / name).read_text()
        (etc / name).write_text(
            text.replace("sudo:x:27:", "sudo:x:27:ada").replace("sudo:*::", "sudo:*::ada")
        )
    (etc / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")


def append(path: Path, text: str) -> None:
    with path.open("a") as opened:
        opened.write(text)


def test_what_nobody_touched_follows_the_image(machine: EtcMachine) -> None:
    with machine.on("first"):
        pass
    with machine.on("second") as etc:
        assert (etc / "motd").read_text() == "new\n"
        assert (etc / "machine-id").read_text() == "0123456789abcdef0123456789abcdef\n"


def test_a_copy_that_is_as_it_was_in_the_image_follows_too(machine: EtcMachine) -> None:
    """Tools write files anew without changing them."""
    name = r"systemd/dev-disk-by\x2dlabel.conf"
    with machine.on("first") as etc:
        for each in ("motd", name):
            text = (etc / each).read_text()
            (etc / each).write_text("something else\n")
            (etc / each).write_text(text)
        assert (machine.upper / "motd").exists()
    with machine.on("second") as etc:
        assert (etc / "motd").read_text() == "new\n"
        assert (etc / name).read_text() == "new\n"
        assert not (machine.upper / "motd").exists()


def test_what_the_person_changed_stays_and_is_told(machine: EtcMachine) -> None:
    with machine.on("first") as etc:
        (etc / "motd").write_text("mine\n")
        (etc / "hostname").write_text("here\n")
        (etc / "ssh/sshd_config").chmod(0o600)
        (etc / "issue").unlink()
        # useradd keeps it for itself, and nobody is to look at it.
        (etc / "passwd-").write_text(PASSWD)
    machine.runs("second")
    said = machine.merge()
    assert said.splitlines() == [
        "files of /etc that you and the image have changed, yours stay: 3 (atomos etc list)",
        "/etc has been brought to the image that starts",
    ]
    with machine.on("second") as etc:
        assert (etc / "motd").read_text() == "mine\n"
        assert (etc / "hostname").read_text() == "here\n"
        assert (etc / "ssh/sshd_config").read_text() == "Port 22\n"
        assert not (etc / "issue").exists()


def test_a_person_who_goes_back_to_what_they_began_with_follows_again(machine: EtcMachine) -> None:
    with machine.on("first") as etc:
        (etc / "motd").write_text("mine\n")
    machine.image("third", {"motd": "third\n"}, like="second")
    with machine.on("second") as etc:
        (etc / "motd").write_text("old\n")
    with machine.on("third") as etc:
        assert (etc / "motd").read_text() == "third\n"


def test_a_change_that_the_image_makes_too_is_still_the_persons(machine: EtcMachine) -> None:
    with machine.on("first") as etc:
        (etc / "motd").write_text("new\n")
    with machine.on("second") as etc:
        assert (etc / "motd").read_text() == "new\n"
    with machine.on("first") as etc:
        assert (etc / "motd").read_text() == "new\n"


def test_the_cache_of_libraries_is_always_the_images(machine: EtcMachine) -> None:
    with machine.on("first") as etc:
        (etc / "ld.so.cache").write_text("made here\n")
    with machine.on("second") as etc:
        assert (etc / "ld.so.cache").read_text() == "libraries of the second\n"


def test_links_and_folders_that_became_something_else(machine: EtcMachine) -> None:
    machine.image("third", {"motd": None, "plain": "file\n"}, like="second")
    third = machine.top / "images/third/etc"
    (third / "motd").symlink_to("issue")
    (third / "ssh/sshd_config").unlink()
    (third / "ssh").rmdir()
    (third / "ssh").symlink_to("systemd")
    with machine.on("first") as etc:
        (etc / "motd").write_text("mine\n")
        (etc / "ssh/sshd_config").write_text("Port 23\n")
        (etc / "localtime").symlink_to("/usr/share/zoneinfo/Europe/Berlin")
        (etc / "plain").mkdir()
        (etc / "plain/mine").write_text("kept\n")
    with machine.on("third") as etc:
        assert (etc / "motd").read_text() == "mine\n"
        assert (etc / "ssh/sshd_config").read_text() == "Port 23\n"
        assert str((etc / "localtime").readlink()) == "/usr/share/zoneinfo/Europe/Berlin"
        assert (etc / "plain/mine").read_text() == "kept\n"


def test_accounts_of_both_are_there(machine: EtcMachine) -> None:
    with machine.on("first"):
        pass
    with machine.on("second") as etc:
        assert (etc / "passwd").read_text() == PASSWD + ADA + "_mail:x:102:102::/:/bin/false\n"
        assert "sudo:x:27:ada\n" in (etc / "group").read_text()
        assert "_mail:x:102:\n" in (etc / "group").read_text()
        shadow = (etc / "shadow").read_text()
        assert "_mail:!:20001::::::\n" in shadow
        assert "_ntp:!:20001::::::\n" in shadow
        assert "ada:$y$ada:20100:0:99999:7:::\n" in shadow
        status = (etc / "shadow").stat()
        assert (status.st_mode & 0o777, status.st_uid, status.st_gid) == (0o640, 0, 42)
        assert (etc / "subuid").read_text() == "ada:100000:65536\n"


def test_the_older_image_after_the_newer_one_has_all_as_it_was(machine: EtcMachine) -> None:
    with machine.on("first") as etc:
        (etc / "motd").write_text("mine\n")
        before = snapshot(etc)
    with machine.on("second"):
        pass
    with machine.on("first") as etc:
        assert snapshot(etc) == before
    assert list((machine.state / "base/old").rglob("*")) == []


def test_what_was_changed_in_the_newer_one_stays_in_the_older_one(machine: EtcMachine) -> None:
    with machine.on("first"):
        pass
    machine.runs("second")
    machine.merge()
    with machine.laid(machine.state):
        # As useradd and passwd do, before anything has vouched for this start.
        append(machine.etc / "passwd", "bob:x:1001:1001::/home/bob:/bin/sh\n")
        shadow = (machine.etc / "shadow").read_text()
        (machine.etc / "shadow").write_text(shadow.replace("$y$ada", "$y$new"))
    with machine.on("first") as etc:
        passwd = (etc / "passwd").read_text()
        assert passwd == PASSWD + ADA + "bob:x:1001:1001::/home/bob:/bin/sh\n"
        assert "ada:$y$new:" in (etc / "shadow").read_text()
        assert "_mail" not in (etc / "shadow").read_text() + (etc / "group").read_text()


def test_an_image_without_a_sum_is_told_by_its_content(machine: EtcMachine) -> None:
    with machine.on("first"):
        pass
    machine.runs("first")
    machine.shell.started_with("quiet root=/dev/sda2")
    machine.merge()
    assert machine.merge() == ""
    machine.runs("second")
    machine.shell.started_with("quiet root=/dev/sda3")
    machine.merge()
    assert "_mail" in (machine.upper / "passwd").read_text()
    assert machine.merge() == ""


def test_nothing_is_compared_before_a_start_was_good(machine: EtcMachine) -> None:
    before = snapshot(machine.upper)
    machine.runs("second")
    assert machine.merge() == ""
    assert snapshot(machine.upper) == before
    assert not (machine.state / "base").exists()


def test_the_record_is_made_once_and_for_root_alone(machine: EtcMachine) -> None:
    with machine.on("first"):
        assert (machine.state / "base").stat().st_mode & 0o777 == 0o700
    before = snapshot(machine.state / "base")
    machine.runs("second")
    machine.record()
    assert snapshot(machine.state / "base") == before


def count_steps(machine: EtcMachine, folder: Path) -> tuple[Path, Path]:
    """Have every step that changes something counted; returns the counter and where to stop."""
    count, stop = folder / "count", folder / "stop"
    for name in TOOLS_THAT_CHANGE:
        tool = machine.shell.tools / name
        real = tool.readlink()
        shell = f"{real} " if real.name == "busybox" else f"{real.parent}/"
        if name == "sync":
            # A process that is killed loses nothing that it wrote, and each sync takes a second.
            shell, name = "/bin/", "true"
        tool.unlink()
        tool.write_text(STAND_IN.format(count=count, stop=stop, shell=shell, tool=name))
        tool.chmod(0o755)
    return count, stop


def merge_until(machine: EtcMachine, count: Path, stop: Path, step: int) -> int:
    """Merge up to a step, without doing it; returns how many there were."""
    count.write_text("0\n")
    stop.write_text(f"{step}\n")
    argv = [*machine.shell.argv, str(ETC_MERGE), "merge", str(machine.state), str(machine.lower)]
    done = subprocess.run(
        argv,
        env=machine.shell.environment,
        start_new_session=True,
        check=False,
        capture_output=True,
    )
    assert done.stderr == b""
    assert (done.returncode == -9) == (step > 0), done
    return int(count.read_text())


def with_all_kinds_of_changes(machine: EtcMachine) -> None:
    with machine.on("first") as etc:
        (etc / "motd").write_text("mine\n")
        text = (etc / "issue").read_text()
        (etc / "issue").write_text("another\n")
        (etc / "issue").write_text(text)
        (etc / "ssh/sshd_config").unlink()


def test_the_power_may_go_before_any_step(machine: EtcMachine, tmp_path: Path) -> None:
    """The next start, with the same image or with the older one, is as if it had not gone."""
    with_all_kinds_of_changes(machine)
    saved = tmp_path / "saved"
    keep(machine.state, saved)
    older = machine.seen()
    count, stop = count_steps(machine, tmp_path)
    machine.runs("second")
    steps = merge_until(machine, count, stop, 0)
    assert steps > 20
    newer = machine.seen()
    assert newer != older
    for step in range(1, steps + 1):
        keep(saved, machine.state)
        machine.runs("second")
        assert merge_until(machine, count, stop, step) == step
        cut = tmp_path / "cut"
        keep(machine.state, cut)
        merge_until(machine, count, stop, 0)
        assert machine.seen() == newer, f"before step {step}, then the same image"
        assert left_over(machine) == [], f"before step {step}"
        keep(cut, machine.state)
        machine.runs("first")
        merge_until(machine, count, stop, 0)
        assert machine.seen() == older, f"before step {step}, then the older image"
        assert left_over(machine) == [], f"before step {step}"


def keep(source: Path, target: Path) -> None:
    """A copy, with owners and with what overlayfs uses for what was removed."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)


def left_over(machine: EtcMachine) -> list[str]:
    return sorted({each.name for each in machine.state.iterdir()} - {"upper", "work", "base"})


def test_a_start_that_could_not_end_it_takes_nothing_back(
    machine: EtcMachine, tmp_path: Path
) -> None:
    """It went on as it was, and the person has a new password since."""
    with_all_kinds_of_changes(machine)
    count, stop = count_steps(machine, tmp_path)
    machine.runs("second")
    step = 0
    while not (machine.state / "commit").exists():
        step += 1
        merge_until(machine, count, stop, step)
    stop.write_text("0\n")
    with machine.laid(machine.state):
        shadow = (machine.etc / "shadow").read_text()
        (machine.etc / "shadow").write_text(shadow.replace("$y$ada", "$y$new"))
    machine.merge()
    with machine.laid(machine.state):
        assert "ada:$y$new:" in (machine.etc / "shadow").read_text()
        assert "_mail:!:" in (machine.etc / "shadow").read_text()


def test_a_full_disk_leaves_etc_as_it_was(machine: EtcMachine, tmp_path: Path) -> None:
    """The script fails with the tool's words; the next start tries again."""
    with_all_kinds_of_changes(machine)
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], check=True)
    try:
        full = small / "etc"
        subprocess.run(["cp", "-a", machine.state, full], check=True)
        before = snapshot(full / "upper")
        fill(small / "filling")
        machine.runs("second")
        done = machine.tries(ETC_MERGE, "merge", full, machine.lower)
        assert done.returncode != 0
        assert "No space left on device" in done.stderr
        assert snapshot(full / "upper") == before
        (small / "filling").unlink()
        machine.does(ETC_MERGE, "merge", full, machine.lower)
        assert "_mail" in (full / "upper/passwd").read_text()
    finally:
        subprocess.run(["umount", small], check=True)


def fill(path: Path) -> None:
    """Write until there is no room."""
    argv = ["dd", "if=/dev/zero", f"of={path}", "bs=4096", "status=none"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "No space left on device" in done.stderr


def test_a_session_that_forgets_etc_knows_people_and_machine(machine: EtcMachine) -> None:
    with machine.on("first") as etc:
        (etc / "motd").write_text("mine\n")
        (etc / "passwd").write_text("torn\n" + (etc / "passwd").read_text() + "no:row\n")
    before = snapshot(machine.state)
    machine.runs("second", "atomos.etc=volatile")
    session = machine.top / "run/session"
    for name in ("upper", "work"):
        (session / name).mkdir(parents=True)
    machine.does(ETC_MERGE, "volatile", machine.state, machine.lower, session / "upper")
    with machine.laid(session):
        etc = machine.etc
        assert (etc / "machine-id").read_text() == "0123456789abcdef0123456789abcdef\n"
        assert (etc / "motd").read_text() == "new\n"
        assert (etc / "passwd").read_text() == SECOND["passwd"] + ADA
        assert (etc / "shadow").read_text() == SECOND["shadow"] + "ada:$y$ada:20100:0:99999:7:::\n"
        assert (etc / "group").read_text() == SECOND["group"].replace(
            "sudo:x:27:", "sudo:x:27:ada"
        ) + "ada:x:1000:\n"
        assert (etc / "gshadow").read_text() == SECOND["gshadow"].replace(
            "sudo:*::", "sudo:*::ada"
        ) + "ada:!::\n"
        assert (etc / "subuid").read_text() == "ada:100000:65536\n"
        assert (etc / "shadow").stat().st_mode & 0o777 == 0o640
    assert snapshot(machine.state) == before

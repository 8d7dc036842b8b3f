"""The Alpine live system's services by real OpenRC, and the launchers on its consoles by real
busybox, as far as an Alpine without its archive has what they need."""

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.tools.alpine_tree import AlpineTree, alpine_layers, alpine_tree
from tests.tools.conftest import LoopMaker
from tests.tools.overlay_tree import ROOT
from tests.waiting import until

PACKAGES = next(each for each in sys.path if each.endswith("site-packages"))
CODE = ("installer", "backends", "screens")
SHARED = ("console", "unattended", "remote-access", "remote-shell")
WITHIN = 60.0


@pytest.fixture(scope="module")
def layers() -> str:
    return alpine_layers()


@pytest.fixture
def tree(tmp_path: Path, layers: str) -> Iterator[AlpineTree]:
    """An Alpine with what the package atomos-live brings, in runlevels as the apkovl has them."""
    with alpine_tree(tmp_path, layers) as made:
        subprocess.run(["cp", "-R", f"{ROOT}/live/openrc-medium/.", str(made.top)], check=True)
        place = "usr/lib/atomos/live"
        for name in SHARED:
            subprocess.run(
                ["cp", f"{ROOT}/live/medium/{place}/{name}", f"{made.top}/{place}/"], check=True
            )
        subprocess.run(["rm", "-rf", str(made.top / "etc/runlevels")], check=True)
        apkovl = ROOT / "mkimage-profile/alpine/genapkovl-atomos.sh"
        subprocess.run([apkovl, "atomos-live"], check=True, cwd=tmp_path)
        archive = str(tmp_path / "atomos-live.apkovl.tar.gz")
        subprocess.run(["tar", "-xzf", archive, "-C", str(made.top)], check=True)
        for level in (made.top / "etc/runlevels").iterdir():
            for link in level.iterdir():
                # dbus and networkmanager are packages that this root has not.
                if not (made.top / "etc/init.d" / link.name).exists():
                    link.unlink()
        (made.top / "run/openrc").mkdir()
        made.put("run/openrc/softlevel", "sysinit")
        yield made


def with_installer(tree: AlpineTree) -> None:
    """The installer of this checkout, by this machine's Python: Alpine's is in the archive."""
    for name in CODE:
        subprocess.run(["cp", "-R", str(ROOT / name), f"{tree.top}/usr/lib/atomos/"], check=True)
    subprocess.run(
        ["cp", f"{ROOT}/live/medium/usr/bin/atomos-install", tree.top / "usr/bin/"], check=True
    )
    python = str(Path(sys.executable).resolve())
    tree.borrow(python, PYTHONHOME=f"/host{sys.base_prefix}")
    (tree.top / "usr/bin/python3").symlink_to(Path(python).name)
    (tree.top / "usr/lib/atomos/vendor").symlink_to(f"/host{PACKAGES}")


class Terminal:
    """A terminal of the tree, on which somebody sits."""

    def __init__(self, tree: AlpineTree) -> None:
        self._master = os.open(tree.top / "dev/ptmx", os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(self._master, 0x40045431, struct.pack("i", 0))  # TIOCSPTLCK
        number = struct.unpack("i", fcntl.ioctl(self._master, 0x80045430, b"\0" * 4))[0]
        self.name = f"pts/{number}"
        self.said = ""

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def expect(self, pattern: str) -> str:
        """Everything up to what matches, which is taken away."""
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            if match := re.search(pattern, self.said):
                before, self.said = self.said[: match.end()], self.said[match.end() :]
                return before
            if select.select([self._master], [], [], 0.1)[0]:
                self.said += os.read(self._master, 65536).decode(errors="replace")
        raise AssertionError(f"no {pattern!r} in:\n{self.said}")

    def size(self) -> tuple[int, int]:
        rows, columns, _x, _y = struct.unpack(
            "4H", fcntl.ioctl(self._master, termios.TIOCGWINSZ, b"\0" * 8)
        )
        return rows, columns

    def hang_up(self) -> None:
        os.close(self._master)


@contextmanager
def line(tree: AlpineTree, **environment: str) -> Iterator[Terminal]:
    """A line of the live system as init starts it."""
    terminal = Terminal(tree)
    # Whoever runs the tests under nohup(1) hands on that a line that hangs up kills nobody.
    init = ["env", "--default-signal=HUP", "chroot", str(tree.top)]
    argv = [*init, "/usr/lib/atomos/live/line", terminal.name]
    process = subprocess.Popen(argv, start_new_session=True, env={**os.environ, **environment})
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()


def status(tree: AlpineTree, service: str) -> str:
    return tree.run("rc-service", service, "status")[1]


def started(tree: AlpineTree, level: str) -> str:
    """The runlevel's services by OpenRC's own word, after it has started them."""
    tree.output_of("openrc", level)
    return tree.output_of("rc-status", level)


# The medium.


def medium(tree: AlpineTree, mounts: str, command_line: str = "") -> tuple[int, str]:
    """note-medium with such a /proc."""
    tree.put("t/proc/mounts", mounts)
    tree.put("t/proc/cmdline", command_line + "\n")
    status, _said = tree.run("/usr/lib/atomos/live/note-medium", ATOMOS_ROOT="/t")
    return status, tree.text("t/run/atomos/medium") if status == 0 else ""


def test_the_medium_that_it_was_started_from(tree: AlpineTree) -> None:
    tree.put("t/media/sdb/apks/.boot_repository", "")
    (tree.top / "t/media/sda1").mkdir()
    disk, stick = "/dev/sda1 /media/sda1 ext4 ro 0 0\n", "/dev/sdb /media/sdb iso9660 ro 0 0\n"
    mounts = f"tmpfs / tmpfs rw 0 0\n{disk}{stick}"
    expected = "DEVICE=/dev/sdb\nIN_RAM=no\nRECOVERY=no\n"
    assert medium(tree, mounts, "modules=loop quiet") == (0, expected)
    recovery = expected.replace("RECOVERY=no", "RECOVERY=yes")
    assert medium(tree, mounts, "atomos.live=PARTUUID=aa-bb quiet") == (0, recovery)


def test_no_medium_is_none(tree: AlpineTree) -> None:
    assert medium(tree, "tmpfs / tmpfs rw 0 0\n/dev/sda1 /media/sda1 ext4 ro 0 0\n") == (1, "")


def test_the_service_of_the_medium_says_so(tree: AlpineTree) -> None:
    said = started(tree, "boot")
    assert "atomos-medium" in said
    tree.put("etc/conf.d/atomos-medium", "note_medium=/bin/false\n")
    _status, said = tree.run("rc-service", "atomos-medium", "restart")
    assert "No medium is mounted" in said


# From another machine.


def with_ssh(tree: AlpineTree, command_line: str) -> None:
    """ssh-keygen of this machine; an sshd that notes that it was started, as openssh is in the
    archive."""
    tree.borrow("/usr/bin/ssh-keygen")
    tree.put("proc-cmdline", command_line + "\n")
    tree.put("etc/conf.d/atomos-remote-access", "command_line=/proc-cmdline\n")
    script = "#!/sbin/openrc-run\nstart() { touch /run/sshd-started; }\n"
    tree.put("etc/init.d/sshd", script, mode=0o755)


def test_a_password_and_a_key_for_this_start(tree: AlpineTree) -> None:
    with_ssh(tree, "quiet")
    before = re.findall("^root:(.*?):", tree.text("etc/shadow"), re.M)
    assert re.search(r"atomos-remote-access +\[ +started", started(tree, "default"))
    folder = tree.top / "run/atomos/remote"
    password = (folder / "password").read_text().strip()
    assert re.fullmatch("[a-z2-8]{13}", password)
    assert (folder / "password").stat().st_mode & 0o077 == 0
    assert (folder / "host_key").read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY")
    (hashed,) = re.findall("^root:(.*?):", tree.text("etc/shadow"), re.M)
    assert hashed not in before
    salt = hashed.split("$")[2]
    argv = ["openssl", "passwd", "-6", "-salt", salt, "-stdin"]
    done = subprocess.run(argv, input=password, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == hashed
    assert (tree.top / "run/sshd-started").exists()


def test_no_door_where_the_command_line_says_so(tree: AlpineTree) -> None:
    with_ssh(tree, "quiet atomos.ssh=no")
    assert re.search(r"atomos-remote-access +\[ +started", started(tree, "default"))
    assert not (tree.top / "run/atomos/remote").exists()
    assert not (tree.top / "run/sshd-started").exists()


def test_no_door_without_a_password(tree: AlpineTree) -> None:
    with_ssh(tree, "quiet")
    (tree.top / "usr/bin/ssh-keygen").unlink()
    assert tree.run("rc-service", "atomos-remote-access", "start")[0] != 0
    assert not (tree.top / "run/sshd-started").exists()


def test_what_somebody_asks_for_over_the_network_is_run_by_a_shell_that_is_there(
    tree: AlpineTree,
) -> None:
    said = tree.output_of(
        "/usr/lib/atomos/live/remote-shell", SHELL="/bin/sh", SSH_ORIGINAL_COMMAND="echo $((6*7))"
    )
    assert said == "42\n"


# Answers on a volume.


@pytest.fixture
def volume(loop: LoopMaker, tmp_path: Path) -> str:
    """A volume with answers for a machine that this is not."""
    answers = tmp_path / "answers"
    answers.mkdir()
    (answers / "answers.yaml").write_text("version: 1\nnonsense: yes\n")
    file = tmp_path / "volume.img"
    with file.open("wb") as made:
        made.truncate(8 << 20)
    argv = ["mkfs.ext4", "-q", "-L", "ATOMOS-ANSWERS", "-d", str(answers), str(file)]
    subprocess.run(argv, check=True)
    return loop(file=file)


def log(tree: AlpineTree) -> str:
    file = tree.top / "run/atomos/unattended.log"
    return file.read_text() if file.exists() else ""


def children(pid: str) -> str:
    """What a process waits for. A child that ends between the two looks is none."""
    found = ""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):
            found += Path(f"/proc/{child}/cmdline").read_text()
    return found


def test_answers_on_a_volume_are_installed_by(tree: AlpineTree, volume: str) -> None:
    with_installer(tree)
    tree.node(volume)
    with_ssh(tree, "atomos.ssh=no")
    started(tree, "default")
    assert str((tree.top / "dev/atomos-answers").readlink()) == volume
    ended = tree.top / "run/atomos/unattended.ended"
    until(ended.exists, "the end of the installation", within=WITHIN)
    assert "nonsense" in log(tree)
    assert ended.read_text() == "2\n"
    assert (tree.top / "run/atomos/answers/answers.yaml").stat().st_mode & 0o077 == 0
    assert (tree.top / "run/atomos/unattended.log").stat().st_mode & 0o077 == 0


def test_a_volume_that_comes_later_too(tree: AlpineTree, volume: str) -> None:
    tree.put("usr/bin/atomos-install", '#!/bin/sh\necho "with $*"\n', mode=0o755)
    tree.output_of("rc-service", "atomos-unattended", "start")
    assert not (tree.top / "dev/atomos-answers").exists()
    pid = tree.text("run/atomos-unattended.pid").strip()
    until(lambda: "sleep" in children(pid), "the waiting", within=WITHIN)
    assert log(tree) == ""
    tree.node(volume)
    until(
        (tree.top / "run/atomos/unattended.ended").exists,
        "the end of the installation",
        within=WITHIN,
    )
    assert log(tree) == "with run --answers /run/atomos/answers/answers.yaml\n"


def test_a_partition_of_that_name_too(tree: AlpineTree, loop: LoopMaker) -> None:
    device = loop(size=1 << 20)
    tree.node(device)
    name = Path(device).name
    place = tree.top / "sys/class/block"
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(place)], check=True)
    (place / name).mkdir()
    (place / name / "uevent").write_text(f"DEVNAME={name}\nPARTN=1\nPARTNAME=ATOMOS-ANSWER\n")
    assert tree.run("/usr/lib/atomos/live/answers-volume", "look")[0] == 1
    (place / name / "uevent").write_text(f"DEVNAME={name}\nPARTN=1\nPARTNAME=ATOMOS-ANSWERS\n")
    assert tree.run("/usr/lib/atomos/live/answers-volume", "look")[0] == 0
    assert str((tree.top / "dev/atomos-answers").readlink()) == device


def test_who_stops_the_service_ends_the_waiting(tree: AlpineTree) -> None:
    tree.output_of("rc-service", "atomos-unattended", "start")
    pid = tree.text("run/atomos-unattended.pid").strip()
    until(
        lambda: "answers-volume" in Path(f"/proc/{pid}/cmdline").read_text(),
        "the waiting",
        within=WITHIN,
    )
    tree.output_of("rc-service", "atomos-unattended", "stop")
    until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the waiting", within=WITHIN)


def test_recovery_does_not_act_on_answers(tree: AlpineTree, volume: str) -> None:
    tree.put("run/atomos/medium", "DEVICE=/dev/sda4\nIN_RAM=no\nRECOVERY=yes\n")
    tree.put("usr/bin/atomos-install", "#!/bin/sh\necho began\n", mode=0o755)
    tree.node(volume)
    tree.output_of("rc-service", "atomos-unattended", "start")
    until((tree.top / "run/atomos/unattended.ended").exists, "the end", within=WITHIN)
    assert "This is Recovery" in log(tree)
    assert "began" not in log(tree)


# The consoles.


def test_a_line_gets_the_installer_and_a_shell(tree: AlpineTree) -> None:
    """Its Python is in the archive: the launcher says what became of it, and goes on."""
    subprocess.run(
        ["cp", f"{ROOT}/live/medium/usr/bin/atomos-install", tree.top / "usr/bin/"], check=True
    )
    with line(tree) as terminal:
        terminal.expect(r"The installer ended with status 127\.")
        terminal.expect("This is a shell of the live system")
        terminal.type("echo $((6*7)) in $PWD; tty\n")
        terminal.expect("42 in /root")
        terminal.expect(f"/dev/{terminal.name}")
        terminal.type("exit\n")
        terminal.expect(r"The installer ended with status 127\.")


def test_of_two_lines_one_begins_by_itself(tree: AlpineTree) -> None:
    tree.put("usr/bin/atomos-install", "#!/bin/sh\necho began; sleep 1000\n", mode=0o755)
    with line(tree) as first:
        first.expect("began")
        with line(tree) as second:
            second.expect(f"The installer is on {first.name}")
            assert "began" not in second.said
            second.type("\n")
            second.expect("began")


def test_two_at_the_same_moment(tree: AlpineTree) -> None:
    tree.put("usr/bin/atomos-install", "#!/bin/sh\necho began; sleep 1000\n", mode=0o755)
    with line(tree) as one, line(tree) as other:
        words = (one.expect("began|is on"), other.expect("began|is on"))
        assert sorted("began" in said for said in words) == [False, True]


def test_the_line_that_hangs_up_leaves_the_installer_to_the_next(tree: AlpineTree) -> None:
    # The process that installs outlives its console, and is not to keep the lock.
    script = "#!/bin/sh\nsetsid sleep 1000 &\necho began; sleep 1000\n"
    tree.put("usr/bin/atomos-install", script, mode=0o755)
    with line(tree) as first:
        first.expect("began")
        first.hang_up()
        free = ["chroot", str(tree.top), "flock", "-n", "/run/atomos/console.lock", "true"]
        until(lambda: subprocess.run(free, check=False).returncode == 0, "the lock", within=WITHIN)
    with line(tree) as second:
        second.expect("began")


def test_no_program_where_no_uart_is(tree: AlpineTree) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(tree.top / "proc/tty")], check=True)
    tree.put(
        "proc/tty/driver/serial", "serinfo:1.0 driver revision:\n0: uart:unknown port:000003F8\n"
    )
    argv = ["chroot", str(tree.top), "/usr/lib/atomos/live/line", "ttyS0"]
    process = subprocess.Popen(argv)
    try:
        until(
            lambda: "sleep" in Path(f"/proc/{process.pid}/cmdline").read_text(),
            "a line that rests",
            within=WITHIN,
        )
    finally:
        process.kill()
        process.wait()


def test_a_console_shows_the_installation_by_answers(tree: AlpineTree, volume: str) -> None:
    with_installer(tree)
    tree.put("run/atomos/medium", "DEVICE=/dev/sdb\nIN_RAM=no\nRECOVERY=no\n")
    tree.node(volume)
    tree.output_of("rc-service", "atomos-unattended", "start")
    with line(tree) as terminal:
        terminal.expect("Installing by the answers on the volume ATOMOS-ANSWERS")
        terminal.expect("nonsense")
        # Then the screens, by which they can be mended.
        terminal.expect(r"\x1b\[\?1049h")

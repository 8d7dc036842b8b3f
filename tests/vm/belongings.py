"""What people leave on a machine, and whether all of it is still there after a reinstall."""

from dataclasses import dataclass, replace
from typing import Final

from tests.vm import installed
from tests.vm.installed import Person
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, HOSTNAME

GRACE: Final = Person(name="grace", password="Nanosecond-Wire-9-Inch")
_MAKE: Final = (
    "useradd -m -s /bin/bash -G sudo grace",
    f"echo '{GRACE.name}:{GRACE.password}' | chpasswd",
    "runuser -u grace -- sh -c 'mkdir ~/letters && seq 1 200000 >~/letters/numbers"
    " && ln -s letters/numbers ~/link && chmod 600 ~/letters/numbers'",
    "runuser -u ada -- sh -c 'head -c 3000000 /dev/urandom >~/noise && setfattr -n user.mark"
    " -v ada ~/noise 2>/dev/null || true'",
    # The store of nix in small: read-only files, hard links, links, the links that hold them alive.
    "mkdir -p /nix/store/0abc-hello/bin /nix/var/nix/gcroots"
    " && echo hello >/nix/store/0abc-hello/bin/hello && chmod 555 /nix/store/0abc-hello/bin/hello"
    " && ln /nix/store/0abc-hello/bin/hello /nix/store/0abc-hello/bin/hi"
    " && ln -s /nix/store/0abc-hello /nix/var/nix/gcroots/hello",
    "echo of-the-old-system >/var/lib/mine",
    "usermod -c 'Ada King' ada",
)
_LISTED: Final = "find /home /nix -xdev -printf '%P %M %U %G %s %n %l\\n' | LC_ALL=C sort"
_SUMMED: Final = "find /home /nix -xdev -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"
_FORGET: Final = (
    "find /home '(' -name .bash_history -o -name '.sudo_as*' -o -name .lesshst ')' -delete"
)
"""What a login and a pager leave behind."""


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """What must be the same before and after."""

    files: frozenset[str]
    """Lines with mode, owner, size, links; and with checksums."""
    machine_id: str
    host_keys: str
    subordinate_ids: str


def leave(serial: Serial) -> Belongings:
    """At root's prompt: a second person, files of both, a store. Answers with all of it."""
    for command in _MAKE:
        serial.output_of(command)
    return look(serial)


def look(serial: Serial) -> Belongings:
    """At root's prompt: how it is now."""
    serial.output_of(_FORGET)
    return Belongings(
        files=frozenset(serial.output_of(f"{_LISTED}; {_SUMMED}", within=120).splitlines()),
        machine_id=serial.output_of("cat /etc/machine-id"),
        host_keys=serial.output_of("cat /etc/ssh/ssh_host_*_key.pub | sha256sum"),
        subordinate_ids=serial.output_of("sort /etc/subuid /etc/subgid"),
    )


def check(serial: Serial, before: Belongings, passphrase: str | None = None) -> None:
    """In the menu of the reinstalled machine: one logs in to Root A and the other to Root B, and
    everything is as it was."""
    for person, slot in ((GRACE, "a"), (ADA, "b")):
        installed.start(serial, slot, passphrase)
        installed.log_in(serial, person, HOSTNAME)
        installed.check_slot(serial, slot, encrypted=passphrase is not None)
        installed.become_root(serial, person)
        if person is GRACE:
            installed.reboot(serial)
    name = serial.output_of("getent passwd ada | cut -d: -f5")
    assert name == "Ada King", f"the full name of ada is {name}"
    after = look(serial)
    lost, new = before.files - after.files, after.files - before.files
    assert not lost, f"not there any more: {sorted(lost)}; new: {sorted(new)}"
    assert replace(after, files=before.files) == before, f"before: {before}\nafter:  {after}"

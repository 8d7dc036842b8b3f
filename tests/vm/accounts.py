"""The scenario ``accounts``: a person settles in, and the next image comes."""

from dataclasses import replace
from typing import Final

from tests.vm import installed, live
from tests.vm.belongings import GRACE
from tests.vm.fallback import SOON, wait_until_good
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.newer_image import LABEL, VERSION, update_volume
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

ELSEWHERE: Final = "elsewhere"
CHANGED: Final = replace(ADA, password="Battery-Staple-8-Horse")
PSK: Final = "correct-horse-42"
SETTLES_IN: Final = (
    f"useradd -m -s /bin/bash -G sudo {GRACE.name}",
    f"printf '%s\\n%s\\n' {GRACE.password} {GRACE.password} | passwd {GRACE.name}",
    f"printf '%s\\n%s\\n' {CHANGED.password} {CHANGED.password} | passwd {CHANGED.name}",
    f"chsh -s /bin/sh {ADA.name}",
    f"hostnamectl set-hostname {ELSEWHERE}",
    "timedatectl set-timezone America/Sao_Paulo",
    "nmcli connection add type wifi con-name Home ifname wlan0 ssid Home"
    f" wifi-sec.key-mgmt wpa-psk wifi-sec.psk {PSK}",
    "echo '# mine' >>/etc/nanorc",
    # A tool that writes a file anew and changes nothing.
    "cp -p /etc/issue.net /root/copy && echo x >>/etc/issue.net && cp -p /root/copy /etc/issue.net",
)
BOOT: Final = "/dev/disk/by-partlabel/atomos-boot"
ENTRY_B: Final = "/--id=root-b /,/^}/"
WRITES_B: Final = (
    f"mkdir -p /run/update /run/newer && mount -o ro /dev/disk/by-label/{LABEL} /run/update",
    "dd if=/run/update/image of=/dev/disk/by-partlabel/atomos-b bs=4M conv=fsync status=none",
    f"mount -o loop,ro /run/update/image /run/newer && mount {BOOT} /mnt",
    "cp /run/newer/usr/lib/atomos/boot/vmlinuz /run/newer/usr/lib/atomos/boot/initrd /mnt/b/",
    f'sed -i "{ENTRY_B}{{s/roothash=[0-9a-f]*/roothash=$(head -n 1 /run/update/roothash)/;'
    's/hash-offset=[0-9]*/$(tail -n 1 /run/update/roothash)/}" /mnt/grub/grub.cfg',
    "umount /mnt /run/newer /run/update",
)
"""What an updater does: image, kernel, and the line of the menu that has its root hash."""


def accounts(stage: Stage) -> None:
    """Root A; Root B with a newer image; a session that forgets /etc; all back; Root A again."""
    disk = stage.disk("disk", DISK_SIZE)
    machine = install(stage, Order(firmware=Firmware.UEFI, disk=disk, more=SOON)).without_stick
    update = update_volume(stage.folder / "update.iso")
    with VirtualMachine(
        replace(machine, drives=(*machine.drives, update)), stage.folder
    ) as running:
        serial = running.serial
        installed.start(serial, "a")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "a")
        check_home(serial)
        installed.become_root(serial, ADA)
        wait_until_good(serial)
        identity = identity_of(serial)
        do(serial, SETTLES_IN)
        stage.say("Root A: a second account, passwords, shell, name, zone, Wi-Fi, a file changed")
        do(serial, WRITES_B)
        stage.say(f"slot B has the image {VERSION}")
        installed.reboot(serial)

        installed.start(serial, "b")
        installed.log_in(serial, GRACE, ELSEWHERE)
        installed.check_slot(serial, "b")
        installed.become_root(serial, GRACE)
        check_newer(serial)
        check_settled(serial)
        assert identity_of(serial) == identity
        stage.say("Root B: the image's is new, the person's is theirs, and both are told apart")
        do(serial, ("useradd -m -s /bin/bash bob", set_volatile("s/ quiet/ atomos.etc=volatile&/")))
        installed.reboot(serial)

        check_volatile(serial, identity)
        stage.say("a session without /etc: clean, the same machine, and people can log in")
        do(serial, (set_volatile("s/ atomos.etc=volatile//"),))
        installed.reboot(serial)

        installed.start(serial, "b")
        installed.log_in(serial, CHANGED, ELSEWHERE)
        installed.check_slot(serial, "b")
        installed.become_root(serial, CHANGED)
        check_newer(serial)
        check_settled(serial)
        serial.output_of("getent passwd bob")
        assert identity_of(serial) == identity
        stage.say("then everything is back")
        check_follow(serial)
        installed.reboot(serial)

        installed.start(serial, "a")
        installed.log_in(serial, GRACE, ELSEWHERE)
        installed.check_slot(serial, "a")
        installed.become_root(serial, GRACE)
        check_settled(serial)
        check_older(serial)
        assert identity_of(serial) == identity
        stage.say("Root A with the older image: its own system accounts, and the same people")


def do(serial: Serial, commands: tuple[str, ...]) -> None:
    """Each of them has to succeed."""
    for command in commands:
        serial.output_of(command, within=300)


def set_volatile(change: str) -> str:
    """The command that changes the kernel's command line in the menu's entry of Root B."""
    return f'mount {BOOT} /mnt && sed -i "{ENTRY_B}{{{change}}}" /mnt/grub/grub.cfg && umount /mnt'


def identity_of(serial: Serial) -> tuple[str, str]:
    """What other machines know this one by: machine-id, host keys."""
    keys = "cat /etc/ssh/ssh_host_*_key.pub | sha256sum"
    return serial.output_of("cat /etc/machine-id"), serial.output_of(keys)


def check_home(serial: Serial) -> None:
    """The first account is as an account on a desktop is."""
    assert serial.output_of("stat -c '%a %U:%G' ~") == "700 ada:ada"
    assert serial.output_of("ls -A ~ | grep -c '^.bashrc$'") == "1"
    assert serial.output_of("getent passwd ada | cut -d: -f7") == "/bin/bash"
    assert serial.output_of("cat /etc/subuid /etc/subgid | grep -c '^ada:'") == "2"
    groups = set(serial.output_of("id -nG").split())
    assert {"ada", "sudo", "users", "netdev"} <= groups, groups


def check_settled(serial: Serial) -> None:
    """All that the person did is there, with either image."""
    assert serial.output_of("getent passwd ada | cut -d: -f7") == "/bin/sh"
    assert serial.output_of("hostname") == ELSEWHERE
    assert serial.output_of("timedatectl show -p Timezone --value") == "America/Sao_Paulo"
    psk = serial.output_of("nmcli -s -g 802-11-wireless-security.psk connection show Home")
    assert psk == PSK, f"the key of the Wi-Fi is {psk}"
    assert "# mine" in serial.output_of("cat /etc/nanorc")
    assert serial.output_of("passwd -S root").split()[1] == "L"


def check_newer(serial: Serial) -> None:
    """What the newer image brings, and what it says about what it does not."""
    assert VERSION in serial.output_of("grep ^version: /usr/lib/atomos/image.yaml")
    assert serial.output_of("getent passwd _newer | cut -d: -f3") == "700"
    assert serial.output_of("getent group _newer | cut -d: -f3") == "700"
    assert serial.output_of("grep -c '^_newer:!' /etc/shadow") == "1"
    assert serial.output_of("cat /etc/issue.net") == "This is the newer image."
    listed = serial.output_of("atomos etc list")
    assert "both     /etc/nanorc" in listed, listed
    assert "added    /etc/hostname" in listed, listed
    assert "issue.net" not in listed, listed
    status, shown = serial.run("atomos etc diff nanorc")
    assert status == 1, shown
    assert "-## The newer image says so." in shown, shown
    assert "+# mine" in shown, shown


def check_volatile(serial: Serial, identity: tuple[str, str]) -> None:
    """Root B, once, with an /etc that nobody ever changed. Ends at root's prompt."""
    installed.start(serial, "b")
    installed.log_in(serial, CHANGED, r"\S+")
    assert serial.output_of("systemctl is-system-running --wait || true", within=300) == "running"
    live.no_failed_units(serial)
    installed.become_root(serial, CHANGED)
    assert "upperdir=/run/atomos/etc/upper" in serial.output_of("findmnt -no OPTIONS /etc")
    assert serial.output_of("cat /etc/machine-id") == identity[0]
    assert serial.output_of("hostname") != ELSEWHERE
    assert serial.run("nmcli connection show Home")[0] != 0
    assert serial.run("grep -x '# mine' /etc/nanorc")[0] == 1
    assert serial.output_of("id -nG grace | tr ' ' '\\n' | grep -cx sudo") == "1"
    serial.output_of("touch /etc/forgotten")


def check_follow(serial: Serial) -> None:
    """`atomos etc follow` takes the image's file again; then the person changes it once more."""
    assert serial.run("test -e /etc/forgotten")[0] == 1
    serial.output_of("atomos etc follow nanorc")
    assert serial.run("grep -x '# mine' /etc/nanorc")[0] == 1
    assert "nanorc" not in serial.output_of("atomos etc list")
    serial.output_of("echo '# mine' >>/etc/nanorc")
    assert "yours    /etc/nanorc" in serial.output_of("atomos etc list")


def check_older(serial: Serial) -> None:
    """Nothing of the newer image is left, and who came with it in the meantime is there."""
    assert serial.run("getent passwd _newer")[0] == 2
    assert serial.run("grep _newer /etc/passwd /etc/shadow /etc/group /etc/gshadow")[0] == 1
    assert "newer" not in serial.output_of("cat /etc/issue.net")
    serial.output_of("getent passwd bob")

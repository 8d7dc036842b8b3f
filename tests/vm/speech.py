"""The scenario ``speech``: whoever does not see the screen presses one key, and hears it."""

from typing import Final

from tests.vm import live, screens, vga
from tests.vm.ear import Ear
from tests.vm.machine import CARD, SPEAKER, Firmware, Hardware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

ENTRY: Final = "Install AtomOS with speech and braille (key S)"
BEEP: Final = 0.2
"""Seconds, of the four tenths that the menu's tones last: the key ends them."""
SENTENCE: Final = 3.0
"""Seconds of voice that no click or beep makes up."""
SPOKEN_WITHIN: Final = 120.0
READ_WITHIN: Final = 600.0
"""Seconds from the menu to the app: brltty holds up the start until all devices are there."""


def speech(stage: Stage) -> None:
    """Under BIOS by the key, in two languages; under Secure Boot without it, and it is silent."""
    hardware = Hardware(
        firmware=Firmware.BIOS,
        drives=(stage.stick,),
        variables=stage.folder / "variables.qcow2",
        sound=True,
    )
    with VirtualMachine(hardware, stage.folder) as machine:
        machine.serial.choose("s", ENTRY, press=machine.press)
        hear_the_menu(stage)
        live.wait_for_app(machine.serial, within=READ_WITHIN)
        live.leave_to_shell(machine.serial)
        hear_the_questions(stage, machine)
        braille(stage, machine.serial)
        live.no_failed_units(machine.serial)
        machine.serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)

    signed = Hardware(
        firmware=Firmware.SECURE_BOOT,
        drives=(stage.stick,),
        variables=stage.folder / "secure.qcow2",
        sound=True,
    )
    with VirtualMachine(signed, stage.folder) as machine:
        live.start_on_serial(machine.serial)
        hear_the_menu(stage)
        live.wait_for_app(machine.serial)
        live.leave_to_shell(machine.serial)
        nobody_asked_for_it(stage, machine.serial)


def hear_the_menu(stage: Stage) -> None:
    """It is there, says the loudspeaker."""
    Ear(stage.folder / SPEAKER).hears(BEEP, within=30)
    stage.say("the menu beeps")


def hear_the_questions(stage: Stage, machine: VirtualMachine) -> None:
    """Plain mode is on the first console, and is read aloud; in German once that is chosen."""
    console = vga.Console(machine=machine, shell=machine.serial)
    console.screen_with("Number [1]: ", within=SPOKEN_WITHIN)
    lines = machine.serial.output_of("ps -t tty1 -o args=")
    assert "installer --plain" in lines, lines
    voice(machine.serial, "en-us")
    ear = Ear(stage.folder / CARD)
    ear.hears(SENTENCE, within=SPOKEN_WITHIN)
    until = ear.silence(within=SPOKEN_WITHIN)
    assert ear.pauses() >= 3, f"no voice: {ear.loudness()}"
    stage.say(f"heard {ear.loud():.0f} s of the first question")

    console.type("2\r")
    # The list of keyboards is longer than the screen: its heading has gone.
    console.screen_with("Nummer [1]: ", within=screens.SCREEN_WITHIN)
    voice(machine.serial, "de")
    ear.hears(SENTENCE, since=until, within=SPOKEN_WITHIN)
    ear.silence(within=SPOKEN_WITHIN)
    stage.say(f"heard {ear.loud(since=until):.0f} s of the next one, in German")


def voice(serial: Serial, name: str) -> None:
    """The voice that speaks, as soon as it has changed."""
    serial.output_of(f"until pgrep -f 'espeakup --default-voice={name}$'; do sleep 1; done")


def braille(stage: Stage, serial: Serial) -> None:
    """brltty looks for a display, again and again: there is none."""
    state = serial.output_of("systemctl is-active brltty.service")
    assert state == "active", state
    stage.say("brltty waits for a display")


def nobody_asked_for_it(stage: Stage, serial: Serial) -> None:
    """Without the key nothing of it runs, and the sound card plays nothing."""
    units = "espeakup.service brltty.service"
    states = serial.run(f"systemctl is-active {units}")[1].split()
    assert states == ["inactive"] * 2, states
    assert "speakup" not in serial.output_of("cat /proc/modules")
    assert "playback" in serial.output_of("cat /proc/asound/pcm"), "there is no sound card"
    assert Ear(stage.folder / CARD).loud() == 0
    stage.say("without the key nothing of it runs")

"""Who answers an installation's questions: one that records what it does, one that breaks it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from installer.events import Event, OperationFinished, OperationStarted, from_line
from tests.faults.disk_image import WatchedImage
from tests.faults.filling import Filling
from tests.faults.line import About, Do, Question, What
from tests.faults.matrix import Fault
from tests.faults.trace import Call, FileSystem, Trace, Written, kind_of

_ACTIONS: Final = {
    Fault.TOOL_FAILS: What.FAIL,
    Fault.TOOL_MISSING: What.MISS,
    Fault.TOOL_HANGS: What.HANG,
}
_MADE_BY: Final = "mkfs."
_FAT_COPY: Final = ("mcopy", "-o", "-i")


class Watcher(Protocol):
    """Answers one installation's questions."""

    def answer(self, question: Question) -> Do:
        """What the installation is to do."""
        ...


class Bystander:
    """Lets everything go on."""

    def answer(self, question: Question) -> Do:
        """See Watcher."""
        return Do()


class Recorder:
    """Writes down what each operation does."""

    def __init__(self, images: tuple[WatchedImage, ...], devices: Mapping[str, str]) -> None:
        self._images = images
        self._devices = devices
        self._notes = _Notes()
        self.traces: list[Trace] = []
        for image in images:
            image.begin()

    def answer(self, question: Question) -> Do:
        """See Watcher. What the journal writes to the disk is none of the operation's doing."""
        match question.about:
            case About.EVENT:
                self._told(event_of(question))
            case About.CALL:
                self._notes.call(question)
            case About.CALLED:
                self._notes.called(question.seconds)
            case About.TELLING:
                self._notes.tellings += 1
            case About.NOTING:
                self._look(count=True)
                self._notes.noting = True
            case About.NOTED:
                self._look(count=False)
                self._notes.noting = False
        return Do()

    def _told(self, event: Event | None) -> None:
        if isinstance(event, OperationStarted):
            self._look(count=False)
            self._notes = _Notes()
        elif isinstance(event, OperationFinished):
            self._look(count=True)
            written = [found for image in self._images if (found := image.take()) is not None]
            self.traces.append(self._notes.trace(event, written, self._devices))

    def _look(self, *, count: bool) -> None:
        for image in self._images:
            image.look(count=count)


class _Notes:
    """Of one operation."""

    def __init__(self) -> None:
        self.tellings = 0
        self.noting = False
        self._calls: list[Call] = []
        self._kinds: Counter[str] = Counter()
        self._file_systems: dict[FileSystem, None] = {}
        self._made: set[str] = set()

    def call(self, question: Question) -> None:
        """A tool is called."""
        argv, kind = question.argv, kind_of(question.argv)
        self._calls.append(
            Call(
                kind=kind,
                ordinal=self._kinds[kind],
                seconds=0.0,
                cleaning_up=question.cleaning_up,
                noting=self.noting,
            )
        )
        self._kinds[kind] += 1
        if kind.startswith(_MADE_BY):
            self._made.add(argv[-1])
        found = _written_into(argv)
        if found is not None and not self.noting:
            self._file_systems[found] = None

    def called(self, seconds: float) -> None:
        """It has ended; calls do not overlap."""
        self._calls[-1] = replace(self._calls[-1], seconds=seconds)

    def trace(
        self, event: OperationFinished, written: list[Written], devices: Mapping[str, str]
    ) -> Trace:
        """All of it; `devices` are the nodes of the disks by their names."""
        return Trace(
            operation=event.id,
            seconds=event.seconds,
            calls=tuple(self._calls),
            file_systems=tuple(
                _named(each, devices)
                for each in self._file_systems
                if each.device not in self._made
            ),
            written=written[0] if written else None,
            tellings=self.tellings,
        )


def _named(file_system: FileSystem, devices: Mapping[str, str]) -> FileSystem:
    for name, node in devices.items():
        rest = file_system.device.removeprefix(node)
        # Of /dev/loop10 nothing is a part of /dev/loop1.
        if rest != file_system.device and not rest[:1].isdigit():
            return replace(file_system, device=name + rest)
    return file_system


def _written_into(argv: tuple[str, ...]) -> FileSystem | None:
    """The file system that a call opens for writing; an image's own parts are none."""
    if argv[0] == "mount" and argv[3] == "-o" and "rw" in argv[4].split(","):
        return FileSystem(device=argv[-2], kind=argv[2])
    if argv[: len(_FAT_COPY)] == _FAT_COPY:
        return FileSystem(device=argv[len(_FAT_COPY)], kind="vfat")
    return None


@dataclass(frozen=True, kw_only=True)
class Blow:
    """What is to go wrong, and where exactly."""

    operation: str
    fault: Fault
    call: Call | None = None
    """The tool's call that is broken, and all later ones of its kind; or where the process dies."""
    after: float = 0.0
    """Seconds into the call that it dies at; -1: when it has ended."""
    telling: int | None = None
    """The how-many-th time that it tells how far it is: there it dies."""
    place: int | None = None
    """The byte of the disk that cannot be written,"""
    pages: range = range(0)
    """and those around it: the offsets of all pages that fail."""
    medium: str = ""
    """The disk of that byte."""

    def __str__(self) -> str:
        if self.telling is not None:
            return f"at progress {self.telling}"
        if self.place is not None:
            return f"byte {self.place} of the {self.medium}, {len(self.pages)} pages"
        if self.call is None:
            return ""
        when = f", {self.after:.3f} s into it" if self.fault is Fault.KILLED else ""
        return f"{self.call.kind} #{self.call.ordinal}{when}"


class FailingMedia(Protocol):
    """The disks of an installation, which can be made to fail."""

    def fail(self, medium: str, pages: range) -> None:
        """These pages of this disk cannot be written from now on."""
        ...

    def heal(self) -> None:
        """Everything can be written again."""
        ...


class Breaker:
    """Deals one blow, and remembers whether it met anything."""

    def __init__(self, blow: Blow, media: FailingMedia, filling: Filling | None) -> None:
        self._blow = blow
        self._media = media
        self._filling = filling
        self._in_work = ""
        self._kinds: Counter[str] = Counter()
        self._tellings = 0
        self.met = False
        """Whether it has gone wrong; of write errors only the kernel's log can tell."""
        self.unnoticed = False
        """The operation has ended well all the same."""

    def answer(self, question: Question) -> Do:
        """See Watcher."""
        match question.about:
            case About.EVENT:
                return self._told(event_of(question))
            case About.CALL if self._in_work == self._blow.operation:
                return self._call(question)
            case About.TELLING if self._in_work == self._blow.operation:
                self._tellings += 1
                if self._tellings - 1 == self._blow.telling:
                    return self._die()
            case About.LEAVING if self._filling is not None and self.met:
                # As long as the file system can be reached: an encrypted one is closed after this.
                self._filling.empty()
        return Do()

    def _told(self, event: Event | None) -> Do:
        blow = self._blow
        if isinstance(event, OperationStarted):
            self._in_work = event.id
            if event.id == blow.operation:
                return self._begin()
        elif isinstance(event, OperationFinished):
            if event.id == blow.operation:
                self.unnoticed = True
                self._media.heal()
                if self._filling is not None:
                    self._filling.empty()
            self._in_work = ""
        return Do()

    def _begin(self) -> Do:
        blow = self._blow
        if blow.pages:
            self._media.fail(blow.medium, blow.pages)
        if self._filling is not None:
            self._filling.fill()
            self.met = True
        if blow.fault is Fault.KILLED and blow.call is None and blow.telling is None:
            return self._die()
        return Do()

    def _call(self, question: Question) -> Do:
        blow, kind = self._blow, kind_of(question.argv)
        number = self._kinds[kind]
        self._kinds[kind] += 1
        if blow.call is None or kind != blow.call.kind or number < blow.call.ordinal:
            return Do()
        if blow.fault is Fault.KILLED:
            return self._die(blow.after) if number == blow.call.ordinal else Do()
        if question.cleaning_up and not blow.call.cleaning_up:
            return Do()
        self.met = True
        return Do(what=_ACTIONS[blow.fault])

    def _die(self, after: float = 0.0) -> Do:
        self.met = True
        return Do(what=What.DIE, after=after)


def event_of(question: Question) -> Event | None:
    """The event that a question is about."""
    return from_line(question.line)

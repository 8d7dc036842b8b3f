"""What an operation is, and what it may reach: the contract between plan, executor and backends."""

import dataclasses
import functools
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from installer.secret import Secret

if TYPE_CHECKING:
    from installer.machinery import Machinery

NO_DEED: Final[Mapping[str, Any]] = MappingProxyType({"deed": False})
"""Metadata of a field that does not shape what is on the disk: it says where, or is only told."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an operation reaches while it is applied."""

    machinery: "Machinery"
    progress: Callable[[int, int], None]
    """Told `(done_bytes, total_bytes)`; raises Interrupted when the run is to stop."""
    say: Callable[[str], None]
    """Tells the person something that is no failure (a Notice)."""
    events_so_far: Callable[[], str]
    """The journal of this run as it stands: JSON lines."""


@dataclass(frozen=True, kw_only=True)
class Operation(ABC):
    """One step of a plan. It may be applied again after it failed or was killed at any point."""

    id: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    """Ids of the operations that must have been done before, of those that the plan has: a plain
    disk has no volumes to wait for. Others may run at the same time."""
    lasting: ClassVar[bool] = True
    """What it does stays: a later run that finds it done and as it should be does not do it again.
    False: it is done in every run."""

    @abstractmethod
    def sentence(self) -> str:
        """What it does, in one sentence for a person."""

    @property
    @abstractmethod
    def device(self) -> str:
        """The device it acts on."""

    def destroys(self) -> tuple[str, ...]:
        """What is lost by it, each in a few words."""
        return ()

    def keeps(self) -> tuple[str, ...]:
        """What stays because of it, each in a few words."""
        return ()

    def writes_bytes(self) -> int:
        """Bytes it will write; 0 where they do not count."""
        return 0

    @abstractmethod
    def way_out(self) -> str:
        """What the person can do when it fails."""

    @abstractmethod
    def apply(self, context: Context) -> None:
        """Do it. Raises InstallError."""

    @abstractmethod
    def verify(self, context: Context) -> None:
        """Look whether it is so on the disk. Raises InstallError with what is not."""

    def again(self, context: Context) -> None:  # noqa: B027
        """What a later run that finds it done has to do before `verify`: open, activate.

        Raises InstallError where it has to be done anew, CannotGoOn where that would be wrong.
        """

    def digest(self) -> str:
        """SHA-256 over its kind and fields, secrets left out (a hash would be an oracle)."""
        return self._hash(only_deed=False)

    def deed(self) -> str:
        """SHA-256 over its kind and those fields that shape what is on the disk.

        Neither secrets nor fields marked NO_DEED, also of what it is made of: device names are
        others after the next start of the machine, what is lost or kept is found by another look,
        and a file of a release has its sum wherever it comes from.
        """
        return self._hash(only_deed=True)

    def _hash(self, *, only_deed: bool) -> str:
        # The class too: operations that stand for each other share their id, and may all fields.
        kind = f"{self.id}:{type(self).__name__}"
        fields = json.dumps(_plain(self, only_deed=only_deed), sort_keys=True)
        return hashlib.sha256(f"{kind}:{fields}".encode()).hexdigest()


def _plain(value: object, *, only_deed: bool) -> object:
    """`value` as JSON can hold it, with every secret left out."""
    plain = functools.partial(_plain, only_deed=only_deed)
    if isinstance(value, Secret):
        return None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: plain(getattr(value, each.name))
            for each in dataclasses.fields(value)
            if each.metadata.get("deed", True) or not only_deed
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)

"""The logical volumes inside the LUKS container."""

from dataclasses import dataclass
from typing import ClassVar

from installer.errors import InstallError
from installer.layout import VOLUME_GROUP
from installer.machinery import Volume
from installer.operation import Context, Operation
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class MakeVolumes(Operation):
    """Makes the volume group on the opened container, with a volume for each slot and the data."""

    id: ClassVar[str] = "volumes"
    needs: ClassVar[tuple[str, ...]] = ("luks",)
    container: str
    volumes: tuple[Volume, ...]

    def sentence(self) -> str:
        """See Operation."""
        return _("Make the volumes {names} on {device}").format(
            names=", ".join(each.name for each in self.volumes), device=self.container
        )

    @property
    def device(self) -> str:
        """See Operation."""
        return self.container

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Look whether another volume group {group} is attached (vgs), then install again."
        ).format(group=VOLUME_GROUP)

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.volume_groups.make(
            self.container, group=VOLUME_GROUP, volumes=self.volumes
        )

    def again(self, context: Context) -> None:
        """Make their device nodes."""
        context.machinery.volume_groups.activate(VOLUME_GROUP)

    def verify(self, context: Context) -> None:
        """Compare names and sizes."""
        found = {
            each.name: each.size_bytes
            for each in context.machinery.volume_groups.volumes(VOLUME_GROUP)
        }
        names = [each.name for each in self.volumes]
        wrong = [
            each.name
            for each in self.volumes
            if each.name not in found or each.size_bytes not in (None, found[each.name])
        ]
        wrong += sorted(set(found) - set(names))
        if wrong:
            raise InstallError(
                _("the volumes on {device} are not those that were made: {wrong}").format(
                    device=self.container, wrong=", ".join(wrong)
                ),
                device=self.container,
            )

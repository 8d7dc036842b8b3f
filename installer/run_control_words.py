"""What a person is told before they leave a run alone, or stop it."""

from installer.text import _


def leave_words(*, running: bool) -> str:
    """What becomes of an installation when one leaves, and how to come back."""
    if running:
        return _(
            "The installation goes on without this screen.\n"
            'Type "exit" there to come back and see how far it is.'
        )
    return _('Type "exit" there to come back.')


def stop_words() -> str:
    """What is on the disk when the run is stopped."""
    return _("The disk will be neither what it was nor AtomOS. You can install onto it again.")

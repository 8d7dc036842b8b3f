"""Which language, and which keyboard. Both count at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from installer import page_words
from installer.entry_words import KEYBOARD_ELSEWHERE
from installer.errors import InstallError
from installer.keymaps import LAYOUTS
from installer.languages import LANGUAGES, Language, Speech, language_of, missing
from installer.printable import printable
from installer.text import _, speak, spoken
from screens.plain.dialogue import Back, Choice, Dialogue, Page
from screens.plain.words import how_to_answer


@dataclass(frozen=True, kw_only=True)
class LanguageQuestion:
    """Of a person at one terminal."""

    dialogue: Dialogue
    font: frozenset[str] | None
    """The characters of the kernel's console; None where the terminal is another."""
    load_keymap: Callable[[str], None]
    """Gives the kernel's console a keyboard layout; raises InstallError."""
    choose: Callable[[Speech], None]
    """Tells other consoles, and the voice that reads this one."""

    def ask(self, speech: Speech) -> Speech:
        """What is spoken from now on. Raises Back and Left."""
        while True:
            language = self._language(speech)
            if language.code != speech.language:
                speech = replace(speech, language=language.code, keymap=language.keymap)
            if spoken() != language.code:
                speak(language.code)
                # With the keyboard of most, before it is asked for: the question for it is in this
                # language, and whoever is read to shall hear it in its voice.
                self.choose(replace(speech, chosen=True))
                self.dialogue.tell(how_to_answer())
            try:
                return replace(self._with_keymap(speech), chosen=True)
            except Back:
                continue

    def _language(self, speech: Speech) -> Language:
        choices = [
            Choice(name=each.name, usable=True)
            if not missing(each, self.font)
            else Choice(name=_lacks_letters(each), usable=False)
            for each in LANGUAGES
        ]

        def tell() -> None:
            self.dialogue.tell(_("Language"))
            self.dialogue.tell_choices(choices)

        page = Page(about=page_words.LANGUAGE, tell=tell)
        self.dialogue.open(page)
        now = LANGUAGES.index(language_of(speech.language))
        chosen = self.dialogue.choose(page, _("Number"), choices, default=now)
        assert isinstance(chosen, int), "no other words are known here"
        return LANGUAGES[chosen]

    def _with_keymap(self, speech: Speech) -> Speech:
        layouts = {speech.keymap: "", **LAYOUTS}
        names = list(layouts)
        choices = [Choice(name=printable(f"{name:<6} {layouts[name]}".rstrip())) for name in names]

        def tell() -> None:
            self.dialogue.tell(_("Keyboard"))
            self.dialogue.tell_choices(choices)

        page = Page(about=page_words.LANGUAGE, tell=tell)
        page.tell()
        default = names.index(speech.keymap)
        chosen = self.dialogue.choose(page, _("Number"), choices, default=default)
        assert isinstance(chosen, int), "no other words are known here"
        self._try(page, names[chosen])
        return replace(speech, keymap=names[chosen])

    def _try(self, page: Page, layout: str) -> None:
        """Whatever is typed there is no answer."""
        if self.font is None:
            self.dialogue.tell(_(KEYBOARD_ELSEWHERE))
            return
        try:
            self.load_keymap(layout)
        except InstallError as error:
            self.dialogue.problem(printable(error.what))
        else:
            self.dialogue.ask(page, _("Try the keys"))


def _lacks_letters(language: Language) -> str:
    words = _("{language} (the font of this console lacks its letters)")
    return words.format(language=language.in_ascii)

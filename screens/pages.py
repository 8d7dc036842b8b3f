"""The page of each question of the flow."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from installer.draft import Draft
from installer.languages import Speech
from installer.question import QuestionId
from installer.steps import steps_at
from installer.walk import place_of
from screens.disk import DiskPage
from screens.drawn_key import DrawnKey
from screens.keep import KeepPage
from screens.language import LanguagePage, Terminal
from screens.looking import LookingPage
from screens.looks import Looks
from screens.network import NetworkPage
from screens.open_again import OpenAgainPage
from screens.page import Page
from screens.passphrase import NewPassphrasePage, PassphrasePage
from screens.password import PasswordPage
from screens.recovery_key import RecoveryKeyPage
from screens.release import ReleasePage
from screens.software import SoftwarePage
from screens.summary import Summary
from screens.time_zone import TimeZonePage
from screens.unlock import UnlockPage, UnlockSlotPage
from screens.user import UserPage
from screens.welcome import Welcome


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Makes them; `looks` is whom they ask for what they do not know."""

    looks: Looks
    draw: Callable[[], DrawnKey]
    draws_half_blocks: bool
    terminal: Terminal
    can_save: bool = False

    def page(
        self,
        id: QuestionId,
        draft: Draft,
        *,
        speech: Speech,
        needs_medium: bool,
        start_over: bool,
        reads: bool = True,
    ) -> Page:
        """`start_over`: the plan begins anew, even where it could go on with something. `reads`:
        the answers file, where there is one."""
        page = self._page(
            id, draft, speech=speech, needs_medium=needs_medium, start_over=start_over, reads=reads
        )
        page.steps = steps_at(id, draft)
        return page

    def _page(
        self,
        id: QuestionId,
        draft: Draft,
        *,
        speech: Speech,
        needs_medium: bool,
        start_over: bool,
        reads: bool,
    ) -> Page:
        place = place_of(id, draft)
        match id:
            case QuestionId.LANGUAGE:
                return self.languages(draft, speech)
            case QuestionId.UNFINISHED:
                return LookingPage(partial(self.looks.beginning, reads=reads))
            case QuestionId.NETWORK:
                session = self.looks.session
                return NetworkPage(
                    draft,
                    lambda listen: session.networks(rescan=listen),
                    session.connect,
                    place=place,
                )
            case QuestionId.WELCOME:
                return Welcome(draft, needs_medium=needs_medium, place=place)
            case QuestionId.RELEASE:
                return ReleasePage(draft, self.looks.offer, place=place)
            case QuestionId.DISK:
                return self.disks(draft)
            case QuestionId.KEEP:
                return KeepPage(draft, self.looks.installation, place=place)
            case QuestionId.UNLOCK if draft.opens_slot:
                return UnlockSlotPage(draft, self.looks.opened, place=place)
            case QuestionId.UNLOCK if draft.going_on is not None:
                return OpenAgainPage(draft, place=place)
            case QuestionId.UNLOCK:
                return UnlockPage(draft, self.looks.opened, place=place)
            case QuestionId.PASSPHRASE if not draft.may_choose_encryption:
                return NewPassphrasePage(draft, place=place)
            case QuestionId.PASSPHRASE:
                return PassphrasePage(draft, place=place)
            case QuestionId.RECOVERY_KEY:
                return self._recovery_key(draft)
            case QuestionId.USER if draft.going_on is not None:
                return PasswordPage(draft, place=place)
            case QuestionId.USER:
                return UserPage(draft, place=place)
            case QuestionId.SOFTWARE:
                return SoftwarePage(draft, place=place)
            case QuestionId.TIMEZONE:
                return self._time_zones(draft)
            case QuestionId.SUMMARY:
                return Summary(
                    draft,
                    partial(self.looks.plan, start_over=start_over),
                    can_save=self.can_save,
                    place=place,
                )

    def languages(
        self, draft: Draft, speech: Speech, words: str = "", *, changed: bool = False
    ) -> LanguagePage:
        """Languages and keyboards. See LanguagePage."""
        look = self.looks.session.remote_access
        return LanguagePage(draft, speech, self.terminal, look, changed=changed, words=words)

    def disks(self, draft: Draft, words: str = "") -> DiskPage:
        """The list of disks; `words` say why one is back there."""
        place = place_of(QuestionId.DISK, draft)
        page = DiskPage(draft, self.looks.machine, words=words, place=place)
        page.steps = steps_at(QuestionId.DISK, draft)
        return page

    def _time_zones(self, draft: Draft) -> TimeZonePage:
        zones = self.looks.session.time_zones()
        place = place_of(QuestionId.TIMEZONE, draft)
        return TimeZonePage(draft, zones, draft.zone_among(zones), place=place)

    def _recovery_key(self, draft: Draft) -> RecoveryKeyPage:
        return RecoveryKeyPage(
            draft,
            self.looks.session.machine,
            self.draw,
            with_qr_code=self.draws_half_blocks,
            place=place_of(QuestionId.RECOVERY_KEY, draft),
        )

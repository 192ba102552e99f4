"""Which settings are there? The cards of the settings page, and the list beside every one of its pages."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recipients.models import User


@dataclass(frozen=True)
class SettingsPage:
    """One page of the settings: the name of its URL, what it is called, what is decided there, and its icon."""

    name: str
    label: str | Promise
    text: str | Promise
    icon: str
    of_one_partner: bool = False


def settings_pages(user: User) -> list[SettingsPage]:
    """Those that `user`, an administrator, may open; of one partner, those that set nothing for the others."""
    return [page for page in SETTINGS if page.of_one_partner or user.administers_all]


SETTINGS = (
    SettingsPage("setup", _("Setup"), _("What is still missing before mail becomes tickets."), "list-checks"),
    SettingsPage("settings:mailboxes", _("Mailboxes"), _("Where mail comes in and goes out."), "mail"),
    SettingsPage(
        "settings:sending_domains",
        _("Sending domains"),
        _("Whether mail in your name is believed: SPF, DKIM and DMARC."),
        "globe",
    ),
    SettingsPage(
        "settings:queues", _("Queues"), _("Departments: who works there, and in whose name they write."), "layers"
    ),
    SettingsPage(
        "settings:holiday_calendars", _("Days off"), _("Holidays on which queues are closed."), "calendar-off"
    ),
    SettingsPage(
        "settings:tickets",
        _("Tickets"),
        _("Who is told, and what replies do."),
        "sliders-horizontal",
    ),
    SettingsPage("settings:categories", _("Categories"), _("What tickets are about, in a tree of your own."), "shapes"),
    SettingsPage(
        "settings:custom_fields", _("Fields"), _("What you note of tickets and customers."), "text-cursor-input"
    ),
    SettingsPage("settings:statuses", _("Statuses"), _("Kinds of Open, Waiting, Solved and Closed."), "circle-dot"),
    SettingsPage("settings:priorities", _("Priorities"), _("Their names, order and colours."), "signal"),
    SettingsPage(
        "settings:canned_replies",
        _("Canned replies"),
        _("Texts and macros that agents use again and again."),
        "message-square-quote",
    ),
    SettingsPage("settings:satisfaction", _("Satisfaction"), _("What customers say when it is done."), "smile", True),
    SettingsPage(
        "settings:recognition", _("Recognition"), _("How the customer behind an address is found."), "scan-search"
    ),
    SettingsPage(
        "settings:rules", _("Rules"), _("What is done with new requests, and with tickets over time."), "workflow"
    ),
    SettingsPage("settings:deny_rules", _("Deny list"), _("Mail that is refused on arrival."), "shield-ban"),
    SettingsPage("settings:company", _("Company"), _("Name, logo and colour of the portal and of mails."), "palette"),
    SettingsPage("settings:users", _("Users"), _("Who signs in, and what they may see."), "users", True),
    SettingsPage("settings:partners", _("Partners"), _("Branches and resellers of customers."), "handshake"),
)

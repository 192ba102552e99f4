"""Which settings are there? The cards of the settings page, and the list beside every one of its pages."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from recipients.models import User


@dataclass(frozen=True)
class SettingsPage:
    """One page of the settings: its group, the name of its URL, what it is called and decides, and its icon."""

    group: str | Promise
    name: str
    label: str | Promise
    text: str | Promise
    icon: str
    of_one_partner: bool = False


def settings_pages(user: User) -> list[SettingsPage]:
    """Those that `user`, an administrator, may open; of one partner, those that set nothing for the others."""
    return [page for page in SETTINGS if page.of_one_partner or user.administers_all]


_MAIL, _TICKETS, _PEOPLE = pgettext_lazy("settings", "Mail"), _("Tickets"), _("People")

SETTINGS = (
    SettingsPage(_MAIL, "setup", _("Setup"), _("What is still missing before mail becomes tickets."), "list-checks"),
    SettingsPage(_MAIL, "settings:mailboxes", _("Mailboxes"), _("Where mail comes in and goes out."), "mail"),
    SettingsPage(
        _MAIL,
        "settings:sending_domains",
        _("Sending domains"),
        _("Whether mail in your name is trusted: SPF, DKIM and DMARC."),
        "globe",
    ),
    SettingsPage(
        _MAIL,
        "settings:recognition",
        _("Recognition"),
        _("How the customer behind an address is found."),
        "scan-search",
    ),
    SettingsPage(_MAIL, "settings:deny_rules", _("Deny list"), _("Mail that is refused on arrival."), "shield-ban"),
    SettingsPage(
        _TICKETS,
        "settings:queues",
        _("Queues"),
        _("Departments: who works there, and in whose name they write."),
        "layers",
    ),
    SettingsPage(
        _TICKETS, "settings:holiday_calendars", _("Days off"), _("Holidays on which queues are closed."), "calendar-off"
    ),
    SettingsPage(
        _TICKETS,
        "settings:service_levels",
        _("Service levels"),
        _("How soon tickets are to be answered and solved."),
        "timer",
    ),
    SettingsPage(
        _TICKETS,
        "settings:service_level_report",
        _("Service levels met"),
        _("How much was answered and solved in time."),
        "gauge",
        True,
    ),
    SettingsPage(
        _TICKETS,
        "settings:rules",
        _("Rules"),
        _("What happens to new requests, and to tickets over time."),
        "workflow",
    ),
    SettingsPage(
        _TICKETS,
        "settings:tickets",
        _("Tickets"),
        _("Who is notified, and what replies do."),
        "sliders-horizontal",
    ),
    SettingsPage(
        _TICKETS, "settings:statuses", _("Statuses"), _("Kinds of Open, Waiting, Solved and Closed."), "circle-dot"
    ),
    SettingsPage(_TICKETS, "settings:priorities", _("Priorities"), _("Their names, order and colours."), "signal"),
    SettingsPage(
        _TICKETS, "settings:categories", _("Categories"), _("What tickets are about, in a tree of your own."), "shapes"
    ),
    SettingsPage(
        _TICKETS,
        "settings:custom_fields",
        _("Fields"),
        _("What you record about tickets and customers."),
        "text-cursor-input",
    ),
    SettingsPage(
        _TICKETS,
        "settings:canned_replies",
        _("Canned replies"),
        _("Texts and macros that agents use again and again."),
        "message-square-quote",
    ),
    SettingsPage(
        _TICKETS,
        "settings:satisfaction",
        _("Satisfaction"),
        _("What customers say once a ticket is solved."),
        "smile",
        True,
    ),
    SettingsPage(_PEOPLE, "settings:users", _("Users"), _("Who signs in, and what they may see."), "users", True),
    SettingsPage(
        _PEOPLE,
        "settings:partners",
        _("Partners"),
        _("The branches and resellers that customers belong to."),
        "handshake",
    ),
    SettingsPage(
        _PEOPLE, "settings:company", _("Company"), _("Name, logo and colour of the portal and of emails."), "palette"
    ),
)

"""The menus of the rows on the Recipients page: one menu for the page, and on each row what of it is offered.

The script `tables.js` makes the menu of a row when it is opened: fifty of them were half of the page. Without scripts
the page of the address offers the same.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from helpdesk.ui.cells import page_of_row
from helpdesk.ui.markup import icon

#: Where the script puts the key of the row.
KEY = "{key}"


class RowMenus:
    """The menus of one page: addresses and words are looked up once. Every form leads back to this very list."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.pair = reverse("pairing:pair")
        self.pair_text, self.change_text, self.more = _("Pair"), _("Change pair"), _("More actions for %(address)s")
        self.link, self.ellipsis = icon("link"), icon("ellipsis")

    def of(self, record: Any) -> SafeString:
        """The buttons of `record`, which has `facts` (`recipients.addresses.row_facts`)."""
        registered = bool(record.facts.get("unpaired") and record.facts["unpaired"].registered)
        return format_html(
            '<div class="row row-actions">{}<details class="menu js-only" data-key="{}" data-offers="{}">'
            '<summary class="button quiet small icon-only" aria-label="{}">{}</summary></details></div>',
            "" if record.shared or registered else self._pair_button(record),
            record.pk,
            " ".join(_offers(record, registered=registered)),
            self.more % {"address": record.display_address},
            self.ellipsis,
        )

    def template(self) -> SafeString:
        """The menu with everything that a row may offer."""
        back = self.request.get_full_path()
        items = (
            _button("unpair", "pairing:unpair", "unlink", _("Unpair")),
            _link(f"{self.pair}?selected={KEY}", "link", self.pair_text, offer="pair", modal=True),
            _button("unshare", "recipients:unshare", "user", _("Mark as not shared")),
            _button("share", "pairing:share", "users", _("Mark as shared")),
            _button("form", "pairing:form", "text-cursor-input", _("Mark as a form")),
            _link(
                f"{page_of_row('recipients:rename')(KEY)}?next={quote(back, safe='')}",
                "pencil",
                _("Edit sender name"),
                modal=True,
            ),
            _link(f"{reverse('tickets:list')}?view=all&requester={KEY}", "inbox", _("Open the tickets")),
            _link(page_of_row("pairing:recipient")(KEY), "history", _("History")),
            mark_safe("<hr>"),
            _button("unban", "recipients:unban", "circle-check", _("Unban")),
            _button("ban", "recipients:ban", "ban", _("Ban"), kind=" danger"),
        )
        return format_html(
            '<template data-row-menu><form class="menu-panel" method="post" action="{}">'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="selected">'
            '<input type="hidden" name="next" value="{}">{}</form></template>',
            reverse("recipients:ban"),
            get_token(self.request),
            back,
            format_html_join("", "{}", ((item,) for item in items)),
        )

    def _pair_button(self, record: Any) -> SafeString:
        text = self.change_text if record.customer_id else self.pair_text
        return format_html(
            '<a class="button quiet small" href="{}?selected={}" data-modal title="{}">{}'
            '<span class="wide-only">{}</span></a>',
            self.pair,
            record.pk,
            text,
            self.link,
            text,
        )


def _offers(record: Any, *, registered: bool) -> Iterator[str]:
    """Those items that not every row has and this one does."""
    if record.customer_id:
        yield "unpair"
    if registered:
        yield "pair"
    if record.shared:
        yield "unshare"
    if record.is_form or not record.shared:
        yield "share"
    if not record.is_form:
        yield "form"
    yield "unban" if record.banned else "ban"


def _button(offer: str, name: str, picture: str, text: str, kind: str = "") -> SafeString:
    return format_html(
        '<button class="menu-item{}" formaction="{}" data-offer="{}">{}{}</button>',
        kind,
        reverse(name),
        offer,
        icon(picture),
        text,
    )


def _link(url: str, picture: str, text: str, *, offer: str = "", modal: bool = False) -> SafeString:
    said = format_html(' data-offer="{}"', offer) if offer else ""
    opens = mark_safe(" data-modal") if modal else ""
    return format_html('<a class="menu-item" href="{}"{}{}>{}{}</a>', url, said, opens, icon(picture), text)

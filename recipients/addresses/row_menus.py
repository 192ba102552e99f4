"""What one click does with an address of the list. In Python: fifty menus by a template took most of the time."""

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from helpdesk.ui.markup import icon


class RowMenus:
    """The menus of one page: addresses and words are looked up once. Every form leads back to this very list."""

    def __init__(self, request: HttpRequest) -> None:
        back = request.get_full_path()
        self.back = quote(back, safe="")
        self.token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
        self.next = format_html('<input type="hidden" name="next" value="{}">', back)
        self.pair = reverse("pairing:pair")
        self.ban = reverse("recipients:ban")
        self.list = reverse("tickets:list")
        self.unpair = _button("pairing:unpair", "unlink", _("Unpair"))
        self.unshare = _button("recipients:unshare", "user", _("Mark as not shared"))
        self.share = _button("pairing:share", "users", _("Mark as shared"))
        self.form = _button("pairing:form", "text-cursor-input", _("Mark as a form"))
        self.unban = _button("recipients:unban", "circle-check", _("Unban"))
        self.do_ban = format_html('<button class="menu-item danger">{}{}</button>', icon("ban"), _("Ban"))

    def of(self, record: Any) -> SafeString:
        """The button and the menu of `record`, which has `facts` (`recipients.addresses.row_facts`)."""
        registered = bool(record.facts.get("unpaired") and record.facts["unpaired"].registered)
        pair = format_html("{}?selected={}", self.pair, record.pk)
        items = [
            self.unpair if record.customer_id else "",
            _link(pair, "link", _("Pair"), modal=True) if registered else "",
            self.unshare if record.shared else "",
            self.share if record.is_form or not record.shared else "",
            "" if record.is_form else self.form,
            _link(
                f"{reverse('recipients:rename', args=[record.pk])}?next={self.back}",
                "pencil",
                _("Edit sender name"),
                modal=True,
            ),
            _link(f"{self.list}?view=all&requester={record.pk}", "inbox", _("Open the tickets")),
            _link(reverse("pairing:recipient", args=[record.pk]), "history", _("History")),
            mark_safe("<hr>"),
            self.unban if record.banned else self.do_ban,
        ]
        return format_html(
            '<div class="row row-actions">{}<details class="menu">'
            '<summary class="button quiet small icon-only" aria-label="{}">{}</summary>'
            '<form class="menu-panel" method="post" action="{}">{}'
            '<input type="hidden" name="selected" value="{}">{}{}</form></details></div>',
            "" if record.shared or registered else self._pair_button(record, pair),
            _("More actions for %(address)s") % {"address": record.display_address},
            icon("ellipsis"),
            self.ban,
            self.token,
            record.pk,
            self.next,
            format_html_join("", "{}", ((item,) for item in items)),
        )

    def _pair_button(self, record: Any, url: str) -> SafeString:
        text = _("Change pair") if record.customer_id else _("Pair")
        return format_html(
            '<a class="button quiet small" href="{}" data-modal title="{}">{}<span class="wide-only">{}</span></a>',
            url,
            text,
            icon("link"),
            text,
        )


def _button(name: str, picture: str, text: str) -> SafeString:
    return format_html('<button class="menu-item" formaction="{}">{}{}</button>', reverse(name), icon(picture), text)


def _link(url: str, picture: str, text: str, *, modal: bool = False) -> SafeString:
    opens = mark_safe(" data-modal") if modal else ""
    return format_html('<a class="menu-item" href="{}"{}>{}{}</a>', url, opens, icon(picture), text)

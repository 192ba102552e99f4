"""Feedback about decisions: a toast with Undo, and each refused address with the reason."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recipients.addressing.normalise import display
from recipients.decisions.actions import Changed

#: Refusals that are told one by one.
SHOWN = 5


def tell(request: HttpRequest, done: Changed, text: str, *, more: str = "") -> None:
    """Say `text` about what `done` did, with the way back; then whom it left, and why."""
    if done:
        undo = reverse("pairing:undo", args=[done.batch.pk])
        messages.success(request, f"{text} {more}".strip(), extra_tags=f"undo={undo}")
    elif not done.refused:
        messages.info(request, _("No change."))
    tell_refused(request, done.refused)


def tell_refused(request: HttpRequest, refused: Mapping[str, str]) -> None:
    if not refused:
        return
    count = len(refused)
    left = ngettext("%(count)d address stays as it is.", "%(count)d addresses stay as they are.", count)
    named = [f"{display(address)}: {reason}" for address, reason in list(refused.items())[:SHOWN]]
    more = [_("And %(count)d more.") % {"count": count - SHOWN}] if count > SHOWN else []
    text = " ".join([left % {"count": count}, *named, *more] if count > 1 else named)
    messages.error(request, text)


def one_or_many(done: Changed, one: str, many: str, **values: object) -> str:
    """`one` with the `address` that was changed, or `many` with their `count`; both with `values`."""
    if len(done.recipients) == 1:
        return one % {"address": done.recipients[0].display_address, **values}
    return many % {"count": len(done.recipients), **values}

"""The addresses that somebody selected: those ticked, or all that the filter shows; never any they may not see."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from helpdesk import limits
from helpdesk.database.time_limit import in_time
from helpdesk.ui.ids import row_id
from recipients.addresses.filters import RecipientFilter
from recipients.models import Recipient
from recipients.models.recipients import RecipientQuerySet
from recipients.users.access import SignedIn, visible_recipients

#: Up to here a form repeats each address, so that what was confirmed is what is changed.
REPEATED = 1000


@dataclass(frozen=True)
class Selection:
    """The chosen addresses that the user may see, and the hidden fields with which a form chooses them again."""

    pks: tuple[int, ...]
    fields: tuple[tuple[str, str], ...]

    @property
    def recipients(self) -> RecipientQuerySet:
        return Recipient.objects.filter(pk__in=self.pks)

    @property
    def single(self) -> Recipient | None:
        """The address, if only one was chosen."""
        return self.recipients.select_related("customer").get() if len(self) == 1 else None

    def __len__(self) -> int:
        return len(self.pks)


def selected(request: SignedIn) -> Selection:
    """What the fields `selected`, or `everything` with the list's query string in `filter`, choose.

    Raises ValidationError if nothing or too much was chosen, Http404 if the user sees none of what was.
    """
    asked = request.POST if request.method == "POST" else request.GET
    visible = visible_recipients(request.user)
    if asked.get("everything"):
        narrowed = RecipientFilter(QueryDict(asked.get("filter", "")), visible, user=request.user)
        return _selection(narrowed.qs, (("everything", "1"), ("filter", asked.get("filter", ""))))
    ticked = [pk for each in asked.getlist("selected")[: limits.ADDRESSES_AT_ONCE.amount + 1] if (pk := row_id(each))]
    if not ticked:
        raise ValidationError(_("Select the addresses first, then choose what to do with them."))
    found = _selection(visible.filter(pk__in=ticked), ())
    if not found:
        raise Http404
    return found


def _selection(recipients: RecipientQuerySet, fields: tuple[tuple[str, str], ...]) -> Selection:
    found = recipients.order_by("pk").values_list("pk", flat=True)[: limits.ADDRESSES_AT_ONCE.amount + 1]
    pks = in_time(limits.WHOLE_TIME, lambda: tuple(found), otherwise=None) if fields else tuple(found)
    if pks is None:
        raise limits.WHOLE_TIME.refusal()
    if len(pks) > limits.ADDRESSES_AT_ONCE.amount:
        raise limits.ADDRESSES_AT_ONCE.refusal()
    if len(pks) <= REPEATED or not fields:
        fields = tuple(("selected", str(pk)) for pk in pks)
    return Selection(pks, fields)

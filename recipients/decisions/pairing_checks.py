"""What may not be done with an address: for each refused one the reason, naming whose it is. Constant queries."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from recipients.decisions.displaced_persons import displaceable
from recipients.models import CustomerAddress, OwnAddress, Recipient, User
from recipients.models.reach import beyond


def pairing(recipients: Iterable[Recipient], by: User | None = None) -> dict[str, str]:
    """Pairing is for addresses that are nobody's yet, and for one owner each (S31).

    `by`: who asks, and is told nothing of customers of other partners.

    A person that is there because its first mail added it, and for nothing else, gives way.
    """
    recipients = list(recipients)
    refused = _somebody_s(recipients) | _own(recipients)
    shared = _("It is shared: each of its tickets has a customer of its own.")
    refused |= {recipient.address: shared for recipient in recipients if recipient.shared}
    return refused | beyond([recipient.address for recipient in recipients], by)


def gone(recipients: Iterable[Recipient]) -> dict[str, str]:
    """Nothing can be paired with a customer whom somebody merged or deleted meanwhile."""
    return {recipient.address: _("The customer no longer exists.") for recipient in recipients}


def sharing(recipients: Iterable[Recipient]) -> dict[str, str]:
    """An address that somebody has in the profile is theirs alone. Who is there only by a first mail gives way."""
    return _somebody_s(list(recipients))


def banning(recipients: Iterable[Recipient]) -> dict[str, str]:
    recipients = list(recipients)
    addresses = [recipient.address for recipient in recipients]
    agents = User.objects.filter(email__in=addresses).values_list("email", flat=True)
    return dict.fromkeys(agents, _("It belongs to somebody who works here.")) | _own(recipients)


def _somebody_s(recipients: list[Recipient]) -> dict[str, str]:
    """Those registered on a customer who does not give way. One query; a second one for those a mail has added."""
    reason = _("It is registered as an address of %(customer)s.")
    found = CustomerAddress.objects.filter(address__in=[recipient.address for recipient in recipients])
    rows = list(found.values_list("address", "customer__name", "customer__added_automatically"))
    registered = {address: reason % {"customer": customer} for address, customer, _added in rows}
    added = {address for address, _customer, by_mail in rows if by_mail}
    for address in displaceable(added) if added else ():
        del registered[address]
    return registered


def _own(recipients: list[Recipient]) -> dict[str, str]:
    own = OwnAddress.among(recipient.address for recipient in recipients)
    return dict.fromkeys(own, _("It is an address of the helpdesk itself."))

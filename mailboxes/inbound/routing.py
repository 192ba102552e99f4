"""Routing: to which of our addresses a mail was sent, and which queue handles it (U15, U19, U20, T22)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mailboxes.inbound.snapshot import Registered, Snapshot
from recipients.addressing.normalise import display, domain_of


@dataclass(frozen=True, slots=True)
class Route:
    """`address` is the registered address ("" if none), `queue` None if no queue handles it; `reason` a sentence."""

    address: str
    queue: int | None
    reason: str


def route(traces: Sequence[str], written: Sequence[str], mailbox: int | None, snapshot: Snapshot) -> Route:
    """The address of ours that it was written to, else the mailbox that was fetched.

    `traces` are the normalised addresses of the envelope and of trace headers, `written` those of To and Cc. A local
    part of a hosted domain that is registered nowhere belongs to the default queue.
    """
    sent_to = (*traces, *written)
    if registered := _written_to(traces, written, mailbox, snapshot):
        return _routed(registered, _("It was sent to %(address)s.") % {"address": display(registered.address)})
    main = snapshot.main_address(mailbox)
    if hosted := next((address for address in sent_to if domain_of(address) in snapshot.hosted), ""):
        reason = _("It was sent to %(address)s, which is not registered: the default queue takes it.")
        return Route(main.address if main else "", snapshot.default_queue, reason % {"address": display(hosted)})
    if main:
        return _routed(main, _("It was fetched from the mailbox %(address)s.") % {"address": display(main.address)})
    return Route("", snapshot.default_queue, _("It names no address of ours: the default queue takes it."))


def _written_to(
    traces: Sequence[str], written: Sequence[str], mailbox: int | None, snapshot: Snapshot
) -> Registered | None:
    """The first further address. The main one of the fetched mailbox yields: servers write it into what they redirect.

    Where main addresses alone are named, that of another mailbox counts unless somebody wrote to the fetched one. Of a
    mail that was fetched from none, the envelope says all.
    """
    traced, addressed = (
        [found for address in addresses if (found := _registered(address, snapshot))] for addresses in (traces, written)
    )
    named = [*traced, *addressed]
    further = [each for each in named if not each.is_main]
    others = [each for each in named if each.mailbox != mailbox]
    own = [each for each in addressed if each.mailbox == mailbox]
    fetched = further or own or others
    return next(iter(named if mailbox is None else fetched or named), None)


def _routed(registered: Registered, reason: str) -> Route:
    return Route(registered.address, registered.queue, reason)


def _registered(address: str, snapshot: Snapshot) -> Registered | None:
    """The registered address, also under a plus-tag where plus-addresses reach the mailbox."""
    if found := snapshot.addresses.get(address):
        return found
    local, _at, domain = address.rpartition("@")
    base = snapshot.addresses.get(f"{local.partition('+')[0]}@{domain}")
    return base if base and base.plus_addressing else None

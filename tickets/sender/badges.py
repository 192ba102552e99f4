"""The stored decision about a sender, said in sentences and badges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recipients.addressing.normalise import display
from recipients.matching.explanation import because, sentence
from recipients.matching.match import Step
from recipients.matching.validity import Validity
from recipients.matching.verdict import Flaw, Verdict, Way
from tickets.models import Comment, CustomerSource, Ticket


@dataclass(frozen=True)
class Badge:
    """What kind of sender this is: told by an icon, a colour and a word."""

    label: str | Promise
    icon: str
    tone: str
    title: str | Promise = ""


_BY_WAY_OF = {
    Way.GROUP: gettext_lazy("Through the group %(address)s, which says who wrote it."),
    Way.FORM: gettext_lazy("Through the form %(address)s; the author is whoever was filled in there."),
    Way.FORWARD: gettext_lazy("Forwarded by the mailbox of %(address)s; only its text says who wrote it."),
}
_PROVED = gettext_lazy("The sender has proven that the address is theirs.")


def why(ticket: Ticket) -> str:
    """The customer of `ticket` and the reason, in one sentence."""
    name = str(ticket.customer) if ticket.customer else ""
    if name and ticket.customer_source == CustomerSource.AGENT:
        return _("%(name)s, because an agent chose it.") % {"name": name}
    if name and ticket.customer_source == CustomerSource.RULE:
        return _("%(name)s, because a rule for new requests says so.") % {"name": name}
    if name and ticket.customer_source == CustomerSource.PAIRING:
        return because(Step.PAIRING, ticket.validity) % {"name": name, "address": requester_address(ticket)}
    if name and ticket.match.get("customer") is None:  # matching chose nobody, and auto-add made somebody (T18)
        return because(Step.ADDED, ticket.validity) % {"name": name, "address": requester_address(ticket)}
    return sentence(ticket.match, name, requester_address(ticket), ticket.validity)


def by_way_of(verdict: Mapping[str, Any]) -> str:
    """Which group, form or mailbox a mail came by whose stored verdict is `verdict`, in a sentence; "" if by none."""
    told = _BY_WAY_OF.get(verdict.get("way", ""))
    return str(told) % {"address": display(verdict["by_way_of"])} if told else ""


def requester_address(ticket: Ticket) -> str:
    return ticket.requester.display_address if ticket.requester else _("the sender")


def sender_badge(comment: Comment, primary_addresses: Mapping[int, str]) -> Badge | None:
    """Which class of sender wrote `comment` (A06); `primary_addresses` maps customers to their profile Email."""
    if comment.kind == Comment.Kind.AGENT:
        return Badge(gettext_lazy("Agent"), "headset", "accent")
    if comment.kind == Comment.Kind.NOTE:
        return Badge(gettext_lazy("Internal note"), "lock", "warn", gettext_lazy("Only agents see this."))
    if comment.kind == Comment.Kind.AUTOMATIC:
        return Badge(gettext_lazy("Automatic reply"), "bot", "outline")
    if comment.kind == Comment.Kind.BOUNCE:
        return Badge(gettext_lazy("Delivery failure"), "mail-x", "danger")
    return _customer_badge(comment, primary_addresses) if comment.match else None


def _customer_badge(comment: Comment, primary_addresses: Mapping[int, str]) -> Badge:
    match, step = comment.match, comment.match.get("step")
    if Verdict.from_json(comment.verdict).failed:
        title = gettext_lazy("The mail server reports that this address may be forged.")
        return Badge(gettext_lazy("Failed authentication"), "shield-x", "danger", title)
    if comment.validity == Validity.REJECTED:
        title = gettext_lazy("An agent rejected the sender.")
        return Badge(gettext_lazy("Rejected sender"), "shield-x", "danger", title)
    if match.get("customer") is None:
        return _stranger_badge(comment)
    if step == Step.EXACT:
        primary = primary_addresses.get(match["customer"]) == comment.author_address
        label = gettext_lazy("Primary address") if primary else gettext_lazy("Registered address")
        return _known_badge(comment, label, "shield-check")
    if step == Step.PAIRING:
        return _known_badge(comment, gettext_lazy("Paired address"), "link")
    if comment.validity == Validity.VERIFIED:
        return Badge(gettext_lazy("Verified address"), "shield-check", "ok", _PROVED)
    if step == Step.ADDED:
        title = gettext_lazy("Its first mail added it; nobody has confirmed who it is.")
        return Badge(gettext_lazy("Added automatically"), "user-plus", "warn", title)
    if step == Step.DOMAIN:
        return Badge(gettext_lazy("Recognised by domain"), "triangle-alert", "warn")
    if match.get("unconfirmed_since"):
        title = gettext_lazy("The customer listed it in the portal; no agent has confirmed it.")
        return Badge(gettext_lazy("Authorised sender"), "key-round", "warn", title)
    return Badge(gettext_lazy("Authorised sender"), "key-round", "violet")


def _known_badge(comment: Comment, label: Promise, icon: str) -> Badge:
    """Of an address that we know: green if somebody vouches for From, because a plain forgery names it as well."""
    if comment.in_portal:
        return Badge(label, icon, "ok")
    if comment.validity == Validity.VERIFIED:
        return Badge(label, icon, "ok", _PROVED)
    origin = authentication(comment.verdict)
    if Verdict.from_json(comment.verdict).passed:
        return Badge(label, icon, "ok", origin.label)
    return Badge(label, "shield", "outline", origin.label)


def _stranger_badge(comment: Comment) -> Badge:
    """Of somebody in whom recognition found no customer."""
    if comment.validity == Validity.VERIFIED:
        title = gettext_lazy("The address is theirs, but it is not known whom they write for.")
        return Badge(gettext_lazy("Verified, unknown"), "shield-question-mark", "warn", title)
    if comment.validity == Validity.VALID:
        title = gettext_lazy("An agent chose the customer or accepted the sender.")
        return Badge(gettext_lazy("Accepted sender"), "shield-check", "ok", title)
    return Badge(gettext_lazy("Unknown sender"), "shield-x", "danger")


def authentication(verdict: Mapping[str, Any]) -> Badge:
    """What the receiving server, or else our own check, said about the origin of a mail, in one sentence."""
    said = Verdict.from_json(dict(verdict))
    own = _own_check(said)
    if own and (not said.trusted or (said.passed and said.dmarc != "pass")):
        return own
    if not said.trusted:
        return Badge(_("The origin of this mail was not checked by a server we trust."), "shield", "")
    results = ", ".join(
        f"{name} {result}" for name, result in (("SPF", said.spf), ("DKIM", said.dkim), ("DMARC", said.dmarc)) if result
    )
    values = {"server": said.authserv_id, "results": results or _("nothing")}
    if said.failed:
        sentences = [_("%(server)s says it is not authentic: %(results)s.") % values]
        if said.arc == "pass":  # RFC 8617
            sentences.append(_("Others forwarded it and signed that (ARC): a possible explanation, but no proof."))
        return Badge(" ".join(sentences), "shield-x", "danger")
    if said.passed:
        return Badge(_("%(server)s says it is authentic: %(results)s.") % values, "shield-check", "ok")
    return Badge(_("%(server)s says: %(results)s.") % values, "shield", "")


def _own_check(said: Verdict) -> Badge | None:
    """What we found ourselves; None if we did not look."""
    values = {"domain": display(f"@{said.own_domain}")[1:] if said.own_domain else _("the sender's domain")}
    if said.own_dkim == "pass":
        sentence = _("Our own check of the DKIM signature of %(domain)s: it is authentic.")
        return Badge(sentence % values, "shield-check", "ok")
    if said.own_flaw not in FLAWS:
        return None
    sentence = _("Our own check of the DKIM signature of %(domain)s proves nothing: %(why)s.")
    return Badge(sentence % (values | {"why": FLAWS[said.own_flaw]}), "shield", "")


FLAWS: Mapping[str, str | Promise] = {
    Flaw.UNALIGNED: gettext_lazy("it does not come from the sender's own domain"),
    Flaw.SEVERAL_AUTHORS: gettext_lazy("the mail does not name exactly one sender"),
    Flaw.FROM_NOT_SIGNED: gettext_lazy("it does not cover the sender's address"),
    Flaw.HEADERS_NOT_SIGNED: gettext_lazy(
        "it leaves out parts of the header that say what the mail is about and who it is for"
    ),
    Flaw.BODY_CHANGED: gettext_lazy("the text was changed in transit, as mailing lists do"),
    Flaw.PART_OF_BODY: gettext_lazy("it covers only part of the text"),
    Flaw.HEADER_CHANGED: gettext_lazy("it does not match the header, which was changed in transit or signed by others"),
    Flaw.EXPIRED: gettext_lazy("it had expired when the mail came in"),
    Flaw.WEAK: gettext_lazy("its key or its method is too weak"),
    Flaw.NO_KEY: gettext_lazy("the domain publishes no usable key for it"),
    Flaw.NO_ANSWER: gettext_lazy("no name server gave its key when the mail came in"),
    Flaw.TESTING: gettext_lazy("the domain says that it is only testing"),
    Flaw.MALFORMED: gettext_lazy("the mail or the signature does not follow the standard"),
    Flaw.UNCHECKED: gettext_lazy("it could not be checked"),
}

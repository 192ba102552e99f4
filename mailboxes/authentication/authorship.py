"""Authorship: who wrote a mail whose From is a group's, a form's or a forwarding mailbox's, by the mail's own words.

Anybody can write such words: whoever is named by them is to be verified, whatever vouches for the mail itself.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from mailboxes.parsing import EmailAddress, ParsedEmail, is_forward
from recipients.addressing.normalise import normalise, untagged
from recipients.matching.verdict import Verdict, Way

#: What groups put before the name of a member who wrote to them: "'Nora Lind' via Support".
_VIA = re.compile(r"(?:via|über|durch|tramite|przez|через|par|por|door|vía)", re.IGNORECASE)
_NOBODY = EmailAddress("", "")


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom a mail names as its author, and the address in From, normalised, by `way` of which it came.

    `author` has no address if the mail was forwarded by a mailbox and does not say for certain who wrote it.
    """

    way: Way
    by_way_of: str
    author: EmailAddress

    def applied(self, mail: ParsedEmail) -> ParsedEmail:
        """`mail` as its author's; what a mailbox forwarded under the subject that the author gave it."""
        forwarded = mail.forwarded if self.way is Way.FORWARD and self.author.address else None
        if forwarded is None:
            return replace(mail, author=self.author)
        subject, text = forwarded.subject or mail.subject, mail.text
        if text.strip():
            return replace(mail, author=self.author, subject=subject)
        return replace(mail, author=self.author, subject=subject, text=forwarded.text, reply=forwarded.text)

    def weighed(self, verdict: Verdict) -> Verdict:
        """What `verdict` about From says of the author: that a forged mail is forged, and nothing else."""
        known = verdict if verdict.failed else Verdict()
        return replace(known, way=str(self.way), by_way_of=self.by_way_of)


def behind_own_address(mail: ParsedEmail, own: Container[str], further: Container[str]) -> Claim | None:
    """Who wrote a mail that comes from an address of ours; None if it says nothing of anybody else.

    `own` are our normalised addresses, `further` those of them that are to redirect to a mailbox. A group, or a relay,
    takes the author out of From, because their domain forbids others to send in its name (DMARC).
    """
    written = normalise(mail.author.address)
    sender = next((address for address in (written, untagged(written)) if address in own), "")
    if not sender:
        return None
    if author := _named(mail, own):
        return Claim(Way.GROUP, sender, author)
    if sender in further and (mail.forwarded or is_forward(mail.subject)):
        original = mail.forwarded.author if mail.forwarded else _NOBODY
        return Claim(Way.FORWARD, sender, original if _is_somebody(original, own) else _NOBODY)
    return None


def behind_form(mail: ParsedEmail, own: Container[str]) -> Claim | None:
    """Who filled in the form that sent `mail`: the one address in Reply-To; None if there is none, or several."""
    sender = normalise(mail.author.address)
    author = _asks_for_answers(mail, own, sender)
    return Claim(Way.FORM, sender, author) if author else None


def _named(mail: ParsedEmail, own: Container[str]) -> EmailAddress | None:
    """Whom X-Original-From, X-Original-Sender or else Reply-To name, with a name that is certainly theirs."""
    for person in mail.original_authors:
        if _is_somebody(person, own):
            return person if person.name else replace(person, name=_name_of(person, mail))
    return _asks_for_answers(mail, own)


def _asks_for_answers(mail: ParsedEmail, own: Container[str], sender: str = "") -> EmailAddress | None:
    """The one address in Reply-To that is neither ours nor the `sender`'s; None if there is none, or several."""
    found = {normalise(each.address): each for each in mail.reply_to if _is_somebody(each, own)}
    found.pop(sender, None)
    return next(iter(found.values())) if len(found) == 1 else None


def _name_of(person: EmailAddress, mail: ParsedEmail) -> str:
    """The name that goes with the same address elsewhere in the header, else the one that the group left in From."""
    address = normalise(person.address)
    others: Iterable[EmailAddress] = (*mail.original_authors, *mail.reply_to)
    if name := next((each.name for each in others if each.name and normalise(each.address) == address), ""):
        return name
    words = mail.author.name.split(" ")
    end = next((at for at in range(len(words) - 1, 0, -1) if _VIA.fullmatch(words[at])), 0)
    return " ".join(words[:end]).strip("'\"‘’“”„ ")


def _is_somebody(person: EmailAddress, own: Container[str]) -> bool:
    """Whether it is the address of somebody else than us."""
    address = normalise(person.address)
    return bool(address) and address not in own and untagged(address) not in own

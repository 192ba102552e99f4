"""Is this a mail server's notice in a form of its own, and whom could it not reach?

Only asked of mails that show other evidence of coming from a server; a customer may write about a bounce.
"""

from __future__ import annotations

import re
from email import message_from_bytes

from mailboxes.parsing.body.structure import Part
from mailboxes.parsing.header.addresses import parse_addresses, usable
from mailboxes.parsing.header.headers import Headers, read_headers
from mailboxes.parsing.header.identity import message_id
from mailboxes.parsing.header.subjects import is_forward, is_reply, says_automatic_reply
from mailboxes.parsing.reports import bounce_words as words
from mailboxes.parsing.reports.automatic import NO_REPLY, auto_submitted
from mailboxes.parsing.reports.delivery_reports import (
    LONGEST_REASON,
    MOST_RECIPIENTS,
    about,
    permanence,
    reported_recipients,
    returned_headers,
    status_in,
)
from mailboxes.parsing.values.notes import Notes, gettext_noop
from mailboxes.parsing.values.types import Bounce, BouncedRecipient, EmailAddress, Kind

LARGEST = 60_000  # bytes or characters looked at
FLATTENED = "Final-Recipient:"  # a standard report that was turned into plain text on its way


def read_informal_bounce(
    root: Part, raw: bytes, author: EmailAddress, subject: str, text: str, notes: Notes
) -> tuple[Kind, Bounce, bool] | None:
    """What a server's notice says, and whether its sender is certainly one; None if it does not look like a notice.

    Whoever sends it is a server by name, sender or form; one that calls itself nothing of all that must name nobody
    but somebody it could not reach.
    """
    headers = root.headers
    failed = headers.plain("x-failed-recipients")
    certain = _is_by_a_server(root, raw, author)
    if not failed and not certain and not _may_be_a_notice(headers, author, subject):
        return None
    original = returned_headers(list(root.walk()), notes) or _copied(text)
    notice = words.COPY.split(text[:LARGEST], maxsplit=1)[0]
    if not failed and not _speaks_of_failure(headers, author, subject, notice, original, certain):
        return None
    if FLATTENED in text and (found := reported_recipients(text[:LARGEST].encode("utf-8", "replace"), notes)):
        return found[0], about(found[1], original), True
    own = _own(headers, author)
    addresses = [person.address for person in parse_addresses(failed, Notes()) if person.address]
    addresses = (
        addresses or _named(words.CONTACT.sub(" ", notice), own) or _named(notice, own) or _by_library(raw, notes)
    )
    if not addresses and original is not None:
        addresses = [person.address for person in parse_addresses(original.plain("to"), Notes()) if person.address][:1]
    if not addresses and not (_has_form_of_a_notice(root, author) and _says_failure(subject, notice)):
        return None
    delayed = words.DELAY.search(subject) or (
        words.DELAY.search(notice[:4000]) and not words.FAILURE_SUBJECT.search(subject)
    )
    kind = Kind.DELIVERY_WARNING if delayed else Kind.BOUNCE
    is_ours = original is not None and _is_ours(original)
    return kind, about(_recipients(addresses, notice, kind), original), bool(failed) or certain or is_ours


def from_a_daemon(author: EmailAddress) -> bool:
    """Is the sender a program that only ever reports?"""
    return bool(words.DAEMONS.fullmatch(author.address.partition("@")[0] or author.name))


def _is_by_a_server(root: Part, raw: bytes, author: EmailAddress) -> bool:
    """A daemon by name, or one that takes no answer (RFC 5321, 4.5.5): vacation notes have such a sender, too."""
    headers = root.headers
    sender = headers.plain("return-path").replace(" ", "").strip("<>") if "return-path" in headers else "?"
    return (
        _has_form_of_a_notice(root, author)
        or sender == ""
        or bool(words.DAEMONS.fullmatch(sender.partition("@")[0]))
        or words.MBOX_DAEMON.match(raw) is not None
    )


def _has_form_of_a_notice(root: Part, author: EmailAddress) -> bool:
    """Does it need to name nobody to be one?"""
    return from_a_daemon(author) or root.type == "multipart/report" or "x-ms-exchange-message-is-ndr" in root.headers


def _may_be_a_notice(headers: Headers, author: EmailAddress, subject: str) -> bool:
    """A postmaster, a server's name, or a program that speaks of delivery: a person may be all of that."""
    return _is_postmaster_or_server(author) or (
        words.FAILURE_SUBJECT.search(subject[:300]) is not None and not (is_reply(subject) or is_forward(subject))
    )


def _is_postmaster_or_server(author: EmailAddress) -> bool:
    local_part = author.address.partition("@")[0]
    return bool(words.POSTMASTERS.fullmatch(local_part) or words.DAEMON_NAMES.search(author.name))


def _speaks_of_failure(
    headers: Headers, author: EmailAddress, subject: str, notice: str, original: Headers | None, certain: bool
) -> bool:
    """How many signs of a failure there must be, by how certain it is that a server wrote it."""
    if from_a_daemon(author):
        return True
    says_subject = words.FAILURE_SUBJECT.search(subject[:300]) is not None or bool(words.DELAY.search(subject[:300]))
    says_text = words.FAILURE_TEXT.search(notice[:4000]) is not None
    has_code = words.CODE.search(notice[:4000]) is not None
    signs = says_subject + says_text + has_code
    returns = original is not None and sum(name in original for name in ("message-id", "from", "to", "subject")) > 2
    if certain:  # an automatic reply has such a sender, too, and may say that an address does not exist any more
        answers = "in-reply-to" in headers or says_automatic_reply(subject)
        return signs > 1 or (signs > 0 and (returns or not answers))
    if words.POSTMASTERS.fullmatch(author.address.partition("@")[0]):
        return signs > 1 or (signs > 0 and returns)
    if words.DAEMON_NAMES.search(author.name):  # anybody may call themselves that, and phishers do
        return signs > 1 and (has_code or returns)
    by_program = (
        auto_submitted(headers) not in ("", "no")
        or "x-auto-response-suppress" in headers
        or NO_REPLY.fullmatch(author.address.partition("@")[0]) is not None
    )
    is_ours = original is not None and _is_ours(original)
    if is_ours and returns and signs > 1 and words.SYSTEMS.fullmatch(author.address.partition("@")[0]):
        return True
    return by_program and ((signs > 1 and (has_code or returns)) or (signs > 0 and returns and is_ours))


def _is_ours(original: Headers) -> bool:
    return words.OWN_ID.match(message_id(original)) is not None


def _says_failure(subject: str, notice: str) -> bool:
    return bool(words.FAILURE_SUBJECT.search(subject[:300]) or words.FAILURE_TEXT.search(notice[:4000]))


def _own(headers: Headers, author: EmailAddress) -> set[str]:
    """Addresses that stand in the notice but did not bounce: the server's, and ours that it was sent to."""
    ours = [person.address for name in ("to", "cc") for person in parse_addresses(headers.plain(name), Notes())]
    return {address.casefold() for address in (*ours, author.address) if address}


def _named(notice: str, own: set[str]) -> list[str]:
    """The addresses a notice starts a line with or says it could not reach; else the only one in it."""
    found = [match["angle"] or match["bare"] or match["said"] for match in words.LEADING.finditer(notice)]
    for candidates in (found, words.ADDRESS.findall(notice) if "@" in notice else []):
        named = [address for candidate in candidates if (address := usable(candidate.rstrip(".'\"")))]
        named = [
            address for address in dict.fromkeys(named) if address.casefold() not in own and not _is_postmaster(address)
        ]
        if named and (candidates is found or len(named) == 1):
            return named
    return []


def _is_postmaster(address: str) -> bool:
    local_part = address.partition("@")[0]
    return bool(words.DAEMONS.fullmatch(local_part) or words.POSTMASTERS.fullmatch(local_part))


def _by_library(raw: bytes, notes: Notes) -> list[str]:
    """What flufl.bounce finds, on a copy that is short and has short lines, because its patterns are not linear."""
    from flufl.bounce import scan_message  # seldom needed

    lines = [line[:300] for line in raw[:LARGEST].splitlines()[:1000]]
    try:
        found = scan_message(message_from_bytes(b"\n".join(lines)))
        return [address for item in sorted(found) if (address := usable(item.decode("utf-8", "replace")))]
    except Exception:  # a guess that fails must not cost the mail
        notes.defect(gettext_noop("The recipients of a delivery notice could not be read."))
        return []


def _copied(text: str) -> Headers | None:
    """The headers of the returned mail where a notice holds it as text."""
    found = words.COPY.search(text[:LARGEST])
    if found is None:
        return None
    at_header = re.match(r"[\w-]+:", found[0])
    rest = text[found.start() if at_header else found.end() :][:LARGEST].lstrip("\n")
    data = re.sub(r"^[> \t]{0,4}(?=[\w-]+:)", "", rest, flags=re.MULTILINE).encode("utf-8", "replace")
    items, _ = read_headers(data, 0, len(data), Notes())
    return Headers(items, Notes()) if items else None


def _recipients(addresses: list[str], notice: str, kind: Kind) -> list[BouncedRecipient]:
    """Each address with what the notice says after naming it; codes that stand elsewhere count for all."""
    unique = list(dict.fromkeys(addresses))[:MOST_RECIPIENTS]
    common_status, common_finality = status_in(notice, "45"), permanence("", notice)
    found = []
    for address in unique:
        at = notice.find(address)
        nearby = notice[at : at + 800] if at >= 0 else notice[:2000]
        status = status_in(nearby, "45") or common_status
        final = permanence(status, nearby)
        final = common_finality if final is None else final
        permanent = kind is Kind.BOUNCE and final is not False
        found.append(BouncedRecipient(address, permanent, status, " ".join(nearby.split())[:LONGEST_REASON]))
    return found

"""Is this a mail server's notice in a form of its own, and whom could it not reach?

Only asked of mails that show other evidence of coming from a server; a customer may write about a bounce.
"""

from __future__ import annotations

import re
from email import message_from_bytes

from mailboxes.parsing.body.structure import Part
from mailboxes.parsing.header.addresses import parse_addresses, usable
from mailboxes.parsing.header.headers import Headers, read_headers
from mailboxes.parsing.reports import bounce_words as words
from mailboxes.parsing.reports.delivery_reports import (
    LONGEST_REASON,
    MOST_RECIPIENTS,
    about,
    permanence,
    reported_recipients,
    returned_headers,
    status_in,
)
from mailboxes.parsing.values.notes import Notes
from mailboxes.parsing.values.types import Bounce, BouncedRecipient, EmailAddress, Kind

LARGEST = 60_000  # bytes or characters looked at
FLATTENED = "Final-Recipient:"  # a standard report that was turned into plain text on its way


def read_informal_bounce(
    root: Part, raw: bytes, author: EmailAddress, subject: str, text: str, notes: Notes
) -> tuple[Kind, Bounce] | None:
    """What a server's notice says, None if the mail does not look like one or names nobody."""
    headers = root.headers
    failed = headers.plain("x-failed-recipients")
    if not failed and not _from_a_server(headers, author, subject, text):
        return None
    original = returned_headers(list(root.walk()), notes) or _copied(text)
    if FLATTENED in text and (found := reported_recipients(text[:LARGEST].encode("utf-8", "replace"), notes)):
        return found[0], about(found[1], original)
    notice = words.COPY.split(text[:LARGEST], maxsplit=1)[0]
    own = _own(headers, author)
    addresses = [person.address for person in parse_addresses(failed, Notes()) if person.address]
    addresses = (
        addresses or _named(words.CONTACT.sub(" ", notice), own) or _named(notice, own) or _by_library(raw, notes)
    )
    if not addresses and original is not None:
        addresses = [person.address for person in parse_addresses(original.plain("to"), Notes()) if person.address][:1]
    if not addresses:
        return None
    delayed = words.DELAY.search(subject) or (
        words.DELAY.search(notice[:4000]) and not words.FAILURE_SUBJECT.search(subject)
    )
    kind = Kind.DELIVERY_WARNING if delayed else Kind.BOUNCE
    return kind, about(_recipients(addresses, notice, kind), original)


def from_a_daemon(author: EmailAddress) -> bool:
    """Is the sender a program that only ever reports?"""
    return bool(words.DAEMONS.fullmatch(author.address.partition("@")[0] or author.name))


def _from_a_server(headers: Headers, author: EmailAddress, subject: str, text: str) -> bool:
    """Did a daemon write it, or a null sender who speaks of delivery? A postmaster may be a person: both signs."""
    if from_a_daemon(author):
        return True
    subject_says = bool(words.FAILURE_SUBJECT.search(subject[:300]) or words.DELAY.search(subject[:300]))
    text_says = bool(words.FAILURE_TEXT.search(text[:4000]))
    if headers.plain("return-path").replace(" ", "") == "<>":
        return subject_says or text_says
    local_part = author.address.partition("@")[0]
    is_postmaster = words.POSTMASTERS.fullmatch(local_part) or words.DAEMON_NAMES.search(author.name)
    return bool(is_postmaster) and subject_says and text_says


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
        notes.defect("The recipients of a delivery notice could not be read.")
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

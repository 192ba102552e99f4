"""Another delivery of a mail that has been processed: a duplicate, unless the first one decided less than this one may.

What is compared is the content alone (`parsing.header.identity.fingerprint`), so whoever has a mail can send a copy of
it ahead with other headers around it. A copy that ended as automatic, as a loop or held, or that nobody vouches for,
must never shadow the genuine mail (docs/decisions/duplicates.md).
"""

from mailboxes.inbound.context import InboundContext
from mailboxes.inbound.unreadable import read
from mailboxes.models import InboundEmail, Outcome
from mailboxes.models.ledger import FINAL
from mailboxes.parsing import ParsedEmail
from mailboxes.storage import archive
from mailboxes.storage.trouble import storage_trouble

#: The headers that decide where a mail goes, who takes part and who is answered.
_DECIDING = ("to", "cc", "reply_to", "in_reply_to", "references", "auto_submitted")


def original_of(context: InboundContext) -> InboundEmail | None:
    """The row of the same mail that this one is a duplicate of."""
    original = context.original
    return None if original is None or _decides_more(context, original) else original


def give_way(context: InboundContext, outcome: Outcome) -> None:
    """Let the copy that decided less be the original of nothing: this mail, not a duplicate, is it from now on."""
    if context.original is not None and outcome in FINAL:
        context.original.fingerprint = ""  # its row may wait to be written
        InboundEmail.objects.filter(pk=context.original.pk).update(fingerprint="")


def _decides_more(context: InboundContext, original: InboundEmail) -> bool:
    if original.outcome == Outcome.AUTOMATIC:
        return original.kind != context.mail.kind
    if original.outcome == Outcome.LOOP:
        return context.own_token is None
    if not context.verdict.passed or original.verdict.get("passed"):
        return False
    if original.outcome == Outcome.HELD:
        return True
    made_something = original.outcome in (Outcome.TICKET, Outcome.COMMENT)
    return made_something and _heads(context.mail) != _heads_of(original, context.mail)


def _heads(mail: ParsedEmail) -> list[object]:
    return [getattr(mail, name) for name in _DECIDING]


def _heads_of(original: InboundEmail, otherwise: ParsedEmail) -> list[object]:
    """Those of the copy that came before; those of `otherwise` if the archive lost it, not while it is out of reach."""
    try:
        mail, _traceback = read(original.raw, headers_only=original.is_oversized)
    except archive.Lost as lost:
        if storage_trouble(lost):
            raise
        return _heads(otherwise)
    return _heads(mail)

"""What a mail of a queue says: in its own words, else in the built-in ones; a broken text never stops a mail."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from liquid.exceptions import LiquidError

from helpdesk.wording.faults import explained
from helpdesk.wording.liquid import RenderedMail, render_mail, render_written
from tickets.models import Queue, Wording

logger = structlog.get_logger(__name__)


def own_words(queue: Queue, kind: str) -> tuple[str, str] | None:
    """Subject and text that the queue has of its own for mails of `kind`; None for the built-in ones. No query."""
    found = queue.wording.get(queue.language, {}).get(kind)
    return (found[0], found[1]) if found else None


def render(
    queue: Queue,
    kind: str,
    values: Mapping[str, Any],
    own: tuple[str, str] | None,
    tell: Callable[[Wording], None],
) -> RenderedMail:
    """The mail of `kind` in the words `own`, or built in. `tell` gets a version that turned out broken, once.

    A text that asks for no confirmation by link gives way where one is due. A mail that answers must have its tag.
    """
    if own and ("confirm" not in values or "confirm.url" in own[1]):
        try:
            mail = render_written(*own, queue.language, values)
        except LiquidError as error:
            logger.warning("wording_broken", queue=queue.name, kind=kind, error=str(error))
            current = Wording.objects.filter(queue=queue, kind=kind, language=queue.language).first()
            fault = explained(error)[:300]
            if current and Wording.objects.filter(pk=current.pk, fault="").update(fault=fault):
                current.fault = fault
                tell(current)
        else:
            return with_tag(mail, values["ticket"]["tag"])
    return render_mail("request_received" if kind == Wording.Kind.AFTER_HOURS else kind, queue.language, values)


def with_tag(mail: RenderedMail, tag: str) -> RenderedMail:
    """`mail` with the `tag` of its ticket in the subject, by which answers find it."""
    return mail if tag in mail.subject else mail.with_subject(f"{tag} {mail.subject}".strip())

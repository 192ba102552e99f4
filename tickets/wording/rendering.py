"""What a mail of a queue says: in its own words, else in the built-in ones; a broken text never stops a mail."""

from collections.abc import Mapping
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


def render(queue: Queue, kind: str, values: Mapping[str, Any], own: tuple[str, str] | None) -> RenderedMail:
    """The mail of `kind` in the words `own`, or built in.

    A text that asks for no confirmation by link gives way where one is due. A mail that answers must have its tag.
    """
    if own and ("confirm" not in values or "confirm.url" in own[1]):
        try:
            mail = render_written(*own, queue.language, values)
        except LiquidError as error:
            logger.warning("wording_broken", queue=queue.name, kind=kind, error=str(error))
            current = Wording.objects.filter(queue=queue, kind=kind, language=queue.language)[:1]
            Wording.objects.filter(pk__in=[each.pk for each in current], fault="").update(fault=explained(error)[:300])
        else:
            tag = values["ticket"]["tag"]
            return mail if tag in mail.subject else mail.with_subject(f"{tag} {mail.subject}".strip())
    return render_mail("request_received" if kind == Wording.Kind.AFTER_HOURS else kind, queue.language, values)

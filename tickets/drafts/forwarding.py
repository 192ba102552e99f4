"""A message that is forwarded: it stands quoted in the draft of who passes it on, with its files."""

from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from helpdesk.text.text_to_html import text_to_html
from recipients.addressing.normalise import display
from recipients.models import User
from tickets.drafts import drafts
from tickets.models import Attachment, Comment, Draft


def begin(message: Comment, place: drafts.Place, *, to_author: bool = False) -> Draft:
    """Put `message` and its files into the draft at `place`, below what is typed there; nobody is named in To yet.

    `to_author`: it is answered, as it was written, without the customer; so its writer is named, and has its files.
    Once only, however often it is asked for. Raises ValidationError with a sentence if the files would be too much.
    """
    files = [] if to_author else list(message.attachments.all())
    to = display(message.author_address) if to_author else drafts.NOBODY
    with transaction.atomic():
        assert place.author
        User.objects.select_for_update(no_key=True).get(pk=place.author.pk)  # clicks of one agent are in turn
        draft = drafts.find(place)
        if draft and draft.forwards_id == message.pk:
            return draft
        drafts.refuse_too_much(place, sum(file.size for file in files))
        html = (draft.html if draft else "") + "<p></p>" + _quoted(message)
        begun = {"html": html, "is_note": False, "to": to, "cc": "", "bcc": "", "forwards": message}
        draft, _made = Draft.objects.update_or_create(**place.columns, defaults=begun)
        Attachment.objects.bulk_create(
            Attachment(draft=draft, name=file.name, type=file.type, size=file.size, sha256=file.sha256)
            for file in files
        )
    return draft


def _quoted(message: Comment) -> str:
    """Who wrote it when to whom, in the queue's language, and all of its text."""
    author = display(message.author_address)
    who = f"{message.author_name} <{author}>" if message.author_name else author
    with translation.override(message.ticket.queue.language):
        at = date_format(timezone.localtime(message.written_at or message.created_at), "DATETIME_FORMAT")
        to = ", ".join(person["name"] or display(person["address"]) for person in message.to)
        facts = [(_("From"), who), (_("Date"), at), (_("Subject"), message.subject), (_("To"), to)]
        head = format_html("<p>---------- {} ----------", _("Forwarded message"))
    lines = format_html_join("", "<br>{}: {}", [fact for fact in facts if fact[1]])
    return f"{head}{lines}</p>{text_to_html(message.text)}"

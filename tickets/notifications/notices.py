"""Notices to the people who run the helpdesk: rows in the outbox, to each in their own language."""

from collections.abc import Callable, Iterable, Mapping

from django.conf import settings
from django.utils import translation

from helpdesk.wording.liquid import render_mail
from recipients.models import Role, User
from tickets.models import Outbox, TicketSettings
from tickets.notifications.outgoing import outgoing

Values = Callable[[], Mapping[str, str]]


def tell_administrators(name: str, values: Values) -> None:
    """The mail `name` to every administrator."""
    tell(User.objects.filter(role__in=[Role.ADMINISTRATOR, Role.SUPER_ADMINISTRATOR], is_active=True), name, values)


def tell(people: Iterable[User], name: str, values: Values) -> None:
    """The mail `name` to each person and to the admin address, no address twice; `values` in each language."""
    admin = TicketSettings.load().admin_email
    languages = {admin: settings.LANGUAGE_CODE} if admin else {}
    languages |= {person.email: person.language or settings.LANGUAGE_CODE for person in people}
    Outbox.objects.bulk_create(_notice(address, language, name, values) for address, language in languages.items())


def _notice(address: str, language: str, name: str, values: Values) -> Outbox:
    with translation.override(language):
        mail = render_mail(name, language, values())
    return outgoing(Outbox.Kind.NOTICE, address, mail, language=language, to_staff=True)

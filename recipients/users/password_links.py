"""The link by which somebody chooses a password, a first one or a new one. It works once, and nobody else knows it."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from helpdesk import limits
from helpdesk.wording.liquid import render_mail
from recipients.addressing.normalise import normalise
from recipients.models import User


def invite(user: User) -> None:
    """Mail `user`, in their own language, the link for a first password.

    Raises OSError or SMTPException, with a sentence in the language of the page, if the mail cannot be sent.
    """
    _send("invitation", user, settings.LANGUAGE_CODE)


def send_reset(address: str, language: str) -> bool:
    """Mail the link for a new password to whoever signs in with `address`; whether anybody does, and it was mailed.

    In their own language or else in `language`, that of the page. Raises as above.
    """
    user = User.objects.filter(email=normalise(address), is_active=True).first()
    if user is None or not limits.PASSWORD_LINKS.count(user.email):
        return False
    _send("password_reset", user, language or settings.LANGUAGE_CODE)
    return True


def _send(name: str, user: User, language: str) -> None:
    """The link is good once, for `PASSWORD_RESET_TIMEOUT` seconds, and names no host but that of SITE_URL."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    values = {
        "name": user.get_short_name(),
        "address": user.email,
        "url": settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key),
        "site": settings.SITE_URL,
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    mail = render_mail(name, user.language or language, values)
    send_mail(mail.subject, mail.text, None, [user.email], html_message=mail.html)

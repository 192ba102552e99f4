"""How does somebody get a first password without anybody else knowing it? By a link that works once."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from recipients.models import User


def invite(user: User) -> None:
    """Mail `user` a link to choose a password, good for `PASSWORD_RESET_TIMEOUT` seconds and until it was used.

    Raises OSError or SMTPException, with a sentence, if the mail cannot be sent.
    """
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    context = {
        "user": user,
        "url": settings.SITE_URL + path,
        "site": settings.SITE_URL,
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    with override(user.language or settings.LANGUAGE_CODE):
        subject, text = _("Your access to the helpdesk"), render_to_string("recipients/users/invitation.txt", context)
    # Outside: what may go wrong now is told to the administrator, not to the one who is invited.
    send_mail(subject, text, None, [user.email])

"""Links that sign in to the portal: who gets one, and the mail with it.

Everybody we exchange mail with: an address that is registered on a customer, or a recipient (paired ones and the
requesters and participants of tickets are recipients). Never an address of the helpdesk or of somebody who works
here, and never one that is banned, shared or refused by the deny list. The link proves nothing but control of the
address: what its owner then sees is asked of customers and recipients.
"""

from smtplib import SMTPException
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from helpdesk import limits
from helpdesk.wording.liquid import render_mail
from recipients.addresses.deny_list import address_rules, denied_by
from recipients.addressing.normalise import spellings
from recipients.models import (
    Branding,
    Customer,
    CustomerAddress,
    OwnAddress,
    PortalAccount,
    Recipient,
    SignInLink,
    User,
)

MINUTES = int(SignInLink.lifetime.total_seconds() // 60)


def send(address: str, language: str, next_path: str = "") -> bool:
    """Mail a link to the normalised `address`, in its language or else in `language`; whether one was mailed.

    Raises SMTPException or OSError if the mail did not leave; its link is forgotten then, and counts for nothing.
    """
    if not may_sign_in(address) or _has_enough(address):
        return False
    link, token = SignInLink.issue(address)
    path = reverse("portal_account:sign_in_link", args=[token])
    query = f"?{urlencode({'next': next_path})}" if next_path else ""
    try:
        _mail(address, settings.SITE_URL + path + query, language_of(address) or language or settings.LANGUAGE_CODE)
    except (SMTPException, OSError):
        link.delete()
        raise
    return True


def may_sign_in(address: str) -> bool:
    """Whether the owner of the normalised `address` may open the portal. At most five queries."""
    theirs = spellings(address)
    recipients = Recipient.objects.order_by().filter(address__in=theirs)
    if any(each.banned or each.shared for each in recipients):
        return False
    registered = CustomerAddress.objects.filter(address__in=theirs, customer__merged_into__isnull=True)
    if not recipients and not registered.exists():
        return False
    if OwnAddress.among([address]) or User.objects.filter(email__iexact=address).exists():
        return False
    return not denied_by([address], address_rules())


def language_of(address: str) -> str:
    """The language that its owner chose in the portal, else that of its customer; "" if there is none."""
    chosen = PortalAccount.objects.filter(address=address).values_list("language", flat=True).first()
    if chosen:
        return chosen
    theirs = Q(addresses__address=address) | Q(paired_recipients__address=address)
    customers = Customer.objects.present().filter(theirs).exclude(language="").order_by("pk")
    return customers.values_list("language", flat=True).first() or ""


def _has_enough(address: str) -> bool:
    unused = SignInLink.objects.filter(address=address, used_at__isnull=True, expires_at__gt=timezone.now())
    return unused.count() >= limits.PORTAL_LINKS.amount


def _mail(address: str, url: str, language: str) -> None:
    values = {"url": url, "minutes": MINUTES, "company": Branding.current().for_mails}
    mail = render_mail("sign_in_link", language, values)
    send_mail(mail.subject, mail.text, None, [address], html_message=mail.html)

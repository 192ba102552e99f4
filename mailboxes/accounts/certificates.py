"""The check of the certificate authorities that an administrator pastes into the form of a mailbox."""

import ssl
from datetime import UTC

from cryptography import x509
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def check_authorities(pem: str) -> None:
    """Raises ValidationError with a sentence if `pem` is anything but certificates that are valid now."""
    if "PRIVATE KEY" in pem:
        raise ValidationError(
            _("This contains a private key. Paste only the certificate, and keep the key to yourself.")
        )
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
        ssl.create_default_context(cadata=pem)
    except (ValueError, ssl.SSLError) as error:
        raise ValidationError(
            _("This is not a certificate in PEM format. Paste all of it, from “-----BEGIN CERTIFICATE-----” on.")
        ) from error
    for each in certificates:
        ends = each.not_valid_after_utc.replace(tzinfo=UTC)
        if ends < timezone.now():
            raise ValidationError(
                _("The certificate of %(name)s expired on %(date)s."),
                params={"name": each.subject.rfc4514_string(), "date": date_format(ends, "DATE_FORMAT")},
            )

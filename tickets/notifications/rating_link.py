"""The signed address at which a customer says whether they are satisfied."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "rating"


def rating_url(rating: int) -> str:
    """For the mail alone. It only opens a page: scanners of mail follow links, and nothing may come of that."""
    return f"{settings.SITE_URL}{reverse('portal:rate', args=[signing.dumps(rating, salt=SALT)])}"

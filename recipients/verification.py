"""May the sender write for the customer we found? (A04, A05, A09)"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.matching import Match, Step
from recipients.verdict import Verdict


class Validity(models.TextChoices):
    VALID = "valid", _("Valid")
    TO_VERIFY = "to_verify", _("To verify")
    VERIFIED = "verified", _("Verified")
    REJECTED = "rejected", _("Rejected")


def validity(match: Match, verdict: Verdict, *, domain_counts_as_valid: bool = False) -> Validity:
    """Steps 1 to 4 are valid at once, unless the receiving server reports an authentication failure."""
    if verdict.failed:
        return Validity.TO_VERIFY
    if match.authorises or (match.step is Step.DOMAIN and match.customer is not None and domain_counts_as_valid):
        return Validity.VALID
    return Validity.TO_VERIFY

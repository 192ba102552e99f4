"""Validity: whether the sender may write for the customer we found (A04, A05, A09)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.matching.match import Match
from recipients.matching.verdict import Verdict


class Validity(models.TextChoices):
    VALID = "valid", _("Valid")
    TO_VERIFY = "to_verify", _("To verify")
    VERIFIED = "verified", _("Verified")
    REJECTED = "rejected", _("Rejected")


def validity(match: Match, verdict: Verdict, *, domain_counts_as_valid: bool = False) -> Validity:
    """Steps 1 to 4 are valid at once, unless the receiving server reports an authentication failure.

    A person that auto-add made is no step of these: nobody has said yet that they are who they say (T18). Nor does
    anybody vouch for an author whom a group, a form or a forwarding mailbox names.
    """
    if verdict.failed or verdict.is_claim:
        return Validity.TO_VERIFY
    if match.authorises or (match.rests_on_domain and domain_counts_as_valid):
        return Validity.VALID
    return Validity.TO_VERIFY

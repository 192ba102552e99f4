"""Everybody who stands behind an address, and what was decided about them."""

from recipients.models.authorised_senders import AuthorisedSender, AuthorisedSendersChange
from recipients.models.branding import Branding
from recipients.models.changes import Batch, Change, ChangeQuerySet, CustomerMerge, Pairing, RecipientChange
from recipients.models.customers import CompanyRight, Customer, CustomerAddress, Kind, Partner
from recipients.models.deny_rules import DenyRule
from recipients.models.own_addresses import OwnAddress
from recipients.models.people import Role, User
from recipients.models.portal import PortalAccount, SignInLink
from recipients.models.recipients import Recipient
from recipients.models.settings import RecognitionSettings

__all__ = [
    "AuthorisedSender",
    "AuthorisedSendersChange",
    "Batch",
    "Branding",
    "Change",
    "ChangeQuerySet",
    "CompanyRight",
    "Customer",
    "CustomerAddress",
    "CustomerMerge",
    "DenyRule",
    "Kind",
    "OwnAddress",
    "Pairing",
    "Partner",
    "PortalAccount",
    "Recipient",
    "RecipientChange",
    "RecognitionSettings",
    "Role",
    "SignInLink",
    "User",
]

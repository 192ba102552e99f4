"""The address book: everybody who stands behind an address."""

from recipients.models.addresses import AuthorisedSender, DenyRule, OwnAddress
from recipients.models.customers import CompanyRight, Customer, CustomerAddress, Kind, Partner
from recipients.models.merges import CustomerMerge
from recipients.models.people import Role, User
from recipients.models.portal import AuthorisedSendersChange, PortalAccount, SignInLink
from recipients.models.recipients import Changed, Pairing, Recipient, RecipientChange
from recipients.models.settings import RecognitionSettings

__all__ = [
    "AuthorisedSender",
    "AuthorisedSendersChange",
    "Changed",
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

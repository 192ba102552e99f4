"""The address book: everybody who stands behind an address."""

from recipients.models.addresses import AuthorisedSender, DenyRule, OwnAddress, Pairing, Recipient
from recipients.models.customers import Customer, CustomerAddress, Kind, Partner
from recipients.models.people import Role, User
from recipients.models.settings import RecognitionSettings

__all__ = [
    "AuthorisedSender",
    "Customer",
    "CustomerAddress",
    "DenyRule",
    "Kind",
    "OwnAddress",
    "Pairing",
    "Partner",
    "Recipient",
    "RecognitionSettings",
    "Role",
    "User",
]

"""Who plays in the demo? Brightwater Coffee, which rents and repairs coffee machines, and those who write to it."""

from dataclasses import dataclass

from django.utils import timezone

from helpdesk.demo.mailserver import HOST
from helpdesk.demo.postoffice import HELPDESK, PASSWORD, PostOffice
from mailboxes.models import Address, Mailbox, save_with_address
from recipients.addressing.normalise import normalise
from recipients.models import (
    AuthorisedSender,
    Branding,
    CompanyRight,
    Customer,
    CustomerAddress,
    Kind,
    Partner,
    Role,
    User,
)
from tickets.models import Priority, Queue, ServiceLevel, TicketSettings

DOMAIN = "brightwater.example"
MAIN_ADDRESS = f"support@{DOMAIN}"
ADMIN_EMAIL = f"office@{DOMAIN}"


@dataclass(frozen=True)
class Staff:
    first_name: str
    last_name: str
    role: Role
    queues: tuple[str, ...] = ()
    partner: str = ""

    @property
    def email(self) -> str:
        return f"{self.first_name.lower()}@{DOMAIN}"


@dataclass(frozen=True)
class Company:
    name: str
    number: str
    addresses: tuple[str, ...]
    partner: str = ""
    kind: Kind = Kind.CUSTOMER
    persons: tuple[tuple[str, tuple[str, ...]], ...] = ()  # name and addresses
    authorised: tuple[str, ...] = ()  # addresses and domains


ADMINISTRATOR = Staff("Ada", "Lindqvist", Role.SUPER_ADMINISTRATOR)
ANNA = Staff("Anna", "Berg", Role.AGENT, ("Support", "Billing"))
STAFF = (
    ADMINISTRATOR,
    ANNA,
    Staff("Ben", "Okafor", Role.AGENT, ("Sales", "Support"), partner="North"),
)
QUEUES = {"Support": MAIN_ADDRESS, "Sales": f"sales@{DOMAIN}", "Billing": f"billing@{DOMAIN}"}
#: Who is shown to sign in to the portal; she may edit her company's account details too.
VISITOR = "carla@acme.example"
ACCOUNTANT = "post@kanzlei-huber.example"
STRANGERS = {
    ACCOUNTANT: "Kanzlei Huber",
    "carla.conti@postbox.example": "Carla, from home",
    "night@blueharbour.example": "Night shift of Blue Harbour",
    "luca.rossi@webpost.example": "Luca Rossi",
    "mallory@stranger.example": "Mallory",
    "irina@chayka.example": "Ирина Соколова",
}
COMPANIES = (
    Company(
        "Acme GmbH",
        "C-1001",
        ("office@acme.example",),
        partner="North",
        persons=(("Carla Conti", ("carla@acme.example",)), ("Tom Weber", ("tom.weber@acme.example",))),
        authorised=("carla.conti@postbox.example", "acme-logistics.example"),
    ),
    Company(
        "Blue Harbour Hotel",
        "C-1002",
        ("frontdesk@blueharbour.example",),
        partner="South",
        persons=(("Maya Olsen", ("maya@blueharbour.example",)),),
    ),
    # Both use the accountant's address, so that nobody can say for whom a mail of hers is.
    Company("Nordlicht Apotheke", "C-1003", ("kontakt@nordlicht-apotheke.example", ACCOUNTANT)),
    Company("Seeblick Apotheke", "C-1004", ("info@seeblick-apotheke.example", ACCOUNTANT)),
    Company("Fairmont Beans", "S-2001", ("orders@fairmontbeans.example",), kind=Kind.SUPPLIER),
)


def everybody() -> list[str]:
    """The addresses of all people of the demo: those with a mailbox of their own on its mail server."""
    of_customers = [
        address
        for company in COMPANIES
        for address in (*(a for _, own in company.persons for a in own), *company.addresses)
    ]
    return list(dict.fromkeys([*of_customers, *STRANGERS, ADMIN_EMAIL, *(person.email for person in STAFF)]))


def names() -> dict[str, str]:
    """What the people are called, by their addresses."""
    staff = {person.email: f"{person.first_name} {person.last_name}" for person in STAFF}
    companies = {address: company.name for company in COMPANIES for address in company.addresses}
    persons = {a: name for company in COMPANIES for name, addresses in company.persons for a in addresses}
    return {**companies, **persons, **STRANGERS, ADMIN_EMAIL: "Office of Brightwater", **staff}


def create_administrator() -> User:
    """The one who can set everything up; found again if the demo has run before."""
    return _user(ADMINISTRATOR)


def create_everything(office: PostOffice) -> None:
    """Staff, queues, customers and the mailbox of `office`. Called twice, it makes nothing twice."""
    TicketSettings.objects.get_or_create(pk=1, defaults={"admin_email": ADMIN_EMAIL})
    queues = {name: _queue(name) for name in QUEUES}
    for person in STAFF:
        user = _user(person)
        user.queues.add(*(queues[name] for name in person.queues))
    for company in COMPANIES:
        _company(company)
    _service_level()
    _mailbox(office, queues)


def _user(person: Staff) -> User:
    if user := User.objects.filter(email=person.email).first():
        return user
    partner = Partner.objects.get_or_create(name=person.partner)[0] if person.partner else None
    return User.objects.create_user(
        person.email,
        PASSWORD,
        first_name=person.first_name,
        last_name=person.last_name,
        role=person.role,
        partner=partner,
        signature="Brightwater Coffee, customer service",
    )


def _queue(name: str) -> Queue:
    """Newsletters and monitors make no noise there."""
    chosen = {"is_default": name == "Support", "bulk_mail": Queue.BulkMail.QUIET}
    return Queue.objects.get_or_create(name=name, defaults=chosen)[0]


def _service_level() -> None:
    """One for every ticket, so that people see when something is due."""
    level, is_new = ServiceLevel.objects.get_or_create(name="Standard")
    if is_new:
        times = ((Priority.URGENT, 30, 4 * 60), (Priority.HIGH, 2 * 60, 8 * 60), (Priority.NORMAL, 4 * 60, 24 * 60))
        for priority, response, resolution in times:
            level.times.create(priority=priority, response=response, resolution=resolution)
        level.save()  # so that it is read anew, with its times


def _company(sample: Company) -> None:
    partner = Partner.objects.get_or_create(name=sample.partner)[0] if sample.partner else None
    company, is_new = Customer.objects.get_or_create(
        number=sample.number,
        defaults={"name": sample.name, "is_company": True, "kind": sample.kind, "partner": partner},
    )
    if not is_new:
        return
    _register(company, sample.addresses)
    for value in sample.authorised:
        kind = AuthorisedSender.Kind.ADDRESS if "@" in value else AuthorisedSender.Kind.DOMAIN
        AuthorisedSender.objects.create(customer=company, kind=kind, value=normalise(value) or value)
    for name, addresses in sample.persons:
        right = CompanyRight.MANAGE if VISITOR in addresses else CompanyRight.NONE
        person = Customer.objects.create(
            name=name, company=company, company_right=right, partner=partner, kind=sample.kind
        )
        _register(person, addresses)


def _register(customer: Customer, addresses: tuple[str, ...]) -> None:
    for position, address in enumerate(addresses):
        CustomerAddress.objects.create(customer=customer, address=address, is_primary=position == 0)


def _mailbox(office: PostOffice, queues: dict[str, Queue]) -> None:
    if Mailbox.objects.filter(imap_username=HELPDESK).exists():
        return
    mailbox = Mailbox(
        name="Brightwater Coffee",
        imap_username=HELPDESK,
        imap_password=PASSWORD,
        imap_host=HOST,
        imap_port=office.imap_port,
        imap_security=Mailbox.Security.PLAIN,
        smtp_host=HOST,
        smtp_port=office.smtp_port,
        smtp_security=Mailbox.Security.PLAIN,
        plus_addressing=True,
        poll_seconds=5,
    )
    Branding(pk=1, name="Brightwater Coffee", colour="#0b5d4e").save()
    save_with_address(mailbox, MAIN_ADDRESS, queues["Support"], name="Brightwater Support")
    for name, address in QUEUES.items():
        if address != MAIN_ADDRESS:
            Address.objects.create(
                mailbox=mailbox,
                address=address,
                name=f"Brightwater {name}",
                queue=queues[name],
                verified_at=timezone.now(),
            )


def reconnect(office: PostOffice) -> None:
    """Tell the mailboxes of earlier runs at which ports the demo's mail server listens now."""
    Mailbox.objects.filter(imap_host=HOST).update(imap_port=office.imap_port, next_poll_at=timezone.now())
    Mailbox.objects.filter(smtp_host=HOST).update(smtp_port=office.smtp_port)

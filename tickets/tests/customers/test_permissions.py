"""Every action on addresses and customers, tried as every role and partner, by form and by URL (R15, R30, R31)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from recipients.decisions import actions
from recipients.models import Batch, Customer, CustomerMerge, Partner, Recipient, RecipientChange, Role, User
from tickets.models import Queue, Ticket, TicketMove

pytestmark = pytest.mark.django_db

#: Who asks: role and partner. "mine" is the partner of the customer in question.
PEOPLE = {
    "visitor": (None, None),
    "agent of Any": (Role.AGENT, None),
    "agent of the partner": (Role.AGENT, "mine"),
    "agent of another partner": (Role.AGENT, "other"),
    "administrator of another partner": (Role.ADMINISTRATOR, "other"),
    "super administrator of another partner": (Role.SUPER_ADMINISTRATOR, "other"),
}
SEES_ALL = {"agent of Any", "super administrator of another partner"}
SEES_PAIRED = SEES_ALL | {"agent of the partner"}


@dataclass
class Place:
    """What the actions are tried on: an address that is paired, one that is not, a ticket of each, two customers."""

    paired: Recipient
    unpaired: Recipient
    ticket: Ticket
    unassigned: Ticket
    mine: Customer
    foreign: Customer
    batch: str
    merge: CustomerMerge


@dataclass(frozen=True)
class Action:
    name: str
    path: Callable[[Place], str]
    allowed: set[str]
    data: Callable[[Place], dict[str, object]] = lambda place: {}
    methods: tuple[str, ...] = ("get", "post")


def _chosen(recipient: str, **more: object) -> Callable[[Place], dict[str, object]]:
    return lambda place: {"selected": getattr(place, recipient).pk, "confirmed": "1", **more}


ACTIONS = [
    *(
        Action(f"{verb} the {which} one", lambda place, verb=verb: f"/recipients/{verb}/", allowed, _chosen(which))
        for verb in ("ban", "unban", "share", "unshare", "reach", "unpair", "pair")
        for which, allowed in (("paired", SEES_PAIRED), ("unpaired", SEES_ALL))
    ),
    Action("rename", lambda place: f"/recipients/{place.paired.pk}/name/", SEES_PAIRED, lambda place: {"name": "New"}),
    Action("rename unpaired", lambda place: f"/recipients/{place.unpaired.pk}/name/", SEES_ALL),
    Action("look at", lambda place: f"/recipients/{place.paired.pk}/", SEES_PAIRED, methods=("get",)),
    Action("look at unpaired", lambda place: f"/recipients/{place.unpaired.pk}/", SEES_ALL, methods=("get",)),
    Action("undo", lambda place: f"/recipients/undo/{place.batch}/", SEES_PAIRED, methods=("post",)),
    Action(
        "undo one",
        lambda place: f"/recipients/undo/{place.batch}/",
        SEES_PAIRED,
        lambda place: {"only": place.paired.pk},
        methods=("post",),
    ),
    Action("customer", lambda place: f"/tickets/{place.ticket.pk}/customer/", SEES_PAIRED),
    Action("customer of nobody's", lambda place: f"/tickets/{place.unassigned.pk}/customer/", SEES_ALL),
    Action("change pair", lambda place: f"/tickets/{place.ticket.pk}/customer/{place.mine.pk}/", SEES_PAIRED),
    Action(
        "change pair to a foreign customer",
        lambda place: f"/tickets/{place.ticket.pk}/customer/{place.foreign.pk}/",
        SEES_ALL,
        lambda place: {"answer": "yes"},
    ),
    Action(
        "pair requester",
        lambda place: f"/tickets/{place.unassigned.pk}/pair/",
        SEES_ALL,
        lambda place: {"customer": place.mine.pk},
    ),
    Action("ban requester", lambda place: f"/tickets/{place.ticket.pk}/ban/", SEES_PAIRED),
    Action("ban nobody's requester", lambda place: f"/tickets/{place.unassigned.pk}/ban/", SEES_ALL),
    Action("merge", lambda place: f"/recipients/customers/{place.mine.pk}/merge/", SEES_PAIRED),
    Action("merge foreign", lambda place: f"/recipients/customers/{place.foreign.pk}/merge/", SEES_ALL),
    Action(
        "undo merge",
        lambda place: f"/recipients/customers/merges/{place.merge.pk}/undo/",
        SEES_PAIRED,
        methods=("post",),
    ),
]


@pytest.fixture
def partners(db: None) -> dict[str, Partner]:
    return {name: Partner.objects.create(name=name) for name in ("mine", "other", "third")}


@pytest.fixture
def place(queue: Queue, ada: User, partners: dict[str, Partner]) -> Place:
    mine = Customer.objects.create(name="Mine", partner=partners["mine"])
    foreign = Customer.objects.create(name="Foreign", partner=partners["third"])
    gone = Customer.objects.create(name="Gone", partner=partners["mine"], merged_into=mine)
    paired, unpaired = Recipient.objects.known("paired@z.example"), Recipient.objects.known("unpaired@z.example")
    batch = str(actions.pair(Recipient.objects.filter(pk=paired.pk), mine, by=ada).batch.pk)

    def ticket(requester: Recipient, customer: Customer | None) -> Ticket:
        return Ticket.objects.create(
            queue=queue, requester=requester, customer=customer, subject="Help", bare_subject="help"
        )

    before = {"addresses": [], "senders": [], "persons": [], "merged": [], "company": None}
    merging = Batch.objects.create(kind=Batch.Kind.MERGED, by=ada)
    merge = CustomerMerge.objects.create(batch=merging, survivor=mine, merged=gone, before=before)
    return Place(paired, unpaired, ticket(paired, mine), ticket(unpaired, None), mine, foreign, batch, merge)


@pytest.fixture
def signed_in(client: Client, queue: Queue, partners: dict[str, Partner]) -> Callable[[str], Client]:
    def sign_in(who: str) -> Client:
        role, partner = PEOPLE[who]
        if role:
            of = partners[partner] if partner else None
            user = User.objects.create_user("somebody@helpdesk.example", "x" * 12, role=role, partner=of)
            user.queues.add(queue)
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


def world() -> list[object]:
    """Everything that an action could have changed."""
    return [
        list(Recipient.objects.order_by("pk").values()),
        list(Ticket.objects.order_by("pk").values()),
        list(Customer.objects.order_by("pk").values()),
        RecipientChange.objects.count(),
        TicketMove.objects.count(),
    ]


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_who_may_not_is_refused_by_form_and_by_url(
    place: Place, signed_in: Callable[[str], Client], action: Action, who: str
) -> None:
    client, before = signed_in(who), world()
    for method in action.methods:
        response = getattr(client, method)(action.path(place), action.data(place))
        if who == "visitor":
            assert response["Location"].startswith("/accounts/login/"), method
        elif who in action.allowed:
            assert response.status_code in (200, 302, 422), method
        else:
            assert response.status_code in (403, 404), method
    if who not in action.allowed:
        assert world() == before


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "visitor"])
def test_lists_exports_and_searches_show_what_one_may_see(  # R30
    place: Place, signed_in: Callable[[str], Client], who: str
) -> None:
    client = signed_in(who)
    expected = {
        "unpaired@z.example": who in SEES_ALL,
        "paired@z.example": who in SEES_PAIRED,
    }
    pages = ("/recipients/", "/recipients/print/", "/recipients/export/?format=csv", "/recipients/export/?format=json")
    for path in pages:
        text = client.get(path).getvalue().decode() if "format" in path else client.get(path).content.decode()
        assert {address: f"{address}" in text for address in expected} == expected, path
    found = client.get("/customers/?text=foreign").content.decode()
    assert ("Foreign" in found.split("<tbody")[-1] and "<tbody" in found) == (who in SEES_ALL)


@pytest.mark.parametrize("who", ["agent of the partner", "agent of another partner"])
def test_a_bulk_action_changes_only_what_one_may_see(
    place: Place, signed_in: Callable[[str], Client], who: str
) -> None:
    signed_in(who).post("/recipients/ban/", {"everything": "1", "filter": "", "confirmed": "1"})
    place.paired.refresh_from_db()
    place.unpaired.refresh_from_db()
    assert (place.paired.banned, place.unpaired.banned) == (who in SEES_PAIRED, False)


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "visitor"])
def test_nobody_pairs_with_a_customer_they_do_not_see(
    place: Place, signed_in: Callable[[str], Client], who: str
) -> None:
    client = signed_in(who)
    data = {"selected": place.paired.pk, "customer": place.foreign.pk, "do": "pair"}
    client.post("/recipients/pair/", data)
    client.post(f"/tickets/{place.ticket.pk}/customer/", {"customer": place.foreign.pk})
    place.paired.refresh_from_db()
    assert (place.paired.customer == place.foreign) is (who in SEES_ALL)


@pytest.mark.parametrize("path", ["/tickets/", "/tickets/new/", "/tickets/replies/new/", "/profile/"])
def test_of_colleagues_of_another_partner_nothing_is_shown_and_they_are_given_nothing(
    as_anna: Client, anna: User, queue: Queue, path: str
) -> None:
    """R30."""
    north, south = Partner.objects.create(name="North"), Partner.objects.create(name="South")
    people = {"Nora": north, "Sören": south, "Alva": None}
    for name, partner in people.items():
        email = f"{name.lower().replace('ö', 'o')}@helpdesk.example"
        User.objects.create_user(email, first_name=name, last_name="Lund", partner=partner).queues.add(queue)
    User.objects.create_superuser("top@helpdesk.example", first_name="Top", last_name="Boss", partner=south)
    User.objects.filter(pk=anna.pk).update(partner=north)
    shown = as_anna.get(path).content.decode()
    assert "Sören Lund" not in shown
    for known in ("Nora Lund", "Alva Lund", "Top Boss"):
        assert known in shown
    User.objects.filter(pk=anna.pk).update(partner=None)
    assert "Sören Lund" in as_anna.get(path).content.decode()

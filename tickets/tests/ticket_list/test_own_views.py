"""Does an agent find a list again that they have kept under a name, and nobody else's?"""

from django.test import Client

from helpdesk import limits
from recipients.models import User
from tickets.tests.conftest import MakeTicket

LIST = "/tickets/"


def keep(client: Client, query: str, name: str) -> str:
    response = client.post(f"{LIST}views/new/?{query}", {"name": name})
    assert response.status_code == 302, response.context["form"].errors
    return str(response["Location"])


def test_a_list_is_kept_under_a_name_and_found_beside_the_views(
    as_anna: Client, make_ticket: MakeTicket, anna: User
) -> None:
    make_ticket("Mine and urgent", priority=4, assignee=anna)
    make_ticket("Mine", assignee=anna)
    make_ticket("Urgent", priority=4)
    query = "from=mine&text=&priority=4&agent=&page=2"
    assert f"{LIST}views/new/?" in as_anna.get(f"{LIST}?from=mine&priority=4").content.decode()
    address = keep(as_anna, query, " Urgent  of mine ")
    assert address.startswith(f"{LIST}?priority=4&view=mine&own=")
    page = as_anna.get(address)
    assert [row.record.subject for row in page.context["table"].rows] == ["Mine and urgent"]
    shown = page.content.decode()
    assert '<span id="list-heading">Urgent of mine</span>' in shown
    assert shown.count('aria-current="page"') == as_anna.get(LIST).content.decode().count('aria-current="page"')
    assert "Urgent of mine" in as_anna.get(LIST).content.decode()
    assert "Urgent of mine" in as_anna.get("/tickets/palette/?text=of+mine").content.decode()


def test_a_view_is_its_keepers_alone_and_is_given_up(as_anna: Client, anna: User, ada: User) -> None:
    address = keep(as_anna, "status=open", "Open ones")
    as_ada = Client()
    as_ada.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Open ones" not in as_ada.get(LIST).content.decode()
    key = address.rpartition("own=")[2]
    as_ada.post(f"{LIST}views/{key}/delete/")
    anna.refresh_from_db()
    assert len(anna.ticket_views) == 1
    response = as_anna.post(f"{LIST}views/{key}/delete/", follow=True)
    assert "You can save it again." in response.content.decode()
    anna.refresh_from_db()
    assert anna.ticket_views == []


def test_a_name_is_used_once_and_there_is_an_end_of_views(as_anna: Client, anna: User) -> None:
    keep(as_anna, "status=open", "Open ones")
    keep(as_anna, "status=new", "open Ones")
    anna.refresh_from_db()
    assert [each["query"] for each in anna.ticket_views] == ["status=new&view=all"]
    anna.ticket_views = anna.ticket_views * limits.OWN_VIEWS.amount
    anna.save()
    response = as_anna.post(f"{LIST}views/new/?status=open", {"name": "One more"})
    assert response.status_code == 422
    assert "Delete one first." in response.content.decode()

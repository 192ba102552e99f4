"""Does an administrator of one partner give nobody, themselves included, more than they have?"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from recipients.models import Partner, Role, User
from recipients.tests.users.test_user_pages import NEW, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def south(db: None) -> Partner:
    return Partner.objects.create(name="South")


@pytest.fixture
def uma(main_partner: Partner) -> User:
    """Uma, administrator of the partner Main."""
    return User.objects.create_user(
        "uma@helpdesk.example", first_name="Uma", role=Role.ADMINISTRATOR, partner=main_partner
    )


@pytest.fixture
def as_uma(uma: User) -> Client:
    client = Client()
    client.force_login(uma, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_own_partner_stays(as_uma: Client, uma: User, south: Partner) -> None:
    for partner in ("", south.pk):
        as_uma.post(reverse("settings:user", args=[uma.pk]), typed(email=uma.email, role=uma.role, partner=partner))
        uma.refresh_from_db()
        assert uma.partner
        assert uma.partner.name == "Main"


def test_whoever_they_make_works_for_their_partner(as_uma: Client, south: Partner) -> None:
    for n, partner in enumerate(("", south.pk)):
        new = typed(email=f"new{n}@helpdesk.example", role="administrator", partner=partner, password=NEW)
        as_uma.post(reverse("settings:user_add"), new)
        made = User.objects.get(email=f"new{n}@helpdesk.example")
        assert made.partner
        assert made.partner.name == "Main"


def test_users_of_any_and_of_other_partners_are_not_theirs(
    as_uma: Client, anna: User, ada: User, south: Partner
) -> None:
    sven = User.objects.create_user("sven@helpdesk.example", NEW, partner=south)
    shown = as_uma.get(reverse("settings:users")).content.decode()
    assert "uma@helpdesk.example" in shown
    for user in (anna, ada, sven):
        assert user.email not in shown
        for name in ("settings:user", "settings:user_password", "settings:user_invite"):
            assert as_uma.post(reverse(name, args=[user.pk]), {"password": NEW + "!"}).status_code == 404
        user.refresh_from_db()
        assert not user.check_password(NEW + "!")


def test_their_settings_are_the_users_alone(as_uma: Client) -> None:
    page = as_uma.get(reverse("settings:home")).content.decode()
    assert reverse("settings:users") in page
    for name in ("settings:mailboxes", "settings:partners", "settings:tickets", "setup"):
        assert reverse(name) not in page


@pytest.mark.parametrize("name", ["home", "users", "satisfaction", "service_level_report"])
def test_every_link_on_their_settings_opens(as_uma: Client, name: str) -> None:
    """What they may not see is not offered, not even above the heading."""
    page = as_uma.get(reverse(f"settings:{name}")).content.decode()
    links = set(re.findall(r'<a [^>]*href="(/(?!accounts/)[^"#]+)"', page))
    assert reverse("settings:service_level_report") in links
    assert [link for link in links if as_uma.get(link, follow=True).status_code != 200] == []
    assert page.count('aria-current="page"') <= 2  # where one is in the main navigation and in the settings

"""Do the recognition settings do what they say, and name what is wrong?"""

import pytest
from django.test import Client
from django.urls import reverse

from recipients.matching.directory import match_sender
from recipients.models import Customer, RecognitionSettings

pytestmark = pytest.mark.django_db

URL = "settings:recognition"


def test_a_saved_setting_changes_whom_the_matcher_chooses(as_ada: Client, acme: Customer) -> None:
    # W09, W12, W14
    assert match_sender("new@acme.example").customer == acme.pk
    page = as_ada.post(
        reverse(URL), {"preference": "person", "allowed_kinds": ["lead"], "public_domains_added": "Acme.example"}
    )
    assert page.status_code == 302
    assert match_sender("new@acme.example").customer is None
    assert match_sender("office@acme.example").customer is None
    saved = RecognitionSettings.load()
    assert (saved.preference, saved.allowed_kinds, saved.public_domains_added) == ("person", ["lead"], "acme.example")


def test_a_wrong_domain_is_named_and_nothing_is_saved(as_ada: Client) -> None:
    # T23
    page = as_ada.post(
        reverse(URL),
        {"preference": "none", "allowed_kinds": ["customer"], "public_domains_added": "good.example\nnot a/domain"},
    )
    assert "These are not domains: not, a/domain." in page.content.decode()
    assert RecognitionSettings.load().preference == "company"


def test_a_domain_in_both_lists_is_named(as_ada: Client) -> None:
    page = as_ada.post(
        reverse(URL),
        {
            "preference": "none",
            "allowed_kinds": ["customer"],
            "public_domains_added": "one.example\nTwo.example",
            "public_domains_excepted": "two.example",
        },
    )

    assert "These are in both lists: two.example." in page.content.decode()
    assert not RecognitionSettings.load().public_domains_added


def test_the_form_shows_what_is_set(as_ada: Client) -> None:
    RecognitionSettings(pk=1, preference="none", allowed_kinds=["supplier"]).save()
    form = as_ada.get(reverse(URL)).context["form"]
    assert form["preference"].value() == "none"
    assert form["allowed_kinds"].value() == ["supplier"]

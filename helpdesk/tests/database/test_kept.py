"""Does everybody go by rows that change rarely as they are committed, and never by what was taken back?"""

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from recipients.models import User
from tickets.models import CannedReply, Category, Queue
from tickets.models.setup import category as categories
from tickets.models.setup.canned_reply import are_there_buttons
from tickets.models.setup.queue import are_there_forums


def names() -> list[str]:
    return [each.path for each in categories.categories().values()]


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_shown_to_nobody() -> None:
    Category.objects.create(name="Hardware")
    with transaction.atomic():
        Category.objects.create(name="Printers")
        assert names() == ["Hardware", "Printers"]  # who writes it reads it
        transaction.set_rollback(True)
    assert names() == ["Hardware"]
    with transaction.atomic():
        Category.objects.create(name="Phones")
        with transaction.atomic():
            Category.objects.create(name="Faxes")
            assert "Faxes" in names()
            transaction.set_rollback(True)
        assert names() == ["Hardware", "Phones"]
    assert names() == ["Hardware", "Phones"]


@pytest.mark.django_db(transaction=True)
def test_who_reads_while_another_saves_does_not_put_the_old_back() -> None:
    """The rows were read before the other one committed, and would be kept after it."""
    kept, read = categories.KEPT, categories.KEPT.read
    cache.delete(kept.key)

    def overtaken() -> object:
        found = read()
        object.__setattr__(kept, "read", read)
        Category.objects.create(name="Printers")
        return found

    object.__setattr__(kept, "read", overtaken)
    try:
        names()
    finally:
        object.__setattr__(kept, "read", read)
    assert names() == ["Printers"]


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_together_under_admin_is_gone_at_once(client: Client, superuser: User) -> None:
    chosen = [Category.objects.create(name=name).pk for name in ("Hardware", "Printers")]
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    asked = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    assert client.post("/admin/tickets/category/", asked).status_code == 302
    assert names() == []


@pytest.mark.django_db(transaction=True)
def test_buttons_and_forums_are_there_as_soon_as_they_are_saved(django_assert_num_queries: object) -> None:
    assert (are_there_buttons(), are_there_forums()) == (False, False)
    button = CannedReply.objects.create(name="Close", html="Bye", is_button=True)
    forum = Queue.objects.create(name="Club", forum=Queue.Forum.EVERYONE)
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's
        assert (are_there_buttons(), are_there_forums()) == (True, True)
    button.delete()
    forum.forum = ""
    forum.save()
    assert (are_there_buttons(), are_there_forums()) == (False, False)

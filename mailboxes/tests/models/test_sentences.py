"""Are the sentences about a mailbox read in the language of their reader, whoever wrote them down?"""

import pickle
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from mailboxes.connections.account import Account, Security, Step, cut_off, refused_login
from mailboxes.connections.sentences import Sentence, TranslatableText, deserialized, in_current_language
from mailboxes.fetching.report import report
from mailboxes.models import Mailbox, OAuthAccount
from recipients.models import User
from tickets.models import Outbox

LANGUAGES = [code for code, _name in settings.LANGUAGES]
ACCOUNT = Account("mx.example.com", 993, Security.TLS, "support")
VALUES: dict[str, Any] = {
    **dict.fromkeys(("server", "host", "user", "folder", "error", "provider", "path"), "mx.example.com"),
    "reply": "no {“%s”}",
    "seconds": 30.0,
    "count": 3,
    "code": 75,
}


def filled(sentence: Sentence) -> TranslatableText:
    """With every value that it has."""
    values = VALUES | {"reason": Sentence.CLOSED_BY_SERVER.text(), "day": date(2026, 11, 29)}
    return sentence.text(**{name: value for name, value in values.items() if f"%({name})" in sentence.label})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_stored_in_no_language_and_read_in_each(language: str) -> None:
    stored = {sentence: filled(sentence).serialized() for sentence in Sentence}
    with override(language):
        for sentence, text in stored.items():
            expected = filled(sentence)
            assert deserialized(text) == expected
            assert in_current_language(pickle.loads(pickle.dumps(expected))) == expected


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("The server said no.", "The server said no."),
        ('{"code": "of a later version", "values": {}, "text": "No."}', "No."),
        ('{"code": "refused", "values": {"another": 1}, "text": "No."}', "No."),
        ('{"code": 1}', '{"code": 1}'),
        ('{"code" nothing', '{"code" nothing'),
    ],
)
def test_what_is_no_sentence_of_this_version_is_read_as_it_is(stored: str, text: str) -> None:
    assert deserialized(stored) == text


@pytest.mark.django_db
def test_a_german_reads_in_german_what_a_worker_wrote(support: Mailbox, as_ada: Client, ada: User) -> None:
    User.objects.update(language="de")
    report(support, Mailbox.State.LOGIN, refused_login(ACCOUNT, "535 no", for_now=False).message)
    broken = cut_off(ACCOUNT, Step.SEND, ConnectionResetError(104, "reset")).message
    Mailbox.objects.update(sending_trouble=broken, sending_paused_until=timezone.now() + timedelta(minutes=1))
    mail = Outbox.objects.get(recipient=ada.email)
    pages = [
        as_ada.get(address).content.decode()
        for address in (reverse("settings:mailboxes"), reverse("settings:mailbox", args=[support.pk]), reverse("setup"))
    ]
    for text in (mail.text, *pages):
        assert "mx.example.com:993 hat die Anmeldung von support abgelehnt: „535 no“." in text
        assert "refused" not in text
    assert "(der Server hat sie geschlossen)" in pages[1]


@pytest.mark.django_db
def test_a_german_reads_it_in_german_after_the_row_was_saved_once_more(support: Mailbox) -> None:
    refused = refused_login(ACCOUNT, "535 no", for_now=False).message
    Mailbox.objects.filter(pk=support.pk).update(state_message=refused, sending_trouble=refused)
    Mailbox.objects.get(pk=support.pk).save()
    with override("de"):
        again = Mailbox.objects.get(pk=support.pk)
    assert "hat die Anmeldung von support abgelehnt" in again.state_message
    assert "hat die Anmeldung von support abgelehnt" in again.sending_trouble


@pytest.mark.django_db
def test_an_italian_reads_in_italian_why_a_provider_refuses(support: Mailbox, as_ada: Client) -> None:
    User.objects.update(language="it")
    Mailbox.objects.update(sign_in="google")
    refused = Sentence.PROVIDER_REFUSED.text(provider="Google", error="invalid_grant")
    OAuthAccount.objects.create(mailbox=support, client_id="id", refresh_token="x", trouble=refused)
    page = as_ada.get(reverse("settings:sign_in", args=[support.pk])).content.decode()
    assert "Google ha rifiutato l’accesso: invalid_grant." in page

"""Mail is read, filed and deleted by UID, on the demo server and on Dovecot alike."""

import gc
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.mailbox import Mailbox, Opened, mail
from helpdesk.tests.servers.rude import Proxy
from mailboxes.connections.account import Step
from mailboxes.fetching import imap_session
from mailboxes.fetching.imap_session import FolderGone, Session

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def test_new_mail_is_found_sized_and_read_byte_for_byte(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("One"), mail("Two", "Zwölf Boxkämpfer"))

    with imap_mailbox.open(readonly=True) as session:
        uids = session.uids_after(0)
        envelopes = session.sizes_and_dates(uids)
        bodies = [session.raw(uid) for uid in uids]

    assert bodies == [mail("One"), mail("Two", "Zwölf Boxkämpfer")]
    assert [envelopes[uid].size for uid in uids] == [len(body) for body in bodies if body]
    assert all(
        abs(datetime.now(UTC) - (each.internaldate or LONG_AGO)) < timedelta(minutes=5) for each in envelopes.values()
    )


def test_the_last_message_is_not_new_again(imap_mailbox: Mailbox) -> None:
    # RFC 3501: `n:*` matches the last message even when its UID is below n.
    imap_mailbox.deliver(mail("One"), mail("Two"))

    with imap_mailbox.open() as session:
        first, last = session.uids_after(0)

        assert session.uids_after(first) == [last]
        assert session.uids_after(last) == []
        assert session.uids_after(last + 1000) == []


def test_an_empty_folder_has_no_mail(imap_mailbox: Mailbox) -> None:
    with imap_mailbox.open() as session:
        assert session.state.exists == 0
        assert session.uids_after(0) == []
        assert session.sizes_and_dates([]) == {}
        assert list(session.raw_many({})) == []


def test_reading_marks_nothing_as_seen(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("One"))  # L05

    with imap_mailbox.open() as session:
        (uid,) = session.uids_after(0)
        session.raw(uid)
        session.headers(uid)
        list(session.raw_many(session.sizes_and_dates([uid])))
        assert "\\Seen" not in session.sizes_and_dates([uid])[uid].flags

        session.mark_seen([uid])
        assert "\\Seen" in session.sizes_and_dates([uid])[uid].flags


def test_mail_that_somebody_read_is_still_new_to_us(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("One"))  # L05

    with imap_mailbox.open() as session:
        session.mark_seen(session.uids_after(0))
    with imap_mailbox.open() as session:
        assert len(session.uids_after(0)) == 1


def test_a_message_deleted_meanwhile_is_nothing_and_harms_no_other(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("One"), mail("Two"), mail("Three"))

    with imap_mailbox.open() as session, imap_mailbox.open() as other:
        one, two, three = session.uids_after(0)
        envelopes = session.sizes_and_dates([one, two, three])
        other.delete([two])
        if isinstance(imap_mailbox.server, MailServer):
            session.select("INBOX", readonly=False)  # it shows what is gone until then, as RFC 2180 allows

        assert session.raw(two) is None
        assert session.headers(two) is None
        assert [fetched.raw for fetched in session.raw_many(envelopes)] == [mail("One"), None, mail("Three")]
        session.mark_seen([two])
        session.delete([two])
        assert session.uids_after(0) == [one, three]


def test_deleting_while_reading_skips_no_mail(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(*(mail(f"Number {number}") for number in range(6)))  # L01
    read = []

    with imap_mailbox.open() as session:
        for uid in session.uids_after(0):
            read.append(session.raw(uid))
            session.delete([uid])

    assert read == [mail(f"Number {number}") for number in range(6)]
    assert imap_mailbox.messages() == []


def test_delete_leaves_what_others_marked_as_deleted(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("Ours"), mail("Theirs"))

    with imap_mailbox.open() as session:
        ours, theirs = session.uids_after(0)
        session._client.add_flags([theirs], [b"\\Deleted"])  # as another mail program does
        session.delete([ours])

    assert imap_mailbox.messages() == [mail("Theirs")]


@pytest.mark.parametrize("has_move", [True, False])
def test_move_takes_ours_and_leaves_what_others_marked_as_deleted(imap_mailbox: Mailbox, *, has_move: bool) -> None:
    imap_mailbox.folder("Done")
    imap_mailbox.deliver(mail("Ours"), mail("Theirs"))

    with Proxy(imap_mailbox.account.port, lambda said: said if has_move else said.replace(b" MOVE", b" XXXX")) as proxy:
        with Opened(replace(imap_mailbox.account, port=proxy.port)) as session:
            ours, theirs = session.uids_after(0)
            session._client.add_flags([theirs], [b"\\Deleted"])
            session.move([ours], "Done")
        assert (b"UID MOVE" in proxy.heard) == has_move

    assert imap_mailbox.messages() == [mail("Theirs")]
    assert imap_mailbox.messages("Done") == [mail("Ours")]


def test_without_uidplus_nothing_is_expunged(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("Ours"))

    with Proxy(imap_mailbox.account.port, lambda said: said.replace(b" UIDPLUS", b" XXXXXXX")) as proxy:
        with Opened(replace(imap_mailbox.account, port=proxy.port)) as session:
            session.delete(session.uids_after(0))
        assert b"EXPUNGE" not in proxy.heard

    with imap_mailbox.open() as session:
        (envelope,) = session.sizes_and_dates(session.uids_after(0)).values()
    assert "\\Deleted" in envelope.flags


def test_moving_to_a_folder_that_is_gone_keeps_the_mail(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("One"))

    with imap_mailbox.open() as session:
        uids = session.uids_after(0)
        with pytest.raises(FolderGone) as caught:
            session.move(uids, "Nowhere")
        assert session.uids_after(0) == uids

    assert "Nowhere" in caught.value.message
    assert caught.value.step is Step.CHANGE


def test_a_folder_that_is_gone_is_named_and_the_connection_goes_on(imap_mailbox: Mailbox) -> None:
    imap_mailbox.folder("Support")
    imap_mailbox.server.delete_folder(imap_mailbox.user, "Support")

    with Session(imap_mailbox.account) as session:
        with pytest.raises(FolderGone) as caught:
            session.select("Support", readonly=True)
        assert session.select("INBOX", readonly=True).exists == 0

    assert not caught.value.temporary
    assert "“Support”" in caught.value.message


@pytest.mark.parametrize("name", ["", "INBOX\r\nA1 DELETE INBOX", "\0"])
def test_a_folder_name_never_becomes_a_command(imap_mailbox: Mailbox, name: str) -> None:
    with Session(imap_mailbox.account) as session, pytest.raises(FolderGone):
        session.select(name, readonly=False)


@pytest.mark.parametrize("name", ["Erledigt & abgelegt", "Обработано", 'With "quotes"'])
def test_folders_may_have_any_name(dovecot_mailbox: Mailbox, name: str) -> None:
    dovecot_mailbox.folder(name)
    dovecot_mailbox.deliver(mail("One"))

    with dovecot_mailbox.open() as session:
        assert name in [folder.name for folder in session.list_folders() if folder.selectable]
        session.move(session.uids_after(0), name)

    assert dovecot_mailbox.messages(name) == [mail("One")]


def test_a_folder_that_only_holds_others_cannot_be_selected(dovecot_mailbox: Mailbox) -> None:
    dovecot_mailbox.folder("Clients.Acme")

    with Session(dovecot_mailbox.account) as session:
        folders = {folder.name: folder.selectable for folder in session.list_folders()}

    assert folders == {"INBOX": True, "Clients": False, "Clients.Acme": True}


def test_lost_uids_show_as_a_new_uidvalidity(dovecot_mailbox: Mailbox, dovecot: Dovecot) -> None:
    dovecot_mailbox.deliver(mail("One"))
    with dovecot_mailbox.open() as session:
        before = session.state
    dovecot.renumber(dovecot_mailbox.user)

    with dovecot_mailbox.open() as session:
        assert session.state.uidvalidity != before.uidvalidity
        assert [session.raw(uid) for uid in session.uids_after(0)] == [mail("One")]


def test_a_large_folder_is_listed_in_spans(imap_mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    imap_mailbox.deliver(*(mail(f"Number {number}") for number in range(7)))
    with imap_mailbox.open() as session:
        everything = session.uids_after(0)
    monkeypatch.setattr(imap_session, "UIDS_PER_SEARCH", 3)

    with imap_mailbox.open() as session:
        assert session.uids_after(0) == everything
        assert session.uids_after(everything[4]) == everything[5:]
        imap_mailbox.deliver(mail("Came meanwhile"))
        assert len(session.uids_after(0)) == 8


def test_batches_are_bounded_in_bytes_and_messages(imap_mailbox: Mailbox) -> None:
    bodies = [mail(f"Number {number}", "x" * size) for number, size in enumerate([100, 100, 9000, 100, 100, 100])]
    imap_mailbox.deliver(*bodies)  # L04

    with Proxy(imap_mailbox.account.port) as proxy:
        with Opened(replace(imap_mailbox.account, port=proxy.port)) as session:
            envelopes = session.sizes_and_dates(session.uids_after(0))
            fetched = list(session.raw_many(envelopes, batch_bytes=5000, batch_messages=2))
        asked = [line for line in proxy.heard.split(b"\r\n") if b"PEEK" in line]

    assert [each.raw for each in fetched] == bodies
    assert len(asked) == 4  # two, the large one, two, one


def test_a_message_of_30_mb_is_held_once(dovecot_mailbox: Mailbox) -> None:
    size = 30 * 1024 * 1024  # L04
    line = b"0123456789abcdef" * 4 + b"\r\n"
    dovecot_mailbox.deliver(mail("Large") + line * (size // len(line)))

    with dovecot_mailbox.open() as session:
        (uid,) = session.uids_after(0)
        gc.collect()
        tracemalloc.start()
        raw = session.raw(uid)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        header = session.headers(uid)

    assert raw
    assert len(raw) > size - 1000
    assert peak < 1.3 * len(raw)
    assert header == b"From: Carla <carla@acme.example>\r\nSubject: Large\r\n\r\n"


def test_a_header_without_end_is_cut(dovecot_mailbox: Mailbox) -> None:
    dovecot_mailbox.deliver(b"Subject: x\r\n" + b"X-Padding: 0123456789\r\n" * 50_000 + b"\r\nHello\r\n")

    with dovecot_mailbox.open() as session:
        header = session.headers(*session.uids_after(0))

    assert header
    assert len(header) == imap_session.HEADER_BYTES

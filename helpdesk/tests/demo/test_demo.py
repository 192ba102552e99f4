"""Does `make demo` do what it promises? Each test starts the command as a visitor does, in a process of its own."""

import os
import signal
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from helpdesk.demo import people
from helpdesk.demo.mails import SAMPLE_MAILS
from helpdesk.demo.postoffice import PASSWORD
from helpdesk.tests import loop
from helpdesk.tests.browser.visitor import Visitor
from helpdesk.tests.demo.conftest import ROOT, Demo, copy_of_tables, running
from helpdesk.tests.loop import Stage, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]

ANNA = ("anna@brightwater.example", PASSWORD)
ADA = ("ada@brightwater.example", PASSWORD)


def administrator(demo: Demo) -> Visitor:
    ada = Visitor(demo.site)
    ada.sign_in(*ADA)
    return ada


def ledger(ada: Visitor) -> list[str]:
    """The lines of the mail log."""
    rows = ada.get("/mail/log/").tree.css("tbody tr")
    return [" ".join(row.text(separator=" ").split()) for row in rows]


def all_of_them(rows: list[str]) -> list[str]:
    """The lines, when the mails and the two that are written later have come in and are processed."""
    processed = [row for row in rows if "Not processed yet" not in row]
    return processed if len(processed) >= len(SAMPLE_MAILS) + 2 else []


def mails_to_carla(demo: Demo) -> set[tuple[str, str]]:
    """Subjects and texts of what she has received, each of which came once."""
    mails = [message_from_bytes(raw, policy=policy.default) for raw in demo.received("carla@acme.example")]
    texts = [(str(mail["Subject"]), mail.get_body(("plain",)).get_content()) for mail in mails]  # type: ignore[union-attr]
    assert len(set(texts)) == len(texts)
    return set(texts)


def test_a_mail_becomes_a_ticket_is_answered_and_the_reply_joins(sample_demo: Demo) -> None:
    # U01
    demo = sample_demo
    assert all(person.email in demo.welcome for person in people.STAFF)
    assert Visitor(demo.site).get("/healthz").status == 200
    assert "/accounts/login/" in Visitor(demo.site).get("/").url
    loop.play(Stage(demo.site, ANNA, people.MAIN_ADDRESS, demo.send, demo.received))
    wait_for(lambda: Visitor(demo.site).get("/readyz").status == 200, "a helpdesk that calls itself ready")


def test_what_was_done_is_kept_and_nothing_comes_twice(  # L19
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running(copy_of_tables(tmp_path, tmp_path_factory)) as demo:
        ada = administrator(demo)
        before = wait_for(lambda: all_of_them(ledger(ada)), "the sample mails")
        assert any("Held on a ticket" in row and "mallory" in row for row in before)  # L29
        carla = mails_to_carla(demo)
        demo.stop(signal.SIGTERM)
    with running(tmp_path) as demo:
        assert mails_to_carla(demo) >= carla  # more if one was on its way
        demo.send(loop.mail("luca.rossi@webpost.example", people.MAIN_ADDRESS, "One more", "A new one."))
        ada = administrator(demo)
        wait_for(lambda: any("One more" in row for row in ledger(ada)), "the new mail")
        assert len(ledger(ada)) == len(before) + 1
        assert mails_to_carla(demo) >= carla
        demo.stop()
    with running(tmp_path, "--reset", "--no-sample") as demo:
        assert ledger(administrator(demo)) == []
        demo.stop()


def test_without_sample_people_nobody_is_offered_to_sign_in_as_who_is_not_there(empty_demo: Demo) -> None:
    visitor = Visitor(empty_demo.site)
    page = visitor.get("/accounts/login/").text
    assert "Ada Super administrator" in page
    assert "Anna Agent" not in page
    assert "Customer, in the portal" not in page
    assert "Email Carla a link" not in visitor.get("/portal/sign-in/").text


def test_a_visitor_writes_and_reads_as_a_customer_in_the_demo_mail_client(empty_demo: Demo) -> None:
    demo, visitor = empty_demo, Visitor(empty_demo.site)
    page = visitor.get("/demo/mail/luca.rossi@webpost.example/write/")
    page = visitor.submit(page, "form.form", to="mallory@stranger.example", subject="Ciao", text="Come stai?")
    assert page.url.endswith("/demo/mail/luca.rossi@webpost.example/")
    page = visitor.get("/demo/mail/mallory@stranger.example/")
    assert "Ciao" in page.text
    page = visitor.submit(visitor.get(page.link("Reply")), "form.form")
    assert page.status == 200
    answer = loop.newest(
        Stage(demo.site, ADA, "", demo.send, demo.received), "luca.rossi@webpost.example", "> Come stai?"
    )
    assert answer is not None
    assert answer["Subject"] == "Re: Ciao"
    assert answer["In-Reply-To"] in answer["References"]


def test_a_port_in_use_is_named(empty_demo: Demo, tmp_path: Path) -> None:
    port = empty_demo.site.rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "manage.py", "demo", "--port", port],
        cwd=ROOT,
        env={**os.environ, "DEMO_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode != 0
    assert f"Port {port} cannot be used" in second.stderr
    assert "Traceback" not in second.stderr

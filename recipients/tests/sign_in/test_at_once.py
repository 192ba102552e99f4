"""What does the portal do when everything comes at the same moment, on the database of production?"""

import pytest

from mailboxes.tests.house import House

pytestmark = [pytest.mark.servers, pytest.mark.slow]

AT_ONCE = """
import threading
from datetime import timedelta
from django.db import connection
from django.test import Client
from django.utils import timezone
from recipients.customers import authorised
from recipients.matching.directory import match_sender
from recipients.models import AuthorisedSendersChange, Customer, CustomerAddress, PortalAccount, SignInLink
from tickets.notifications import authorised_senders

def at_once(do):
    together, results = threading.Barrier(4), []
    def one():
        together.wait(timeout=60)
        try:
            results.append(do())
        finally:
            connection.close()
    threads = [threading.Thread(target=one) for _ in range(4)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert len(results) == 4
    return sorted(results)

for n in range(3):
    customer = Customer.objects.create(name=f"C{n}")
    CustomerAddress.objects.create(customer=customer, address=f"c{n}@x.example", is_primary=True)
    _link, token = SignInLink.issue(f"c{n}@x.example")
    path = f"/portal/sign-in/{token}/"
    print("click", at_once(lambda: Client(headers={"host": "localhost"}).post(path).status_code))
    save = lambda: authorised.save(customer, authorised.read("a.example, b.example", customer))[0]
    print("save", [len(added) for added in at_once(save)])
    account = PortalAccount.objects.get(address=f"c{n}@x.example")
    account.set_password("a password of mine")
    account.save()
    guess = lambda: PortalAccount.objects.get(pk=account.pk).check_password("wrong")
    at_once(guess), at_once(guess)
    print("locked", PortalAccount.objects.get(pk=account.pk).check_password("a password of mine"))
AuthorisedSendersChange.objects.update(at=timezone.now() - timedelta(minutes=1))
print("told", at_once(authorised_senders.tell_due))

browsers = []
for n in range(4):
    company = Customer.objects.create(name=f"L{n}", is_company=True)
    CustomerAddress.objects.create(customer=company, address=f"l{n}@l{n}.example", is_primary=True)
    _link, token = SignInLink.issue(f"l{n}@l{n}.example")
    browser = Client(headers={"host": "localhost"})
    browser.post(f"/portal/sign-in/{token}/")
    browsers.append((browser, f"/portal/account/edit/{company.pk}/"))

def list_the_same():
    browser, page = browsers.pop()
    return browser.post(page, {"senders": "new.example"}).status_code

print("list", at_once(list_the_same))
match = match_sender("somebody@new.example")
print("found", match.step, bool(match.unconfirmed_since))
"""


def test_clicks_changes_guesses_and_beats_at_the_same_moment_count_once(house: House) -> None:
    said = house.run("shell", "-c", AT_ONCE).splitlines()
    assert said.count("click [302, 410, 410, 410]") == 3
    assert said.count("save [0, 0, 0, 2]") == 3
    assert said.count("locked False") == 3
    assert house.ask("select count(*), count(distinct recipient) from tickets_outbox") == [(3, 3)]
    assert "list [200, 200, 200, 302]" in said
    assert "found authorised_domain True" in said
    assert house.ask("select count(*), count(told_at) from recipients_authorisedsenderschange") == [(4, 3)]
    assert house.ask("select count(*) from recipients_portalaccount") == [(7,)]

"""Customers from a file: the preview of every row's change, clear errors, all or nothing."""

import io
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from helpdesk import limits
from recipients.customers.import_file import files
from recipients.customers.import_file.carry_out import carry_out
from recipients.customers.import_file.columns import COLUMNS
from recipients.customers.import_file.plan import Plan
from recipients.models import Customer, CustomerAddress, OwnAddress, Partner, User

pytestmark = pytest.mark.django_db
IMPORT = "/customers/import/"


def upload(client: Client, content: str | bytes, name: str = "customers.csv"):  # type: ignore[no-untyped-def]
    content = content.encode() if isinstance(content, str) else content
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def go_on(client: Client, preview, do: str = "import"):  # type: ignore[no-untyped-def]
    return client.post(IMPORT, {"token": preview.context["token"], "name": "customers.csv", "do": do})


def planned(preview) -> dict[int, tuple[str, list[tuple[str, str, str]]]]:  # type: ignore[no-untyped-def]
    return {row.line: (row.action.value, row.changes) for row in preview.context["plan"].rows}


def test_the_preview_says_what_every_row_changes_and_nothing_is_saved(as_anna: Client, carla: Customer) -> None:
    preview = upload(
        as_anna,
        "Name,E-mail,Kind,Company,Notes\n"
        "Carla Conti-Rossi,carla@acme.example,,,\n"
        "Dora,dora@müller.example,lead,acme gmbh,new\n"
        "Carla Conti,carla@acme.example,customer,ACME GmbH,\n",
    )
    assert planned(preview) == {
        2: ("changed", [("name", "Carla Conti", "Carla Conti-Rossi")]),
        3: (
            "new",
            [
                ("name", "", "Dora"),
                ("email", "", "dora@müller.example"),
                ("kind", "", "lead"),
                ("company", "", "Acme GmbH"),
                ("notes", "", "new"),
            ],
        ),
        4: ("same", []),
    }
    assert Customer.objects.count() == 2


def test_an_import_writes_what_the_preview_said(as_anna: Client, carla: Customer, main_partner: Partner) -> None:
    preview = upload(
        as_anna,
        "number;name;is_company;company;partner;email;addresses;kind\n"
        "K1;Beta AG;yes;;main;office@beta.example;;\n"
        "K2;Bernd;no;K1;;bernd@beta.example;b@beta.example bernd@home.example;lead\n",
    )
    assert go_on(as_anna, preview)["Location"] == "/customers/"
    beta, bernd = Customer.objects.get(number="K1"), Customer.objects.get(number="K2")
    assert (beta.is_company, beta.partner, beta.email) == (True, main_partner, "office@beta.example")
    assert (bernd.company, bernd.kind, bernd.email) == (beta, "lead", "bernd@beta.example")
    assert {each.domain for each in bernd.addresses.all()} == {"beta.example", "home.example"}
    again = upload(as_anna, "number;name;email\nK2;;b@beta.example\nK1;Beta AG;\n")
    assert planned(again) == {2: ("changed", [("email", "bernd@beta.example", "b@beta.example")]), 3: ("same", [])}
    go_on(as_anna, again)
    assert {each.address: each.is_primary for each in bernd.addresses.all()} == {
        "b@beta.example": True,
        "bernd@beta.example": False,
        "bernd@home.example": False,
    }


def test_what_somebody_changes_during_an_import_stays(
    as_anna: Client, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = upload(as_anna, "name;email;language\n;carla@acme.example;it\n")

    def interrupted(plan: Plan, *, by: User) -> None:
        Customer.objects.filter(pk=carla.pk).update(notes="Prefers the telephone.")
        carry_out(plan, by=by)

    monkeypatch.setattr("recipients.customers.import_views.carry_out", interrupted)
    go_on(as_anna, preview)
    carla.refresh_from_db()
    assert (carla.language, carla.notes) == ("it", "Prefers the telephone.")


def test_an_import_shows_the_preview_again_if_a_customer_was_merged_meanwhile(
    as_anna: Client, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = upload(as_anna, "name;email;language\n;carla@acme.example;it\n")

    def interrupted(plan: Plan, *, by: User) -> None:
        Customer.objects.filter(pk=carla.pk).update(merged_into=Customer.objects.create(name="Carla"))
        carry_out(plan, by=by)

    monkeypatch.setattr("recipients.customers.import_views.carry_out", interrupted)
    assert "check the preview again" in go_on(as_anna, preview).content.decode()
    carla.refresh_from_db()
    assert carla.language == ""


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1;;;;;", "A new customer needs a name."),
        ("1;A;nonsense;;;", "“nonsense” is not one of: Customer, Lead, Supplier, Other."),
        ("1;A;;no one;;", "No company is called “no one”, or has this number."),
        ("1;A;;;not an address;", "“not an address” is not an email address."),
        ("1;A;;;support@helpdesk.example;", "is a mailbox&#x27;s address"),
        ("1;A;;;;Nowhere", "There is no partner “Nowhere”."),
        ("2;A;;;;", "The number 2 is in the file twice."),
        (";A;;;twice@y.example;", "twice@y.example belongs to several customers: One, Other. Give the number."),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_imported(as_anna: Client, row: str, said: str) -> None:
    OwnAddress.objects.create(address="support@helpdesk.example")
    for name in ("One", "Other"):
        customer = Customer.objects.create(name=name)
        CustomerAddress.objects.create(customer=customer, address="twice@y.example", is_primary=True)
    preview = upload(as_anna, f"number;name;kind;company;email;partner\n2;Right;;;;\n{row}\n")
    assert preview.status_code == 422
    assert said in preview.content.decode()
    assert go_on(as_anna, preview).status_code == 422
    assert Customer.objects.count() == 2


def test_a_right_over_a_company_ends_with_it(as_anna: Client, carla: Customer) -> None:
    Customer.objects.filter(pk=carla.pk).update(company_right="manage")
    Customer.objects.create(name="Other GmbH", is_company=True)
    for company, right in (("Acme GmbH", "manage"), ("Other GmbH", "none")):
        row = f"Name,E-mail,Company,Notes\nCarla Conti,carla@acme.example,{company},to {company}\n"
        go_on(as_anna, upload(as_anna, row))
        carla.refresh_from_db()
        assert (str(carla.company), carla.company_right) == (company, right)


def test_a_spreadsheet_is_read_too(as_anna: Client) -> None:
    book, content = Workbook(), io.BytesIO()
    book.active.append(["Name", "Number", "Unknown"])
    book.active.append(["Zoë", 4711, "x"])
    book.save(content)
    preview = upload(as_anna, content.getvalue(), "customers.xlsx")
    assert preview.context["plan"].ignored == ["Unknown"]
    go_on(as_anna, preview)
    assert Customer.objects.get().number == "4711"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_of_a_file_is_found_out(as_anna: Client, encoding: str) -> None:
    preview = upload(as_anna, "name\nGrüße aus Köln GmbH\nMüller Söhne\n".encode(encoding))
    assert [row.name for row in preview.context["plan"].rows] == ["Grüße aus Köln GmbH", "Müller Söhne"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"a,b\n1,2\n"])
def test_a_file_that_is_no_list_of_customers_is_refused_in_a_sentence(as_anna: Client, content: bytes) -> None:
    response = upload(as_anna, content, "odd.xlsx")
    assert response.status_code == 422
    assert re.search(
        "empty|cannot be read as CSV or XLSX \\([^)]+\\)\\.|No column was recognised", response.content.decode()
    )


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    as_anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "IMPORT_BYTES", replace(limits.IMPORT_BYTES, amount=1024 * 1024))
    monkeypatch.setattr(files, "read", lambda *_arguments: pytest.fail("it was read"))
    assert "The file is larger than 10 MB." in upload(as_anna, b"name\n" * 300_000).content.decode()


def test_the_preview_is_a_file_too_and_harmless(as_anna: Client) -> None:
    preview = upload(as_anna, 'name\n"=1+1"\n')
    text = go_on(as_anna, preview, "csv").getvalue().decode("utf-8-sig")
    assert text.splitlines()[1].startswith("2,'=1+1,new,")


def test_a_forged_or_old_upload_is_refused(as_anna: Client) -> None:
    response = as_anna.post(IMPORT, {"token": "forged", "do": "import"}, follow=True)
    assert "Upload it again" in response.content.decode()


def test_an_agent_with_a_partner_imports_for_that_partner_alone(  # R30
    as_anna: Client, anna: User, acme: Customer, main_partner: Partner
) -> None:
    Customer.objects.filter(pk=acme.pk).update(number="1")
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    assert "belongs to a customer you cannot see" in upload(as_anna, "number,name\n1,Mine\n").content.decode()
    go_on(as_anna, upload(as_anna, "number,name\n2,Mine\n"))
    assert Customer.objects.get(number="2").partner == main_partner


def test_the_queries_do_not_grow_with_the_file(as_anna: Client) -> None:
    def queries(count: int) -> int:
        rows = "".join(f"{count}{n},N{n},n{n}@z{count}.example\n" for n in range(count))
        with CaptureQueriesContext(connection) as captured:
            go_on(as_anna, upload(as_anna, f"number,name,email\n{rows}"))
        return len(captured)

    assert queries(300) <= queries(5) + 12  # SQLite takes a thousand values a statement


def workbook(rows: bytes, styles: bytes = b"") -> bytes:
    """A workbook whose sheet has a header and the XML `rows`, and says nothing of its size."""
    plain, made = io.BytesIO(), io.BytesIO()
    book = Workbook()
    book.worksheets[0].append(["name", "email"])
    book.save(plain)
    with ZipFile(plain) as given, ZipFile(made, "w", ZIP_DEFLATED) as written:
        for name in given.namelist():
            content = given.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(rb"<dimension[^>]*/>", b"", content).replace(b"</sheetData>", rows + b"</sheetData>")
            written.writestr(name, content.replace(b"</styleSheet>", styles + b"</styleSheet>"))
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda: workbook(b'<row r="8000"><c r="XFD8000"><v>1</v></c></row>'), "customers.xlsx"),
        (lambda: workbook(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "more than 20,000 rows"),
        (lambda: workbook(b'<row r="2">' + b"<c/>" * 1_100_000 + b"</row>"), "is too large when unpacked"),
        (lambda: workbook(b"", b"<si/>" * 1_100_000), "is too large when unpacked"),
        (lambda: workbook(b"", b" " * 65 * 1024 * 1024), "is too large when unpacked"),
        (lambda: b"name" + b"," * 5_000_000 + b"x", "more than 100 columns"),
        (lambda: b"name\n" + b"\n" * 30_000 + b"x", "more than 20,000 rows"),
        (lambda: b"name\n" + b"a\n" * 20_001, "more than 20,000 rows"),
    ],
    ids=["far-right", "far-below", "cells", "styles", "unpacked", "csv-columns", "csv-far-below", "csv-rows"],
)
def test_a_small_file_that_pretends_to_be_large_costs_little_memory(
    as_anna: Client, content: Callable[[], bytes], told: str
) -> None:
    file = content()
    tracemalloc.start()
    try:
        page = upload(as_anna, file, "customers.xlsx").content.decode()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told in page
    assert peak < 150 * 1024 * 1024


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_a_workbook_that_says_how_to_make_gigabytes_of_few_bytes_is_not_read(as_anna: Client, charset: str) -> None:
    sheet = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData><row r="1">&a;</row></sheetData></worksheet>'
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", sheet.encode(charset))
    assert "it declares a document type" in upload(as_anna, made.getvalue(), "customers.xlsx").content.decode()


def test_what_is_empty_far_away_is_passed_over_and_rows_keep_their_lines(as_anna: Client) -> None:
    rows = b'<row r="4"><c r="A4" t="inlineStr"><is><t>Dora</t></is></c></row><row r="1048576"><c r="A1048576"/></row>'
    assert set(planned(upload(as_anna, workbook(rows), "customers.xlsx"))) == {4}


def test_an_export_of_another_program_and_language_is_read(as_anna: Client) -> None:
    preview = upload(
        as_anna,
        "Kundenliste vom 1. März;;;;\n;;;;\n"
        "Kundennummer;Name;Art;E-Mail;Ist eine Firma\n"
        "7;Käse GmbH;Lieferant;post@kaese.example;ja\n".encode("utf-16"),
    )
    assert planned(preview) == {
        4: (
            "new",
            [
                ("number", "", "7"),
                ("name", "", "Käse GmbH"),
                ("kind", "", "supplier"),
                ("email", "", "post@kaese.example"),
                ("is_company", "", "yes"),
            ],
        )
    }


def test_columns_that_nobody_knows_are_said_by_hand(as_anna: Client) -> None:
    preview = upload(as_anna, "Wer,Wohin,Was\nDora,dora@x.example,y\n")
    assert "No column was recognised" in preview.content.decode()
    mapped = {"token": preview.context["token"], "name": "customers.csv", "column-0": "name", "column-1": "email"}
    again = as_anna.post(IMPORT, {**mapped, "column-2": "", "do": "look"})
    assert planned(again) == {2: ("new", [("name", "", "Dora"), ("email", "", "dora@x.example")])}
    assert again.context["plan"].ignored == ["Was"]
    as_anna.post(IMPORT, {**mapped, "do": "import"})
    assert Customer.objects.get().email == "dora@x.example"


def test_the_right_rows_are_imported_without_the_wrong_ones_when_that_is_wanted(as_anna: Client) -> None:
    preview = upload(
        as_anna,
        "number,name,is_company,company,email\n"
        "1,Beta AG,yes,,no address\n2,Bernd,,1,\n3,Dora,,,dora@x.example\n4,Emil,,,a@x.example b@x.example\n",
    )
    html = preview.content.decode()
    assert "It depends on its company, whose row 2 has an error." in html
    assert "There are 2 addresses. Keep one, and put the others into “Additional addresses”." in html
    assert go_on(as_anna, preview).status_code == 422
    done = as_anna.post(IMPORT, {"token": preview.context["token"], "name": "x", "do": "right"}, follow=True)
    assert [each.name for each in Customer.objects.all()] == ["Dora"]
    assert "3 rows with errors were skipped." in done.content.decode()


@pytest.mark.parametrize("language", ["en", "de", "it", "pl", "ru"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_empty_file_is_read_as_it_was_downloaded(as_anna: Client, anna: User, kind: str, language: str) -> None:
    User.objects.filter(pk=anna.pk).update(language=language)
    given = as_anna.get(f"{IMPORT}{kind}/")
    assert f"customers.{kind}" in given["Content-Disposition"]
    preview = upload(as_anna, b"".join(given.streaming_content), f"customers.{kind}")  # type: ignore[attr-defined]
    assert list(preview.context["plan"].layout.columns) == list(COLUMNS)


@pytest.mark.parametrize(
    ("kind", "language", "read"),
    [
        ("Interessent", "Deutsch", ("lead", "de")),
        ("Cliente", "Italiano", ("customer", "it")),
        ("lead", "pl-PL", ("lead", "pl")),
    ],
)
def test_kinds_and_languages_are_read_as_people_write_them(
    as_anna: Client, kind: str, language: str, read: tuple[str, str]
) -> None:
    go_on(as_anna, upload(as_anna, f"name;kind;language\nNew One;{kind};{language}\n"))
    made = Customer.objects.get(name="New One")
    assert (made.kind, made.language) == read

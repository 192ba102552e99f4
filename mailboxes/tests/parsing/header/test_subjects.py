"""Do two mails speak of the same thing, whatever programs and gateways wrote into their subjects?"""

import time

import pytest

from mailboxes.parsing.header.subjects import bare_subject, gateway_labels, is_forward, is_reply
from mailboxes.tests.parsing.mails import read

LABELS = [
    *("[EXTERNAL]", "[EXT]", "[EXT]:", "EXTERNAL:", "External:", "[External Email]", "[EXTERNAL SENDER]", "[EXT-MAIL]"),
    *(
        "***SPAM***",
        "*****SPAM*****",
        "[SPAM]",
        "{Spam?}",
        "[SPAM 5.2]",
        "SPAM:",
        "[Suspected Spam]",
        "[BULK]",
        "[Junk]",
    ),
    *("[Suspicious]", "[Suspicious Message]", "[PHISHING?]", "***UNCHECKED***", "[CAUTION: External Email]"),
    *("[WARNING - EXTERNAL]", "[EXTERNAL] -", "(External)", "<External>", "**EXTERNAL**", "-EXTERNAL-", "|EXT|"),
    *("[Extern]", "EXTERN:", "[Externer Absender]", "[SPAM-Verdacht]", "[ACHTUNG EXTERN]", "[Externe]", "[EXTERNE]:"),
    *("[Expéditeur externe]", "[EXTERNO]", "[Correo externo]", "[ESTERNO]", "[Mail esterna]", "[Externe e-mail]"),
    *("[Ekstern]", "[Ulkoinen]", "[Zewnętrzny]", "[Externí]", "[Külső]", "[Внешний]", "[ВНЕШНЯЯ ПОЧТА]", "[Зовнішній]"),
    *("[Dış]", "[Εξωτερικό]", "[חיצוני]", "[外部]", "【外部】", "[社外]", "[외부]", "[SEC=OFFICIAL]", "[secure]"),
    *("[signed OK]", "[verschlüsselt]", "[encrypted]"),
]


@pytest.mark.parametrize("label", LABELS)
def test_a_gateways_label_is_no_part_of_the_subject(label: str) -> None:  # S19
    for subject in (
        f"{label} Printer on the counter",
        f"{label}Printer on the counter" if label[-1] in "]】" else f"{label} Printer on the counter",
        f"RE: {label} Printer on the counter",
        f"{label} AW: Printer on the counter",
        f"Re: {label} [EXTERNAL] Fwd: Printer on the counter",
        f"{label} [#12] Re: Printer on the counter",
    ):
        assert bare_subject(subject) == "printer on the counter", subject
    assert gateway_labels(f"Re: {label} Printer") == [label]


@pytest.mark.parametrize("label", ["[EXTERNAL]", "(extern)", "[SEC=UNOFFICIAL]", "***SPAM***", "【外部】"])
def test_a_label_may_stand_at_the_end(label: str) -> None:
    assert bare_subject(f"Re: Printer {label}") == "printer"
    assert gateway_labels(f"Re: Printer {label}") == [label]


@pytest.mark.parametrize(
    "subject",
    [
        *("[printers] paper", "External printer", "Spam in my inbox", "Warning: paper is out", "[JIRA] Printer"),
        *("Printer (second floor)", "[External]", "(ext)", "*important* offer", "Offer [urgent]", "C:\\ext: not found"),
    ],
)
def test_words_of_the_subject_stay(subject: str) -> None:
    assert bare_subject(subject) == subject.casefold()
    assert gateway_labels(subject) == []


def test_a_label_hides_no_prefix() -> None:
    assert is_forward("[EXTERNAL] WG: Printer")
    assert is_reply("***SPAM*** AW: Printer")
    assert not is_reply("[EXTERNAL] Printer")


def test_the_label_is_named_among_what_was_repaired() -> None:
    assert "The label [EXTERNAL] in the subject was ignored." in read(Subject="RE: [EXTERNAL] Printer").defects


@pytest.mark.parametrize(
    "subject", ["[" * 998, "*" * 998, "[spam] " * 142, "(" * 500 + ")" * 498, "x" + "- " * 498, "<ext" * 249 + ">"]
)
def test_a_hostile_subject_costs_little(subject: str) -> None:
    started = time.process_time()
    bare_subject(subject)
    gateway_labels(subject)
    assert time.process_time() - started < 0.2

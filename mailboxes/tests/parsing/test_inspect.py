"""Does `manage.py inspect` show what the parser reads, and nothing else happen?"""

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from mailboxes.tests.parsing.mails import mail, multipart

KEYS = [
    "message_id",
    "in_reply_to",
    "references",
    "subject",
    "bare_subject",
    "date",
    "author",
    "reply_to",
    "to",
    "cc",
    "kind",
    "bounce",
    "text",
    "html",
    "reply",
    "quoted",
    "attachments",
    "verdict",
    "defects",
]


def inspect(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict]:
    """The objects the command prints, one a line."""
    call_command("inspect", "--json", *arguments)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_message_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "1.eml", tmp_path / "2.eml"
    first.write_bytes(multipart("Content-Type: text/plain\n\nHi", "Content-Type: image/png; name=a.png\n\nPNG"))
    second.write_bytes(mail("Grüße\n", Subject="Re: =?utf-8?Q?Fl=C3=BCge?=", Date="nonsense", In_Reply_To="<1@x>"))
    shown = inspect(capsys, str(first), str(second))
    assert [list(one) for one in shown] == [KEYS, KEYS]
    assert shown[0]["author"] == {"name": "Carla Conti", "address": "carla@acme.example"}
    assert shown[0]["date"] == "2026-03-03T09:00:00+00:00"
    assert shown[0]["attachments"][0] == {
        "name": "a.png",
        "type": "image/png",
        "size": 3,
        "sha256": "796120837694d3f3f29259cfeb25091698c2a0aa87873658d840b4993ee889b3",
        "inline": False,
        "cid": "",
    }
    assert (shown[1]["subject"], shown[1]["bare_subject"]) == ("Re: Flüge", "flüge")
    assert (shown[1]["date"], shown[1]["in_reply_to"], shown[1]["bounce"]) == (None, ["1@x"], None)


def test_the_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(mail())))
    assert inspect(capsys, "-")[0]["text"] == "Hello\n"


def test_a_missing_file_is_named_and_the_others_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "there.eml").write_bytes(mail())
    with pytest.raises(SystemExit) as end:
        call_command("inspect", "--json", str(tmp_path / "gone.eml"), str(tmp_path / "there.eml"), str(tmp_path))
    printed = capsys.readouterr()
    assert end.value.code == 66
    assert "gone.eml" in printed.err
    assert json.loads(printed.out)["subject"] == "The printer is on fire"


def test_a_verdict_needs_a_server_that_is_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "1.eml"
    path.write_bytes(mail(Authentication_Results="mx.desk.example; dmarc=pass header.from=acme.example"))
    assert inspect(capsys, str(path))[0]["verdict"] is None
    assert inspect(capsys, "--authserv-id", "mx.desk.example", str(path))[0]["verdict"]["dmarc"] == "pass"


def test_people_see_the_same_in_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "1.eml"
    path.write_bytes(mail("It burns.\n", Date="nonsense"))
    call_command("inspect", str(path))
    shown = capsys.readouterr().out
    for words in ("Carla Conti <carla@acme.example>", "The printer is on fire", "It burns.", "The date of the mail"):
        assert words in shown

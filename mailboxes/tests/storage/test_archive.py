"""Raw mails rest in the archive as they came, and damage is noticed."""

import gzip
from pathlib import Path

import pytest
from django.conf import LazySettings

from mailboxes.storage import archive

RAW = b"Subject: \xff\x00 raw\r\n\r\nbytes\n"


def file_of(settings: LazySettings, sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / archive.path(sha256)


def test_what_is_saved_is_loaded_byte_for_byte() -> None:
    assert archive.load(archive.save(RAW)) == RAW


def test_an_empty_mail_is_kept_too() -> None:
    assert archive.load(archive.save(b"")) == b""


def test_the_same_mail_is_kept_once(settings: LazySettings) -> None:
    names = archive.save_many([RAW, b"another", RAW])
    archive.save(RAW)
    assert names[0] == names[2]
    assert len([each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]) == 2


def test_a_large_mail_is_kept_too() -> None:
    raw = bytes(range(256)) * 20_000
    assert archive.load(archive.save(raw)) == raw


def test_a_damaged_file_is_no_mail(settings: LazySettings) -> None:
    sha256 = archive.save(RAW)
    file_of(settings, sha256).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(archive.Lost, match="SHA-256"):
        archive.load(sha256)
    file_of(settings, sha256).write_bytes(gzip.compress(RAW)[:-4])
    with pytest.raises(archive.Lost):
        archive.load(sha256)


def test_a_lost_file_is_named() -> None:
    with pytest.raises(archive.Lost, match="raw/00/"):
        archive.load("00" * 32)

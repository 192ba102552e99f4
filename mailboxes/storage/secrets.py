"""Passwords in the database, encrypted with keys of their own (`MAIL_SECRET_KEYS`), newest first."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """A text that is encrypted in the database and clear in Python. Cannot be searched."""

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return _cipher(tuple(settings.MAIL_SECRET_KEYS)).encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return _cipher(tuple(settings.MAIL_SECRET_KEYS)).decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored mail password cannot be read with any of MAIL_SECRET_KEYS. "
                "Put back the key it was written with."
            ) from None


def seal(values: Mapping[str, str]) -> str:
    """`values` as text that this installation alone can read: what was typed may pass through a browser in it."""
    return _cipher(tuple(settings.MAIL_SECRET_KEYS)).encrypt(json.dumps(dict(values)).encode()).decode()


def unseal(sealed: str, seconds: int) -> dict[str, str]:
    """What was sealed at most `seconds` ago; nothing if it is older, or was not sealed here."""
    try:
        values = json.loads(_cipher(tuple(settings.MAIL_SECRET_KEYS)).decrypt(sealed.encode(), ttl=seconds))
    except (InvalidToken, ValueError):
        return {}
    return {str(key): str(value) for key, value in values.items()} if isinstance(values, dict) else {}


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured("MAIL_SECRET_KEYS must be Fernet keys: 32 bytes, URL-safe base64.") from None

"""What every page asks of a few rows that change rarely: read into the cache now and then, and anew after a change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.cache import cache
from django.db import models, transaction

Value = TypeVar("Value")


@dataclass(frozen=True)
class Kept(Generic[Value]):
    """What `read` answers, under the name `key`; None is no answer.

    A process goes on with it for `seconds`: another one may have saved something else.
    """

    key: str
    read: Callable[[], Value]
    seconds: int = 60

    def get(self) -> Value:
        """As it was read last. No query but now and then those of `read`."""
        kept: Value | None = cache.get(self.key)
        return kept if kept is not None else self.renew()

    def renew(self) -> Value:
        """Read it anew, and go by that from now on."""
        kept = self.read()
        cache.set(self.key, kept, self.seconds)
        return kept

    def forget(self) -> None:
        """Let nobody go on with what was read before, in this transaction or after it."""
        cache.delete(self.key)
        transaction.on_commit(self.renew)


class KeptRows(models.Model):
    """Rows of which something is kept: whoever saves or deletes one lets it be read anew."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.forget()

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        gone = super().delete(*args, **kwargs)
        self.forget()
        return gone

    @staticmethod
    def forget() -> None:
        """Let nobody go on with what was read of them before."""
        raise NotImplementedError

"""What every page asks of a few rows that change rarely: read into the cache now and then, and anew after a change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.cache import cache
from django.db import connection, models, transaction

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
        """As it was read last; in a transaction that has changed it, as that has it. No query but now and then."""
        if pending := self._pending():
            return pending.get()
        kept: Value | None = cache.get(self.key)
        if kept is None:
            kept = self.read()
            cache.add(self.key, kept, self.seconds)  # what somebody else has renewed meanwhile is newer
        return kept

    def renew(self) -> Value:
        """Read it anew, and go by that from now on."""
        kept = self.read()
        cache.set(self.key, kept, self.seconds)
        return kept

    def forget(self) -> None:
        """Let nobody go on with what was read before, in this transaction or after it."""
        cache.delete(self.key)
        transaction.on_commit(_Pending(self))

    def _pending(self) -> "_Pending[Value] | None":
        """The last change of the transaction; a savepoint that is rolled back takes its own along."""
        waiting = (entry[1] for entry in reversed(connection.run_on_commit))
        return next((each for each in waiting if isinstance(each, _Pending) and each.of is self), None)


class _Pending(Generic[Value]):
    """That a transaction has changed what is kept: until it is committed, nobody else goes by what it reads.

    Called when it is.
    """

    def __init__(self, of: Kept[Value]) -> None:
        self.of = of
        self._read: Value | None = None

    def get(self) -> Value:
        if self._read is None:
            self._read = self.of.read()
        return self._read

    def __call__(self) -> None:
        self.of.renew()


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

"""Deletes uploaded files that nobody needs any more: those that left a draft without being sent."""

from django.core.files.storage import default_storage
from django.db import connection, transaction

from tickets.models import Attachment
from tickets.models.work.attachment import attachment_path

#: Files deleted in one transaction: for as long, no other file can be attached.
BATCH = 20


def delete_unused() -> None:
    """Delete files that belong to nothing, and their bytes if no other file has the same ones."""
    while _delete_some() == BATCH:
        pass


def _delete_some() -> int:
    """Bytes are deleted while nobody can attach the same ones; should that fail, the rows are there to try again.

    Whoever attaches a file makes its row before looking for the bytes (`tickets.models.work.attachment`): either the
    row is seen here, or the bytes are found to be gone and stored anew.
    """
    with transaction.atomic():
        _let_nobody_attach()
        unused = list(Attachment.objects.filter(comment=None, draft=None, canned_reply=None)[:BATCH])
        ids, hashes = [file.pk for file in unused], {file.sha256 for file in unused}
        Attachment.objects.filter(pk__in=ids).delete()
        needed = set(Attachment.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
        for sha256 in hashes - needed:
            default_storage.delete(attachment_path(sha256))
    return len(unused)


def _let_nobody_attach() -> None:
    """SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE tickets_attachment IN SHARE ROW EXCLUSIVE MODE")

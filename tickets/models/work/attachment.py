"""Files of messages, and of messages that are still being written."""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.setup.canned_reply import CannedReply
from tickets.models.work.comment import Comment
from tickets.models.work.draft import Draft

_AT_ONCE = 8  # writes wait for the disk or for the network, not for the processor


class File(Protocol):
    """A file to be attached. One that is shown in the text also says `inline` and `cid`."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def content(self) -> bytes: ...


def size_of(file: File) -> int:
    """Its bytes; one that is stored says so without being read."""
    return file.size if isinstance(file, Attachment) else len(file.content)


class Attachment(models.Model):
    """A file of a comment, a draft or a canned reply. Its bytes lie under their sha256, once however often they come.

    One that left its draft or reply belongs to nothing, and is deleted with its bytes (`tickets.drafts.file_cleanup`).
    """

    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments")
    draft = models.ForeignKey(Draft, null=True, blank=True, on_delete=models.SET_NULL, related_name="files")
    canned_reply = models.ForeignKey(
        CannedReply, null=True, blank=True, on_delete=models.SET_NULL, related_name="files"
    )
    name = models.CharField(_("name"), max_length=255)
    type = models.CharField(_("type"), max_length=127)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    inline = models.BooleanField(_("shown in the text"), default=False)
    cid = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]
        indexes = [models.Index(fields=["sha256"], name="attachment_by_bytes")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(comment__isnull=True) | models.Q(draft__isnull=True),
                name="a_file_is_sent_or_in_a_draft",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """The name of its bytes in `default_storage`."""
        return attachment_path(self.sha256)

    @property
    def content(self) -> bytes:
        """Its bytes, as a `File` has them. Raises FileNotFoundError if the storage has lost them."""
        return self.read()

    def read(self) -> bytes:
        """Its bytes. Raises FileNotFoundError if the storage has lost them."""
        with default_storage.open(self.path, "rb") as file:
            return bytes(file.read())


def attachment_path(sha256: str) -> str:
    return f"attachments/{sha256[:2]}/{sha256}"


def save_attachments(comment: Comment, files: Iterable[File], *, inline: bool = True) -> None:
    """Give `files` to the comment. Without `inline` none is shown in the text. Must be called in a transaction.

    A file of a draft changes hands; the bytes of others are stored.
    """
    files = list(files)
    if of_draft := [file.pk for file in files if isinstance(file, Attachment)]:
        Attachment.objects.filter(pk__in=of_draft).update(comment=comment, draft=None)
    _save([file for file in files if not isinstance(file, Attachment)], inline=inline, comment=comment)


def save_all_attachments(given: Sequence[tuple[Comment, Iterable[File], bool]]) -> None:
    """What `save_attachments` does for each comment with its files and whether any is shown in the text; one query."""
    rows, contents = [], []
    for comment, files, inline in given:
        for file in files:
            rows.append(_row(file, inline=inline, comment=comment))
            contents.append(file.content)
    _store(Attachment.objects.bulk_create(rows), contents)


def save_draft_files(draft: Draft, files: Iterable[File]) -> list[Attachment]:
    """Store files of what is being written. Must be called in a transaction."""
    return _save(list(files), inline=True, draft=draft)


def save_canned_files(reply: CannedReply, files: Iterable[File]) -> list[Attachment]:
    """Store files that go with a canned reply. Must be called in a transaction."""
    return _save(list(files), inline=False, canned_reply=reply)


def _save(files: list[File], *, inline: bool, **owner: Any) -> list[Attachment]:
    """The rows, and the bytes of each once under its hash.

    The rows come first: whoever deletes bytes that nothing names waits for them (`tickets.drafts.file_cleanup`).
    """
    rows = Attachment.objects.bulk_create(_row(file, inline=inline, **owner) for file in files)
    _store(rows, [file.content for file in files])
    return rows


def _row(file: File, *, inline: bool, **owner: Any) -> Attachment:
    return Attachment(
        **owner,
        name=file.name[:255],
        type=file.type[:127],
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        inline=inline and getattr(file, "inline", False),
        cid=getattr(file, "cid", "")[:255] if inline else "",
    )


def _store(rows: Iterable[Attachment], contents: Iterable[bytes]) -> None:
    """Each file once, on disk when this returns. Locks are held meanwhile: they wait for the disk together."""
    files = {row.path: content for row, content in zip(rows, contents, strict=True)}
    new = [(path, ContentFile(content)) for path, content in files.items() if not default_storage.exists(path)]
    if len(new) < 2:
        for path, file in new:
            default_storage.save(path, file)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda each: default_storage.save(*each), new))

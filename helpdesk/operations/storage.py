"""How do bytes get onto the disk so that they survive a power cut?"""

import os
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

#: Mail and files are read by the helpdesk alone, whatever the umask of its processes is.
FILE_MODE, FOLDER_MODE = 0o600, 0o700


class DurableFileSystemStorage(FileSystemStorage):
    """Files that are on disk, whole, under their name before `save` returns: fsync, rename, fsync of the directory."""

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        _make(target.parent)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:  # the disk is full, say: what was written of it would only stay there
            temporary.unlink(missing_ok=True)
            raise
        self._sync_directory(target.parent)
        return name

    @staticmethod
    def _sync_directory(directory: Path) -> None:
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _make(folder: Path) -> None:
    """`folder` and those above it that are missing; `mkdir` would give the latter the mode of the umask."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(FOLDER_MODE, exist_ok=True)

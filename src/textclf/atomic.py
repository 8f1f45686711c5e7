"""Files and folders that appear whole or not at all.

A file is written beside its destination under a temporary name, flushed to the disk and then
renamed over it, so that a crash, a kill or a full disk leaves the previous file as it was. What a
killed process leaves behind is a hidden file or folder beside the destination, ending in ``.tmp``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from textclf.errors import OutputExistsError

__all__ = ["new_folder", "write_bytes", "write_file", "write_text"]


def write_file(path: str | os.PathLike[str], write: Callable[[Path], object]) -> None:
    """Call ``write`` with a temporary path beside ``path``, then rename that file to ``path``.

    Args:
        path: The file to make or replace. Its folder is made if it is not there. A symbolic link
            is followed, and a file that is replaced passes its permissions on.
        write: Writes the whole file to the path it is given, where an empty file stands.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_file(Path(folder) / "a.txt", lambda temporary: temporary.write_text("a"))
        ...     (Path(folder) / "a.txt").read_text()
        'a'
    """
    target = Path(path).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target, ".tmp")
    temporary.touch(exist_ok=False)
    try:
        mode = stat.S_IMODE((target if target.exists() else temporary).stat().st_mode)
        temporary.chmod(mode)  # before, so that a private file is never readable by others
        write(temporary)
        _flush(temporary)
        temporary.chmod(mode)  # after, because some writers make the file anew
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush(target.parent)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write bytes to a file, whole or not at all."""
    write_file(path, lambda temporary: temporary.write_bytes(content))


def write_text(path: str | os.PathLike[str], content: str) -> None:
    r"""Write text to a file as UTF-8 with ``\n`` line ends, whole or not at all."""
    write_bytes(path, content.encode("utf-8"))


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Fill a temporary folder that takes the place of ``path`` when the block ends without error.

    Args:
        path: The folder to make. A symbolic link is followed.
        overwrite: Replace ``path`` if it is there. The old folder stays until the new one is whole. On
            Linux they then change places in one step. Elsewhere no folder can be renamed over another:
            the old one is moved aside, under a hidden name ending in ``.old``, for the moment that it
            takes to rename the new one.

    Yields:
        The temporary folder, beside ``path``.

    Raises:
        OutputExistsError: ``path`` is there, or appeared meanwhile, and ``overwrite`` is false.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     with new_folder(Path(parent) / "run") as folder:
        ...         _ = (folder / "a.txt").write_text("a")
        ...     (Path(parent) / "run" / "a.txt").read_text()
        'a'
    """
    target = Path(path).resolve()
    _check_free(target, overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target, ".tmp")
    temporary.mkdir()
    try:
        yield temporary
        for file in [*temporary.rglob("*"), temporary]:
            _flush(file)
        _check_free(target, overwrite)
        _take_place(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _flush(target.parent)


def _check_free(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise OutputExistsError(
            f"`path` must be free. Received: {str(target)!r}, which exists. "
            "Choose another folder, or pass overwrite=True to replace it."
        )


def _take_place(temporary: Path, target: Path) -> None:
    """Rename a folder over what is there; if that fails, put back what was there."""
    if not target.exists():
        temporary.replace(target)
        return
    if _exchange(temporary, target):
        retired = temporary
    else:
        retired = _beside(target, ".old")
        target.replace(retired)
        try:
            temporary.replace(target)
        except BaseException:
            retired.replace(target)
            raise
    if retired.is_dir():
        shutil.rmtree(retired, ignore_errors=True)
    else:
        retired.unlink()


def _exchange(one: Path, other: Path) -> bool:
    """Let two paths change places in one step, and say whether system and file system can do that."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    here, exchange = -100, ctypes.c_uint(2)  # AT_FDCWD, RENAME_EXCHANGE
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _beside(target: Path, suffix: str) -> Path:
    """Return a free hidden path in the same folder, short enough even if the target's name is long."""
    return target.parent / f".{target.name[:32]}.{secrets.token_hex(8)}{suffix}"


def _flush(path: Path) -> None:
    """Ask the system to put a file, or a folder's list of names, on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

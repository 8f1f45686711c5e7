"""Files and folders that appear whole or not at all.

A file is written beside its destination under a temporary name, flushed to the disk and then
renamed over it, so that a crash, a kill or a full disk leaves the previous file as it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from textclf.errors import OutputExistsError

__all__ = ["new_folder", "write_bytes", "write_file", "write_text"]


def write_file(path: str | os.PathLike[str], write: Callable[[Path], object]) -> None:
    """Call ``write`` with a temporary path beside ``path``, then rename that file to ``path``.

    Args:
        path: The file to make or replace. Its folder is made if it is not there.
        write: Writes the whole file to the path it is given.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        _flush(temporary)
        temporary.chmod(0o666 & ~_umask())
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
        path: The folder to make.
        overwrite: Replace ``path`` if it is there. The old folder stays until the new one is whole.

    Yields:
        The temporary folder, beside ``path``.

    Raises:
        OutputExistsError: ``path`` is there and ``overwrite`` is false.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     with new_folder(Path(parent) / "run") as folder:
        ...         _ = (folder / "a.txt").write_text("a")
        ...     (Path(parent) / "run" / "a.txt").read_text()
        'a'
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise OutputExistsError(
            f"`path` must be free. Received: {str(target)!r}, which exists. "
            "Choose another folder, or pass overwrite=True to replace it."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    try:
        yield temporary
        for file in temporary.rglob("*"):
            _flush(file)
        temporary.chmod(0o777 & ~_umask())
        if target.exists():
            retired = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
            target.replace(retired / target.name)
            temporary.replace(target)
            shutil.rmtree(retired)
        else:
            temporary.replace(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _flush(target.parent)


def _flush(path: Path) -> None:
    """Ask the system to put a file, or a folder's list of names, on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

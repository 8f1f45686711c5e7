"""What a pickle file describes, read without unpickling: nothing it names is imported or called.

A pickle is a small program, and running a stranger's program is how a data file takes over a
machine. Here the instructions are read one by one, and only those that make plain data are known:
numbers, strings, bytes, tuples, lists, and dictionaries with plain keys. Where the program names a
class or function, a :class:`Made` notes the name and the arguments and stands in for the thing that
would have been made. Names other than the few that word vectors need are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textclf.embedding.source import Readable, read_exactly
from textclf.errors import DataError

__all__ = ["Made", "PlainPickleReader"]

_NAMES = frozenset(
    {
        "__builtin__.frozenset",
        "_codecs.encode",
        "builtins.frozenset",
        "collections.OrderedDict",
        "collections.defaultdict",
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar",
        "numpy.dtype",
        "numpy.ndarray",
    }
)
_CLASSES_OF = "gensim.models."  # what is defined there stands for its attributes
_LONGEST_NAME = 1000  # bytes


@dataclass(frozen=True)
class _Name:
    path: str  # of a class or function, which itself is never looked up


@dataclass(eq=False)
class Made:
    """What calling ``path`` with ``arguments`` and then giving it ``state`` would have made.

    Attributes:
        path: The dotted path of a class or function.
        arguments: What it would have been called with.
        state: For most objects, the dictionary of their attributes.
    """

    path: str
    arguments: tuple[Any, ...]
    state: Any = None


class PlainPickleReader:
    """Reads one pickle of protocol 2 to 5.

    Args:
        stream: Stands at the first byte.
        path: The file, for the messages.
        wanted: The strings to keep, as UTF-8, where a string is an item of a list; others become
            None, so that the memory taken does not grow with a list of millions of words.
    """

    def __init__(self, stream: Readable, path: Path, wanted: Container[bytes]) -> None:
        self._stream = stream
        self._path = path
        self._wanted = wanted
        self._stack: list[Any] = []
        self._marked: list[list[Any]] = []  # the stacks below the marks
        self._memo: list[Any] = []
        self._in_list = False  # whether what comes now are items of a list

    def read(self) -> object:
        """Return what the pickle describes, with a :class:`Made` for each object.

        Raises:
            DataError: The pickle is damaged or cut short, or needs more than plain data.
        """
        try:
            while (code := self._take(1)) != b".":
                action, detail = _ACTIONS[code]
                action(self, detail)
            return self._stack.pop()
        except DataError:
            raise
        except KeyError:
            raise self._refusal(f"has the instruction {code!r}") from None
        except (IndexError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"the pickle is damaged ({error}). Fetch the file again.", path=self._path
            ) from None

    def _refusal(self, reason: str) -> DataError:
        return DataError(
            f"the pickle {reason}, as plain word vectors never do, so it is not read: a pickle can hold "
            "any program, which runs where it is opened. If you trust its maker, write another format with "
            'gensim.models.KeyedVectors.load(path).save_word2vec_format("vectors.bin", binary=True).',
            path=self._path,
        )

    def _take(self, size: int) -> bytes:
        content = self._stream.read(size) if size <= 8 else b""
        return content if len(content) == size else content + self._rest(size - len(content))

    def _rest(self, size: int) -> bytes:
        return read_exactly(self._stream, size, self._path, "the pickle")

    def _unpacked(self, kind: struct.Struct) -> Any:
        return kind.unpack(self._take(kind.size))[0]

    # One method for each kind of instruction; the table below says which instruction it serves.

    def _skip(self, size: int) -> None:
        self._take(size)

    def _constant(self, value: object) -> None:
        self._stack.append(value)

    def _new(self, kind: type) -> None:
        self._stack.append(kind())

    def _number(self, kind: struct.Struct) -> None:
        self._stack.append(self._unpacked(kind))

    def _long_number(self, kind: struct.Struct) -> None:
        self._stack.append(int.from_bytes(self._take(self._unpacked(kind)), "little", signed=True))

    def _string(self, length: struct.Struct) -> None:
        content = self._take(self._unpacked(length))
        kept = not self._in_list or content in self._wanted
        self._stack.append(content.decode("utf-8", "surrogatepass") if kept else None)

    def _bytes(self, length: struct.Struct) -> None:
        self._stack.append(self._take(self._unpacked(length)))

    def _mark(self, _: None) -> None:
        self._in_list = bool(self._stack) and isinstance(self._stack[-1], list)
        self._marked.append(self._stack)
        self._stack = []

    def _to_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marked.pop()
        below = self._marked[-1] if self._marked else []
        self._in_list = bool(below) and isinstance(below[-1], list)
        return items

    def _tuple(self, size: int | None) -> None:
        items = self._to_mark() if size is None else [self._stack.pop() for _ in range(size)][::-1]
        self._stack.append(tuple(items))

    def _append(self, _: None) -> None:
        item = self._stack.pop()
        self._list().append(item)

    def _extend(self, _: None) -> None:
        items = self._to_mark()
        self._list().extend(items)

    def _list(self) -> list[Any]:
        if not isinstance(self._stack[-1], list):
            raise TypeError("items for something that is not a list")
        return self._stack[-1]

    def _set_item(self, _: None) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set([key, value])

    def _set_items(self, _: None) -> None:
        self._set(self._to_mark())

    def _set(self, pairs: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, Made):  # such as an ordered dictionary; no vectors are in there
            return
        if not isinstance(target, dict):
            raise TypeError("keys for something that is not a dictionary")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if not isinstance(key, str | bytes | int | float | None):
                raise TypeError("a key that is not plain")
            target[key] = value

    def _remember(self, place: struct.Struct | None) -> None:
        index = len(self._memo) if place is None else self._unpacked(place)
        if index == len(self._memo):
            self._memo.append(self._stack[-1])
        elif index < len(self._memo):
            self._memo[index] = self._stack[-1]
        else:
            raise ValueError("notes out of order")

    def _recall(self, place: struct.Struct) -> None:
        self._stack.append(self._memo[self._unpacked(place)])

    def _name_in_lines(self, _: None) -> None:
        self._push_name(self._line(), self._line())

    def _line(self) -> str:
        content = bytearray()
        while (byte := self._take(1)) != b"\n":
            content += byte
            if len(content) > _LONGEST_NAME:
                raise ValueError("a name without an end")
        return content.decode("utf-8")

    def _name_from_stack(self, _: None) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise TypeError("a name that is not a string")
        self._push_name(module, name)

    def _push_name(self, module: str, name: str) -> None:
        path = f"{module}.{name}"
        if path not in _NAMES and not path.startswith(_CLASSES_OF):
            raise self._refusal(f"names {path[:_LONGEST_NAME]}")
        self._stack.append(_Name(path))

    def _make(self, _: None) -> None:
        arguments, name = self._stack.pop(), self._stack.pop()
        if not isinstance(name, _Name) or not isinstance(arguments, tuple):
            raise TypeError("a call of something that is not a name")
        self._stack.append(Made(name.path, arguments))

    def _build(self, _: None) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        if not isinstance(target, Made):
            raise TypeError("attributes for something that has none")
        target.state = state


_INT8, _UINT8, _UINT16 = struct.Struct("<b"), struct.Struct("<B"), struct.Struct("<H")
_INT32, _UINT32, _UINT64, _DOUBLE = (struct.Struct(kind) for kind in ("<i", "<I", "<Q", ">d"))
_Reader = PlainPickleReader
_ACTIONS: dict[bytes, tuple[Callable[[PlainPickleReader, Any], None], Any]] = {
    b"\x80": (_Reader._skip, 1),  # the protocol
    b"\x95": (_Reader._skip, 8),  # the length of a frame
    b"N": (_Reader._constant, None),
    b"\x88": (_Reader._constant, True),
    b"\x89": (_Reader._constant, False),
    b"K": (_Reader._number, _UINT8),
    b"M": (_Reader._number, _UINT16),
    b"J": (_Reader._number, _INT32),
    b"G": (_Reader._number, _DOUBLE),
    b"\x8a": (_Reader._long_number, _UINT8),
    b"\x8c": (_Reader._string, _UINT8),
    b"X": (_Reader._string, _UINT32),
    b"\x8d": (_Reader._string, _UINT64),
    b"C": (_Reader._bytes, _UINT8),
    b"B": (_Reader._bytes, _UINT32),
    b"\x8e": (_Reader._bytes, _UINT64),
    b")": (_Reader._tuple, 0),
    b"\x85": (_Reader._tuple, 1),
    b"\x86": (_Reader._tuple, 2),
    b"\x87": (_Reader._tuple, 3),
    b"t": (_Reader._tuple, None),
    b"\x91": (_Reader._tuple, None),  # a frozenset, kept as it stands
    b"]": (_Reader._new, list),
    b"a": (_Reader._append, None),
    b"e": (_Reader._extend, None),
    b"}": (_Reader._new, dict),
    b"s": (_Reader._set_item, None),
    b"u": (_Reader._set_items, None),
    b"(": (_Reader._mark, None),
    b"q": (_Reader._remember, _UINT8),
    b"r": (_Reader._remember, _UINT32),
    b"\x94": (_Reader._remember, None),
    b"h": (_Reader._recall, _UINT8),
    b"j": (_Reader._recall, _UINT32),
    b"c": (_Reader._name_in_lines, None),
    b"\x93": (_Reader._name_from_stack, None),
    b"R": (_Reader._make, None),
    b"\x81": (_Reader._make, None),
    b"b": (_Reader._build, None),
}

"""The bodies of requests."""

from __future__ import annotations

import io
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Callable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from .errors import LoopspaceError

#: A path, bytes, or a file opened for reading bytes, which is read from its current position.
FileLike = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO]
#: Called with the bytes transferred so far and the total; the total is None for a stream of unknown length.
OnProgress = Callable[[int, Optional[int]], None]

_BLOCK_BYTES = 64 * 1024


def _is_seekable(stream: BinaryIO) -> bool:
    if hasattr(stream, "seekable"):
        return stream.seekable()
    # tempfile.SpooledTemporaryFile has no seekable() before Python 3.11.
    try:
        stream.seek(0, os.SEEK_CUR)
    except (AttributeError, OSError):
        return False
    return True


class Source:
    """Reads the bytes of a file in blocks."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self.name = name
        self.is_seekable = _is_seekable(stream)
        self._start = stream.tell() if self.is_seekable else 0
        #: In bytes; None for a stream of unknown length.
        self.size: Optional[int] = None
        if self.is_seekable:
            stream.seek(0, os.SEEK_END)
            self.size = stream.tell() - self._start

    def read(self, offset: int, count: Optional[int]) -> Iterator[bytes]:
        """Yields ``count`` bytes from ``offset``; all remaining bytes where ``count`` is None.

        Raises ``FILE_UNREADABLE``, and ``FILE_CHANGED`` where the file has fewer bytes.
        """
        try:
            if self.is_seekable:
                self._stream.seek(self._start + offset)
            left = count
            while left is None or left > 0:
                block = self._stream.read(_BLOCK_BYTES if left is None else min(_BLOCK_BYTES, left))
                if not block:
                    break
                left = None if left is None else left - len(block)
                yield block
        except OSError as error:
            raise LoopspaceError("FILE_UNREADABLE", str(error)) from error
        if left:
            raise LoopspaceError("FILE_CHANGED", f"the file became shorter: {left} bytes are missing")


@contextmanager
def open_source(file: FileLike, name: Optional[str]) -> Iterator[Source]:
    """Opens a path and closes it at the end. A file that the caller opened stays open."""
    if isinstance(file, (str, os.PathLike)):
        with open(file, "rb") as stream:
            yield Source(stream, name or os.path.basename(os.fspath(file)))
    elif isinstance(file, (bytes, bytearray, memoryview)):
        yield Source(io.BytesIO(file), name or "Untitled")
    elif isinstance(file, io.TextIOBase):
        raise TypeError("the file is open for text: open it with mode 'rb'")
    else:
        given = getattr(file, "name", None)
        yield Source(file, name or (os.path.basename(given) if isinstance(given, str) else "Untitled"))


@dataclass(frozen=True)
class Body:
    content_type: str
    #: In bytes; None where it is not known before the end.
    length: Optional[int]
    #: Returns the bytes from the beginning, each time it is called.
    blocks: Callable[[], Iterator[bytes]]
    #: Whether the body can be sent again.
    is_repeatable: bool = True


def bytes_body(content: bytes, content_type: str) -> Body:
    return Body(content_type, len(content), lambda: iter((content,)))


def json_body(value: Any) -> Body:
    return bytes_body(json.dumps(value, ensure_ascii=False).encode(), "application/json")


class Progress:
    """Reports progress to a callback. The number never decreases, even if bytes are sent again."""

    def __init__(self, callback: Optional[OnProgress], total: Optional[int]) -> None:
        self._callback = callback
        self._total = total
        self._told = 0

    def follow(self, blocks: Iterator[bytes], offset: int = 0) -> Iterator[bytes]:
        for block in blocks:
            yield block
            # The connection asks for the next block only after it has sent this one.
            offset += len(block)
            self.reach(offset)

    def reach(self, offset: int) -> None:
        if self._callback and offset > self._told:
            self._told = offset
            self._callback(offset, self._total)


def _quoted(text: str) -> str:
    """Escapes a file name in the header of a form part, as browsers do."""
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def form_body(fields: Sequence[Tuple[str, str]], source: Source, progress: Progress) -> Body:
    """Builds a form with a file. The file is read while the form is sent."""
    boundary = secrets.token_hex(16)
    head: List[str] = []
    for name, value in fields:
        head.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
    head.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_quoted(source.name)}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    before, behind = "".join(head).encode(), f"\r\n--{boundary}--\r\n".encode()

    def blocks() -> Iterator[bytes]:
        yield before
        yield from progress.follow(source.read(0, source.size))
        yield behind

    length = None if source.size is None else len(before) + source.size + len(behind)
    return Body(f"multipart/form-data; boundary={boundary}", length, blocks, source.is_seekable)


def without_none(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the values that are not None."""
    return {key: value for key, value in values.items() if value is not None}

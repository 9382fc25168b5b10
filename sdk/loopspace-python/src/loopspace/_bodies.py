"""What requests send."""

from __future__ import annotations

import io
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Callable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from .errors import LoopspaceError

#: A path, the bytes themselves, or a file opened for reading bytes, from where it stands.
FileLike = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO]
#: Called with bytes sent and bytes in all; the latter is None of a stream whose length nobody knows.
OnProgress = Callable[[int, Optional[int]], None]

_BLOCK_BYTES = 64 * 1024


def _is_seekable(stream: BinaryIO) -> bool:
    if hasattr(stream, "seekable"):
        return stream.seekable()
    # That of tempfile.SpooledTemporaryFile does not say before Python 3.11.
    try:
        stream.seek(0, os.SEEK_CUR)
    except (AttributeError, OSError):
        return False
    return True


class Source:
    """The bytes of a file, one block at a time."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self.name = name
        self.is_seekable = _is_seekable(stream)
        self._start = stream.tell() if self.is_seekable else 0
        #: Bytes; None of a stream that ends when it ends.
        self.size: Optional[int] = None
        if self.is_seekable:
            stream.seek(0, os.SEEK_END)
            self.size = stream.tell() - self._start

    def read(self, offset: int, count: Optional[int]) -> Iterator[bytes]:
        """These bytes: as many as there are where ``count`` is None."""
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
            raise LoopspaceError("FILE_CHANGED", f"the file ended {left} bytes before its end")


@contextmanager
def open_source(file: FileLike, name: Optional[str]) -> Iterator[Source]:
    """Opens a path for as long as it is needed; leaves open what somebody else opened."""
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
    #: Bytes; None where only the end tells.
    length: Optional[int]
    #: Makes the bytes, each time it is called.
    blocks: Callable[[], Iterator[bytes]]
    #: Whether it can be sent twice.
    is_repeatable: bool = True


def bytes_body(content: bytes, content_type: str) -> Body:
    return Body(content_type, len(content), lambda: iter((content,)))


def json_body(value: Any) -> Body:
    return bytes_body(json.dumps(value, ensure_ascii=False).encode(), "application/json")


class Progress:
    """Tells a callback how far it is. What is sent again is not told again."""

    def __init__(self, callback: Optional[OnProgress], total: Optional[int]) -> None:
        self._callback = callback
        self._total = total
        self._told = 0

    def follow(self, blocks: Iterator[bytes], offset: int = 0) -> Iterator[bytes]:
        for block in blocks:
            yield block
            # Asked for the next one, the connection has taken this one.
            offset += len(block)
            self.reach(offset)

    def reach(self, offset: int) -> None:
        if self._callback and offset > self._told:
            self._told = offset
            self._callback(offset, self._total)


def _quoted(text: str) -> str:
    """A name in a part's header, as browsers write it."""
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def form_body(fields: Sequence[Tuple[str, str]], source: Source, progress: Progress) -> Body:
    """A form with a file, which is read as it is sent."""
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
    """What was given."""
    return {key: value for key, value in values.items() if value is not None}

"""Resumable downloads."""

from __future__ import annotations

import os
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import BinaryIO, Iterator, Optional, Union

from ._bodies import OnProgress
from ._failures import is_passing
from ._transport import Call, Transport, read_blocks
from .errors import LoopspaceError

#: A path, or a file opened for writing bytes.
Target = Union[str, "os.PathLike[str]", BinaryIO]


@contextmanager
def open_target(target: Target) -> Iterator[BinaryIO]:
    """Opens a target. A file at a path is written as ``.part`` first, so that it exists only when it is complete."""
    if not isinstance(target, (str, os.PathLike)):
        yield target
        return
    part = f"{os.fspath(target)}.part"
    try:
        with open(part, "wb") as stream:
            yield stream
        os.replace(part, target)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


class Download:
    def __init__(self, transport: Transport, path: str, stream: BinaryIO, on_progress: Optional[OnProgress]) -> None:
        self._transport = transport
        self._path = path
        self._stream = stream
        self._on_progress = on_progress
        self._done = 0
        self._total: Optional[int] = None
        self._etag: Optional[str] = None

    def run(self) -> int:
        """Writes the whole file and returns its number of bytes."""
        failures, done = 0, 0
        while True:
            try:
                self._transport.once(self._call(), self._take)
                return self._done
            except LoopspaceError as failure:
                # Without an ETag it cannot be checked that the rest belongs to the bytes that were received.
                if not is_passing(failure) or (self._done and self._etag is None):
                    raise
                failures = 1 if self._done > done else failures + 1
                done = self._done
                self._transport.wait(failures, failure)

    def _call(self) -> Call:
        on = {"Range": f"bytes={self._done}-", "If-Range": self._etag or ""} if self._done else {}
        return Call("GET", self._path, headers={"Accept": "*/*", **on}, is_repeatable=True)

    def _take(self, response: HTTPResponse) -> None:
        if self._done and response.status != 206:
            raise LoopspaceError("FILE_CHANGED", "the file changed during its download")
        if not self._done:
            etag = response.headers.get("ETag")
            self._etag = etag if etag and etag.startswith('"') else None
            self._total = response.length
        for block in read_blocks(response):
            self._stream.write(block)
            self._done += len(block)
            if self._on_progress:
                self._on_progress(self._done, self._total)

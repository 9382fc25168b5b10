"""Uploads that survive a connection that breaks (tus 1.0)."""

from __future__ import annotations

import base64
import re
from typing import Callable, Mapping, Optional, Tuple
from urllib.parse import urlsplit

from ._bodies import Body, Progress, Source
from ._failures import is_passing
from ._transport import Answer, Call, Transport, read_answer
from .errors import LoopspaceError

_VERSION = {"Tus-Resumable": "1.0.0"}
#: What a break can cost at the most, and well below what any edge takes as one request.
CHUNK_BYTES = 10 * 1024 * 1024


def _metadata(fields: Mapping[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


def _standing(answer: Answer) -> Tuple[int, str]:
    """How many bytes arrived, and the address of what was made of them: empty before the last."""
    try:
        return int(answer.headers["Upload-Offset"]), answer.headers.get("Content-Location", "")
    except (TypeError, ValueError) as error:
        raise LoopspaceError("UNEXPECTED_ANSWER", "the answer does not say how far the upload is") from error


def _last(url: str, behind: str) -> str:
    """The id at the end of an address."""
    found = re.search(rf"/{behind}/([\w-]+)/?$", urlsplit(url).path, re.ASCII)
    if not found:
        raise LoopspaceError("UNEXPECTED_ANSWER", f"{url!r} is no address of {behind}")
    return found[1]


class ResumableUpload:
    """One file on its way to an endpoint."""

    def __init__(self, transport: Transport, path: str, source: Source, progress: Progress) -> None:
        if source.size is None:
            raise ValueError("only a file whose length is known can go on after a break")
        self._transport = transport
        self._path = path
        self._source = source
        self._size = source.size
        self._progress = progress

    def run(self, fields: Mapping[str, str], known: Optional[str], tell: Optional[Callable[[str], None]]) -> str:
        """Uploads it and gives the id of the track it became. ``known`` is the address of an upload to go on with."""
        url = known
        if url is None:
            url = self._create(fields)
            if tell is not None:
                tell(url)
        # The key is for nobody but us, whatever host stands there.
        target = f"{self._path}/{_last(url, 'uploads')}"
        offset, made = (0, "") if known is None else self._look(target)
        self._progress.reach(offset)
        failures = 0
        while offset < self._size:
            before = offset
            try:
                offset, made = _standing(self._transport.once(self._chunk(target, offset), read_answer))
                if offset <= before:
                    raise LoopspaceError("UNEXPECTED_ANSWER", "the upload does not get on")
            except LoopspaceError as failure:
                # A refused offset: more had arrived than was answered, or less.
                if not is_passing(failure) and failure.status != 409:
                    raise
                self._transport.wait(failures + 1, failure)
                offset, made = self._look(target)
            # Getting on is no failure, however often it breaks.
            failures = 0 if offset > before else failures + 1
            self._progress.reach(offset)
        return _last(made, "audio")

    def _create(self, fields: Mapping[str, str]) -> str:
        headers = {**_VERSION, "Upload-Length": str(self._size), "Upload-Metadata": _metadata(fields)}
        # One that nobody goes on with ends by itself.
        answer = self._transport.ask(Call("POST", self._path, headers=headers, is_repeatable=True))
        return answer.headers.get("Location", "")

    def _chunk(self, target: str, offset: int) -> Call:
        count = min(CHUNK_BYTES, self._size - offset)
        body = Body(
            "application/offset+octet-stream",
            count,
            lambda: self._progress.follow(self._source.read(offset, count), offset),
        )
        return Call("PATCH", target, headers={**_VERSION, "Upload-Offset": str(offset)}, body=body)

    def _look(self, target: str) -> Tuple[int, str]:
        answer = self._transport.ask(Call("HEAD", target, headers=_VERSION, is_repeatable=True))
        if answer.headers.get("Upload-Length") != str(self._size):
            raise LoopspaceError("FILE_CHANGED", "the upload was begun with a file of another length")
        return _standing(answer)

"""Resumable uploads (tus 1.0)."""

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
#: The most bytes that a broken connection can lose; well below the request limits of proxies (100 MB).
CHUNK_BYTES = 10 * 1024 * 1024


def _metadata(fields: Mapping[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


def _standing(answer: Answer) -> Tuple[int, str]:
    """Returns the number of bytes that arrived, and the path of the created track (empty before the last byte)."""
    try:
        return int(answer.headers["Upload-Offset"]), answer.headers.get("Content-Location", "")
    except (TypeError, ValueError) as error:
        raise LoopspaceError("UNEXPECTED_ANSWER", "the response has no valid Upload-Offset") from error


def _last(url: str, behind: str) -> str:
    """Returns the id at the end of a URL, after the path segment ``behind``."""
    found = re.search(rf"/{behind}/([\w-]+)/?$", urlsplit(url).path, re.ASCII)
    if not found:
        raise LoopspaceError("UNEXPECTED_ANSWER", f"{url!r} is not a URL of {behind}")
    return found[1]


class ResumableUpload:
    """The upload of one file to an endpoint."""

    def __init__(self, transport: Transport, path: str, source: Source, progress: Progress) -> None:
        if source.size is None:
            raise ValueError("a resumable upload needs a file of known length")
        self._transport = transport
        self._path = path
        self._source = source
        self._size = source.size
        self._progress = progress

    def run(self, fields: Mapping[str, str], known: Optional[str], tell: Optional[Callable[[str], None]]) -> str:
        """Uploads the file and returns the id of the created track. ``known`` is the URL of an upload to resume."""
        url = known
        if url is None:
            url = self._create(fields)
            if tell is not None:
                tell(url)
        # Only the id of the URL is used, so that the key is sent to the client's own server, whatever its host is.
        target = f"{self._path}/{_last(url, 'uploads')}"
        offset, made = (0, "") if known is None else self._look(target)
        self._progress.reach(offset)
        failures = 0
        while offset < self._size:
            before = offset
            try:
                offset, made = _standing(self._transport.once(self._chunk(target, offset), read_answer))
                if offset <= before:
                    raise LoopspaceError("UNEXPECTED_ANSWER", "the upload made no progress")
            except LoopspaceError as failure:
                # 409: the offset is another than the last response said, so it is read again.
                if not is_passing(failure) and failure.status != 409:
                    raise
                self._transport.wait(failures + 1, failure)
                offset, made = self._look(target)
            # Only failures without progress count towards the limit of retries.
            failures = 0 if offset > before else failures + 1
            self._progress.reach(offset)
        return _last(made, "audio")

    def _create(self, fields: Mapping[str, str]) -> str:
        headers = {**_VERSION, "Upload-Length": str(self._size), "Upload-Metadata": _metadata(fields)}
        # Repeatable, because an upload whose response was lost expires on the server.
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
            raise LoopspaceError("FILE_CHANGED", "the upload was started with a file of another length")
        return _standing(answer)

"""``client.audio``: tracks."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, TypedDict, Union

from ._bodies import FileLike, OnProgress, Progress, form_body, json_body, open_source, without_none
from ._download import Download, Target, open_target
from ._resumable import ResumableUpload
from ._transport import Call, Transport, checked_id
from ._wire import Wired, from_wire
from .errors import LoopspaceError
from .models import Audio, Genre, Purchase
from .pages import Page, fetch

_PATH = "/api/v1/audio"
#: In bytes. Larger files are uploaded in chunks, so that the upload can resume after a connection broke.
RESUMABLE_ABOVE = 10 * 1000 * 1000
_FIRST_LOOK = 0.5
_LONGEST_LOOK = 5.0


class SearchFilters(TypedDict, total=False):
    """The filters of ``search``. A track has to match all of them."""

    genre: str
    #: One tag, or several of which a track has to have all.
    tags: Union[str, Sequence[str]]


def _path_of(audio_id: str, part: str = "") -> str:
    return f"{_PATH}/{checked_id(audio_id)}{part}"


def _audio(wire: Any) -> Audio:
    return from_wire(Audio, wire)


def _tags(tags: Union[str, Sequence[str]]) -> List[str]:
    return [tags] if isinstance(tags, str) else list(tags)


@dataclass(frozen=True)
class _Genres(Wired):
    data: List[Genre]


@dataclass(frozen=True)
class _Plays(Wired):
    plays_count: int


class AudioResource:
    """The calls for tracks.

    A call that fails raises ``LoopspaceError``; an invalid argument raises ``ValueError`` or ``TypeError``. Lists
    have 1 to 100 items per page (``limit``) and pages from 1.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def upload(
        self,
        file: FileLike,
        *,
        title: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        genre: Optional[str] = None,
        visibility: Optional[str] = None,
        price: Optional[int] = None,
        filename: Optional[str] = None,
        on_progress: Optional[OnProgress] = None,
        on_upload_url: Optional[Callable[[str], None]] = None,
        upload_url: Optional[str] = None,
    ) -> Audio:
        """Uploads a track: MP3, WAV, FLAC or AAC, at most 100 MB. Returns it with ``status`` ``processing``.

        Wait for ``ready`` with ``wait_until_ready``. A file above 10 MB is sent in chunks, and the upload resumes
        after a broken connection. A stream of unknown length is sent in a single request. The file is read while it
        is sent and is never completely in memory.

        ``file``: a path, bytes, or a file opened for reading bytes, which is read from its current position.
        ``title``: default: the file name without its extension.
        ``visibility``: ``public`` (default) or ``private``.
        ``price``: in credits; 0 (default) is free.
        ``on_progress``: called with the bytes sent so far and the total (None for a stream of unknown length). An
        exception that it raises ends the upload.
        ``on_upload_url``: called with the URL of an upload above 10 MB, before any data is sent.
        ``upload_url``: such a URL of the last 24 hours, to resume the upload with the same file. The other fields
        keep the values of the first call.

        Raises ``FILE_TOO_LARGE``, ``UNSUPPORTED_FORMAT``, ``FILE_CHANGED`` and ``FILE_UNREADABLE``.
        """
        said = {
            "title": title,
            "description": description,
            "tags": None if tags is None else json.dumps(_tags(tags), ensure_ascii=False),
            "genre": genre,
            "visibility": visibility,
            "price": None if price is None else str(price),
        }
        fields: Dict[str, str] = {key: value for key, value in said.items() if value is not None}
        with open_source(file, filename) as source:
            progress = Progress(on_progress, source.size)
            if upload_url is not None or (source.size or 0) > RESUMABLE_ABOVE:
                upload = ResumableUpload(self._transport, f"{_PATH}/uploads", source, progress)
                return self.get(upload.run({"filename": source.name, **fields}, upload_url, on_upload_url))
            body = form_body(list(fields.items()), source, progress)
            return _audio(self._transport.ask(Call("POST", f"{_PATH}/upload", body=body)).json())

    def get(self, audio_id: str) -> Audio:
        """Returns a track, with its waveform once it is ready. Raises ``NOT_FOUND``."""
        return _audio(self._transport.ask(Call("GET", _path_of(audio_id), is_repeatable=True)).json())

    def update(
        self,
        audio_id: str,
        *,
        title: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        genre: Optional[str] = None,
        visibility: Optional[str] = None,
        price: Optional[int] = None,
    ) -> Audio:
        """Changes fields of a track that the caller owns, and returns the track.

        Arguments that are None keep their values. Raises ``FORBIDDEN`` for a track of another account.
        """
        change = {
            "title": title,
            "description": description,
            "tags": None if tags is None else _tags(tags),
            "genre": genre,
            "visibility": visibility,
            "price": price,
        }
        body = json_body(without_none(change))
        return _audio(self._transport.ask(Call("PATCH", _path_of(audio_id), body=body, is_repeatable=True)).json())

    def delete(self, audio_id: str) -> None:
        """Deletes a track that the caller owns, with its files.

        A track that was bought stays available to its buyers. Raises ``FORBIDDEN`` for a track of another account.
        """
        self._transport.delete(_path_of(audio_id))

    def wait_until_ready(self, audio_id: str, *, timeout: float = 300.0) -> Audio:
        """Polls an uploaded track until it is ``ready``, and returns it with its waveform.

        Raises ``TIMEOUT`` after ``timeout`` seconds, and ``PROCESSING_FAILED`` where the server could not process it.
        """
        end = time.monotonic() + timeout
        pause = _FIRST_LOOK
        while True:
            audio = self.get(audio_id)
            if audio.status == "ready":
                return audio
            if audio.status == "failed":
                raise LoopspaceError("PROCESSING_FAILED", audio.failure or "the track could not be processed")
            left = end - time.monotonic()
            if left <= 0:
                raise LoopspaceError("TIMEOUT", f"the track is still {audio.status} after {timeout:g} s")
            time.sleep(min(pause, left))
            pause = min(_LONGEST_LOOK, pause * 1.5)

    def get_popular(self, *, limit: int = 20, page: int = 1, genre: Optional[str] = None) -> Page[Audio]:
        """Returns a page of the popular tracks, optionally of one genre. Tracks in lists have no waveform."""
        return fetch(self._transport, Audio, f"{_PATH}/popular", {"limit": limit, "genre": genre}, page)

    def search(
        self,
        query: str = "",
        *,
        filters: Optional[SearchFilters] = None,
        limit: int = 20,
        page: int = 1,
    ) -> Page[Audio]:
        """Returns a page of the tracks that have every word of ``query`` in title, artist, tags or description.

        Words may be in any script. Tracks in lists have no waveform.
        """
        wanted: Dict[str, Any] = {**filters} if filters else {}
        unknown = wanted.keys() - {"genre", "tags"}
        if unknown:
            raise ValueError(f"unknown filter: {', '.join(sorted(unknown))} (the filters are genre and tags)")
        if wanted.get("tags") is not None:
            wanted["tags"] = json.dumps(_tags(wanted["tags"]), ensure_ascii=False)
        return fetch(self._transport, Audio, f"{_PATH}/search", {"query": query, "limit": limit, **wanted}, page)

    def get_genres(self) -> List[Genre]:
        """Returns the genres that have tracks, the one with the most tracks first; at most 200."""
        answer = self._transport.ask(Call("GET", f"{_PATH}/genres", is_repeatable=True)).json()
        return list(from_wire(_Genres, answer).data)

    def record_play(self, audio_id: str) -> int:
        """Counts a play by the caller, at most once per UTC day. Returns the number of plays so far."""
        answer = self._transport.ask(Call("POST", _path_of(audio_id, "/plays"), is_repeatable=True)).json()
        return from_wire(_Plays, answer).plays_count

    def purchase(self, audio_id: str, *, price: Optional[int] = None) -> Purchase:
        """Buys a track with credits. Buying it again costs nothing and returns the same purchase.

        ``price``: the price that the buyer saw, in credits. If the track has another price now, nothing is bought and
        ``PRICE_CHANGED`` is raised. The key or token needs the scope ``purchases`` (``INSUFFICIENT_SCOPE``). Credits
        that were given (at sign-up or as a gift) cannot pay for tracks: where the other credits are too few,
        ``INSUFFICIENT_CREDITS`` is raised.
        """
        body = json_body(without_none({"price": price}))
        call = Call("POST", _path_of(audio_id, "/purchase"), body=body, is_repeatable=True)
        return from_wire(Purchase, self._transport.ask(call).json())

    def get_purchases(self, *, limit: int = 20, page: int = 1) -> Page[Purchase]:
        """Returns a page of the caller's purchases, newest first."""
        return fetch(self._transport, Purchase, f"{_PATH}/purchases", {"limit": limit}, page)

    def download(self, audio_id: str, to: Target, *, on_progress: Optional[OnProgress] = None) -> int:
        """Writes a track's file to a path or to a file opened for writing bytes. Returns its number of bytes.

        The download resumes after a broken connection. A file at a path is created only when it is complete.
        ``on_progress``: called with the bytes received so far and the total. Raises ``FORBIDDEN`` where the caller
        has not bought a priced track, and ``FILE_CHANGED`` where the file changed during the download.
        """
        with open_target(to) as stream:
            return Download(self._transport, _path_of(audio_id, "/download"), stream, on_progress).run()

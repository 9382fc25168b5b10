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
#: Larger files go up in chunks, and on after a break.
RESUMABLE_ABOVE = 10 * 1000 * 1000
_FIRST_LOOK = 0.5
_LONGEST_LOOK = 5.0


class SearchFilters(TypedDict, total=False):
    """What else has to be true of tracks that are found."""

    genre: str
    #: All of them.
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
    """Tracks. A call that fails raises ``LoopspaceError``, one that cannot be right ``ValueError`` or ``TypeError``."""

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
        """Uploads a track: MP3, WAV, FLAC or AAC, from a path, bytes or a binary file.

        Above 10 MB it goes up in chunks, and on where it was after a break; a stream whose length nobody knows goes up in
        one piece. It is read as it is sent and never held whole.

        ``title``: default: the name of the file. ``visibility``: ``public`` (default) or ``private``. ``price``: credits.
        ``on_progress``: called with bytes sent and bytes in all.
        ``on_upload_url``: called with the address of an upload above 10 MB. With it as ``upload_url`` and the same file,
        another call goes on where this one ended, within a day; what is said of the track was said by the first.

        The track is ``processing`` at first: see ``wait_until_ready``. Raises ``FILE_TOO_LARGE``, ``UNSUPPORTED_FORMAT``.
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
        """A track, with its waveform once it is ready."""
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
        """Changes what is said of a track of the caller's. What is None stays."""
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
        """Deletes a track of the caller's, with its files. Who bought it keeps it."""
        self._transport.delete(_path_of(audio_id))

    def wait_until_ready(self, audio_id: str, *, timeout: float = 300.0) -> Audio:
        """Waits until a track that was uploaded is ``ready``, and gives it with its waveform.

        Raises ``PROCESSING_FAILED`` where it cannot be, ``TIMEOUT`` after as many seconds.
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
        """What people listen to. Tracks of lists have no waveform."""
        return fetch(self._transport, Audio, f"{_PATH}/popular", {"limit": limit, "genre": genre}, page)

    def search(
        self,
        query: str = "",
        *,
        filters: Optional[SearchFilters] = None,
        limit: int = 20,
        page: int = 1,
    ) -> Page[Audio]:
        """Tracks with all words of ``query`` in title, artist, tags or description, in any script."""
        wanted: Dict[str, Any] = {**filters} if filters else {}
        unknown = wanted.keys() - {"genre", "tags"}
        if unknown:
            raise ValueError(f"no such filter: {', '.join(sorted(unknown))} (there are genre and tags)")
        if wanted.get("tags") is not None:
            wanted["tags"] = json.dumps(_tags(wanted["tags"]), ensure_ascii=False)
        return fetch(self._transport, Audio, f"{_PATH}/search", {"query": query, "limit": limit, **wanted}, page)

    def get_genres(self) -> List[Genre]:
        """Genres with tracks, the fullest first."""
        answer = self._transport.ask(Call("GET", f"{_PATH}/genres", is_repeatable=True)).json()
        return list(from_wire(_Genres, answer).data)

    def record_play(self, audio_id: str) -> int:
        """Counts a listener, each once a day; gives how many plays there were."""
        answer = self._transport.ask(Call("POST", _path_of(audio_id, "/plays"), is_repeatable=True)).json()
        return from_wire(_Plays, answer).plays_count

    def purchase(self, audio_id: str, *, price: Optional[int] = None) -> Purchase:
        """Buys a track with credits; a second time costs nothing.

        ``price`` is what the buyer saw: where it is another by now, nothing is bought (``PRICE_CHANGED``). Raises
        ``INSUFFICIENT_CREDITS``: credits that were given (at sign-up or as a gift) do not pay for tracks. The key or
        token needs the scope ``purchases``.
        """
        body = json_body(without_none({"price": price}))
        call = Call("POST", _path_of(audio_id, "/purchase"), body=body, is_repeatable=True)
        return from_wire(Purchase, self._transport.ask(call).json())

    def get_purchases(self, *, limit: int = 20, page: int = 1) -> Page[Purchase]:
        """What the caller bought, the latest first."""
        return fetch(self._transport, Purchase, f"{_PATH}/purchases", {"limit": limit}, page)

    def download(self, audio_id: str, to: Target, *, on_progress: Optional[OnProgress] = None) -> int:
        """Writes a track's file to a path or a binary file, and gives how many bytes it has.

        After a break it goes on where it was. A file at a path appears when it is whole.
        """
        with open_target(to) as stream:
            return Download(self._transport, _path_of(audio_id, "/download"), stream, on_progress).run()

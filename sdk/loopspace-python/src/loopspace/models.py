"""What the platform answers. ``raw`` has each as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Dict, List, Optional

from ._wire import Wired


@dataclass(frozen=True)
class AudioMetadata(Wired):
    #: kbit/s
    bitrate: Optional[int]
    #: Hz
    sample_rate: Optional[int]
    channels: Optional[int]
    codec: Optional[str]
    #: ``audio/mpeg``…
    format: str
    #: bytes
    size: int
    artist: Optional[str]
    album: Optional[str]
    year: Optional[int]


@dataclass(frozen=True)
class AudioStats(Wired):
    plays_count: int
    sales_count: int


@dataclass(frozen=True)
class AudioUser(Wired):
    id: str
    username: str
    avatar: Optional[str]


@dataclass(frozen=True)
class Audio(Wired):
    """A track."""

    id: str
    title: str
    description: str
    genre: Optional[str]
    tags: List[str]
    #: ``processing``, ``ready`` or ``failed``
    status: str
    #: ``public`` or ``private``
    visibility: str
    #: Credits; 0 is free.
    price: int
    #: Seconds; None until it is ready.
    duration: Optional[float]
    metadata: AudioMetadata
    cover_url: Optional[str]
    #: Of a priced track who has not bought it hears the beginning.
    stream_url: str
    #: None where the caller may not download it.
    download_url: Optional[str]
    page_url: str
    stats: AudioStats
    user: AudioUser
    #: By the caller.
    purchased: bool
    created_at: datetime
    updated_at: datetime
    #: 200 peaks from 0 to 1; empty until it is ready, and in lists.
    waveform: List[float] = field(default_factory=list, repr=False)
    #: Whether the waveform is read from the gains of frames (AAC) and not from the sound.
    waveform_estimated: bool = False
    #: Why it failed.
    failure: Optional[str] = None
    #: Seconds the caller may hear before they buy it, 0 where it has no preview; None where they may hear all of it.
    preview_duration: Optional[float] = None
    #: What of the file was not kept: ``cover_too_large``, ``cover_unreadable``
    warnings: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class Genre(Wired):
    genre: str
    tracks_count: int


@dataclass(frozen=True)
class Purchase(Wired):
    id: str
    audio_id: str
    #: Credits.
    price: int
    created_at: datetime
    download_url: str


@dataclass(frozen=True)
class UserStats(Wired):
    followers_count: int
    following_count: int
    tracks_count: int
    plays_count: int


@dataclass(frozen=True)
class User(Wired):
    id: str
    username: str
    name: str
    avatar: Optional[str]
    stats: UserStats
    #: Whether the caller follows them.
    is_following: bool
    profile_url: str
    created_at: datetime


@dataclass(frozen=True)
class Webhook(Wired):
    """Where its owner wants to be told."""

    id: str
    url: str
    events: List[str]
    #: ``live`` or ``sandbox``
    environment: str
    enabled: bool
    #: ``owner``, ``gone`` (it answered 410) or ``failing`` (nothing got through for days); None while it is on
    disabled_reason: Optional[str]
    #: Since when nothing got through.
    failing_since: Optional[datetime]
    #: Until when the secret before the present one signs as well.
    previous_secret_until: Optional[datetime]
    created_at: datetime
    updated_at: datetime
    #: The application that made it; None of the account itself and its keys.
    client_id: Optional[str] = None
    #: Shown once, when it is made.
    secret: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class DeliveredEvent(Wired):
    id: str
    type: str


@dataclass(frozen=True)
class DeliveryAttempt(Wired):
    at: datetime
    #: Of HTTP; None where there was no answer.
    status: Optional[int]
    error: Optional[str]
    duration_ms: int
    #: The beginning of the answer.
    response: str


@dataclass(frozen=True)
class WebhookDelivery(Wired):
    """An event on its way to a webhook."""

    id: str
    webhook_id: str
    event: DeliveredEvent
    #: ``pending``, ``delivered`` or ``failed``
    status: str
    #: Of the last attempt.
    error: Optional[str]
    #: The last 20, the first of them first.
    attempts: List[DeliveryAttempt]
    next_attempt_at: Optional[datetime]
    created_at: datetime
    delivered_at: Optional[datetime]
    #: The body as it is sent; lists leave it out.
    payload: Optional[Dict[str, Any]] = field(default=None, repr=False)


@dataclass(frozen=True)
class Recovered(Wired):
    #: How many deliveries are sent again.
    requeued: int
    #: Whether there are more: call again.
    has_more: bool

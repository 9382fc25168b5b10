"""The objects in the platform's responses. The field ``raw`` of each has the JSON object as it was received.

Times are ``datetime`` objects in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Dict, List, Optional

from ._wire import Wired


@dataclass(frozen=True)
class AudioMetadata(Wired):
    """The properties of a track's file.

    A field is None where the file has no such value, and until the track is ready.
    """

    #: In kbit/s.
    bitrate: Optional[int]
    #: In Hz.
    sample_rate: Optional[int]
    channels: Optional[int]
    codec: Optional[str]
    #: Media type, such as ``audio/mpeg``.
    format: str
    #: In bytes.
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
    """The owner of a track."""

    id: str
    username: str
    #: URL of the profile picture.
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
    #: In credits; 0 is free.
    price: int
    #: In seconds; None until the track is ready.
    duration: Optional[float]
    metadata: AudioMetadata
    cover_url: Optional[str]
    #: URL to play the track; where it has a ``signature`` parameter, it is valid for a day. For a priced track that
    #: the caller has not bought, it plays only the beginning: see ``preview_duration``.
    stream_url: str
    #: None where the caller may not download the track.
    download_url: Optional[str]
    #: URL of the track's web page.
    page_url: str
    stats: AudioStats
    user: AudioUser
    #: Whether the caller has bought the track.
    purchased: bool
    created_at: datetime
    updated_at: datetime
    #: 200 peaks from 0 to 1; empty until the track is ready, and in lists.
    waveform: List[float] = field(default_factory=list, repr=False)
    #: Whether the waveform is an estimate from the gain of each frame (AAC), not computed from decoded samples.
    waveform_estimated: bool = False
    #: Why processing failed: ``undecodable``, ``too_long`` or ``internal``; None unless ``status`` is ``failed``.
    failure: Optional[str] = None
    #: Seconds that the caller may listen to before buying: at most 30, and 0 where the track has no preview. None
    #: where the caller may listen to the whole track.
    preview_duration: Optional[float] = None
    #: The parts of the file that were not kept: ``cover_too_large`` (over 5 MiB), ``cover_unreadable``.
    warnings: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class Genre(Wired):
    genre: str
    tracks_count: int


@dataclass(frozen=True)
class Purchase(Wired):
    id: str
    audio_id: str
    #: The price that was paid, in credits.
    price: int
    created_at: datetime
    #: Signed URL of the file, valid for a day.
    download_url: str


@dataclass(frozen=True)
class UserStats(Wired):
    followers_count: int
    following_count: int
    tracks_count: int
    plays_count: int


@dataclass(frozen=True)
class User(Wired):
    """A user's public profile."""

    id: str
    username: str
    name: str
    #: URL of the profile picture.
    avatar: Optional[str]
    stats: UserStats
    #: Whether the caller follows this user.
    is_following: bool
    #: URL of the user's web page.
    profile_url: str
    created_at: datetime


@dataclass(frozen=True)
class Webhook(Wired):
    """A URL that receives events."""

    id: str
    url: str
    events: List[str]
    #: ``live`` or ``sandbox``
    environment: str
    enabled: bool
    #: ``owner`` (its owner switched it off), ``gone`` (the receiver answered 410) or ``failing`` (no delivery
    #: succeeded for 5 days); None while it is enabled.
    disabled_reason: Optional[str]
    #: Since when no delivery has succeeded; None where the last one did.
    failing_since: Optional[datetime]
    #: Until when deliveries are also signed with the previous secret; None where there is none.
    previous_secret_until: Optional[datetime]
    created_at: datetime
    updated_at: datetime
    #: The application that created the webhook; None where the account created it, itself or with a key.
    client_id: Optional[str] = None
    #: Only in the results of ``create`` and ``rotate_secret``; None otherwise.
    secret: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class DeliveredEvent(Wired):
    id: str
    type: str


@dataclass(frozen=True)
class DeliveryAttempt(Wired):
    at: datetime
    #: The receiver's HTTP status; None for no response.
    status: Optional[int]
    #: ``timeout``, ``connection_failed``, ``redirected``, ``address_refused`` or ``secret_unreadable``; None where
    #: ``status`` tells the outcome.
    error: Optional[str]
    duration_ms: int
    #: The first kilobyte of the response body.
    response: str


@dataclass(frozen=True)
class WebhookDelivery(Wired):
    """The delivery of an event to a webhook, with its attempts."""

    id: str
    webhook_id: str
    event: DeliveredEvent
    #: ``pending``, ``delivered`` or ``failed``
    status: str
    #: The error of the last attempt; ``endpoint_disabled`` where no attempt was made because the webhook is off.
    error: Optional[str]
    #: The last 20 attempts, oldest first.
    attempts: List[DeliveryAttempt]
    next_attempt_at: Optional[datetime]
    created_at: datetime
    delivered_at: Optional[datetime]
    #: The request body as it is sent; None in lists.
    payload: Optional[Dict[str, Any]] = field(default=None, repr=False)


@dataclass(frozen=True)
class Recovered(Wired):
    """The result of ``recover``."""

    #: The number of deliveries that are sent again.
    requeued: int
    #: Whether failed deliveries are left: then call ``recover`` again.
    has_more: bool

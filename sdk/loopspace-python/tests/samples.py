"""Sample responses of the platform."""

from __future__ import annotations

from typing import Any, Dict

TIME = "2026-11-21T08:00:00.000Z"

AUDIO: Dict[str, Any] = {
    "id": "audio_1",
    "title": "Rain",
    "description": "",
    "genre": None,
    "tags": ["rain"],
    "status": "ready",
    "visibility": "public",
    "price": 0,
    "duration": 1.5,
    "waveform": [0.5],
    "waveformEstimated": False,
    "metadata": {
        "bitrate": 320,
        "sampleRate": 44100,
        "channels": 2,
        "codec": "MP3",
        "format": "audio/mpeg",
        "size": 1000,
        "artist": None,
        "album": None,
        "year": None,
    },
    "coverUrl": None,
    "streamUrl": "https://example.com/stream",
    "downloadUrl": None,
    "pageUrl": "https://example.com/page",
    "stats": {"playsCount": 3, "salesCount": 0},
    "user": {"id": "user_1", "username": "maker", "avatar": None},
    "purchased": False,
    "createdAt": TIME,
    "updatedAt": TIME,
}

USER: Dict[str, Any] = {
    "id": "user_1",
    "username": "maker",
    "name": "A Maker",
    "avatar": None,
    "stats": {"followersCount": 1, "followingCount": 2, "tracksCount": 3, "playsCount": 4},
    "isFollowing": False,
    "profileUrl": "https://example.com/user_1",
    "createdAt": TIME,
}

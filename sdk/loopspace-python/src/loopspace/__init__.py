"""The Python SDK of Loopspace.

>>> from loopspace import Client
>>> client = Client(api_key="lsk_live_…")
>>> for track in client.audio.search("rain", filters={"genre": "ambient"}):
...     print(track.title, track.user.username)
"""

from ._version import VERSION as __version__
from .audio import SearchFilters
from .client import Client, Environment
from .errors import LoopspaceError, WebhookVerificationError
from .models import (
    Audio,
    AudioMetadata,
    AudioStats,
    AudioUser,
    DeliveredEvent,
    DeliveryAttempt,
    Genre,
    Purchase,
    Recovered,
    User,
    UserStats,
    Webhook,
    WebhookDelivery,
)
from .pages import Page
from .signatures import WebhookEvent, verify_webhook

__all__ = [
    "Audio",
    "AudioMetadata",
    "AudioStats",
    "AudioUser",
    "Client",
    "DeliveredEvent",
    "DeliveryAttempt",
    "Environment",
    "Genre",
    "LoopspaceError",
    "Page",
    "Purchase",
    "Recovered",
    "SearchFilters",
    "User",
    "UserStats",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "WebhookVerificationError",
    "__version__",
    "verify_webhook",
]

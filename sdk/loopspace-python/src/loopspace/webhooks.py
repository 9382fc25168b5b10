"""``client.webhooks``: who is told what happens, and what became of that. See ``verify_webhook`` for the other end."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Mapping, Optional, Sequence

from ._bodies import json_body, without_none
from ._transport import Call, Transport, checked_id
from ._wire import from_wire
from .models import Recovered, Webhook, WebhookDelivery
from .pages import Page, fetch

_PATH = "/api/v1/developer/webhooks"


def _path_of(webhook_id: str, part: str = "") -> str:
    return f"{_PATH}/{checked_id(webhook_id)}{part}"


def _delivery_path_of(delivery_id: str, part: str = "") -> str:
    return f"{_PATH}/deliveries/{checked_id(delivery_id)}{part}"


def _iso(time: datetime) -> str:
    """One without a zone is local, as everywhere in Python."""
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WebhooksResource:
    """A key sees the webhooks of its own environment, an application those it made.

    An application hears of ``audio.uploaded``, ``user.followed`` and ``purchase.completed`` only.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, url: str, events: Sequence[str], *, secret: Optional[str] = None) -> Webhook:
        """Has an https address told of events. Without ``secret`` one is made; it is shown this once."""
        return self._webhook("POST", _PATH, {"url": url, "events": list(events), "secret": secret})

    def list(self, *, limit: int = 20, page: int = 1) -> Page[Webhook]:
        """The caller's, the latest first."""
        return fetch(self._transport, Webhook, _PATH, {"limit": limit}, page)

    def get(self, webhook_id: str) -> Webhook:
        """One of the caller's."""
        call = Call("GET", _path_of(webhook_id), is_repeatable=True)
        return from_wire(Webhook, self._transport.ask(call).json())

    def update(
        self,
        webhook_id: str,
        *,
        url: Optional[str] = None,
        events: Optional[Sequence[str]] = None,
        enabled: Optional[bool] = None,
    ) -> Webhook:
        """Changes it. What is None stays."""
        change = {"url": url, "events": None if events is None else [*events], "enabled": enabled}
        return self._webhook("PATCH", _path_of(webhook_id), change, is_repeatable=True)

    def delete(self, webhook_id: str) -> None:
        """Deletes it with its log."""
        self._transport.delete(_path_of(webhook_id))

    def rotate_secret(
        self,
        webhook_id: str,
        *,
        secret: Optional[str] = None,
        overlap_hours: Optional[int] = None,
    ) -> Webhook:
        """Gives it a new secret, shown this once. The one before signs as well for so long: a day, or 0 to 24 hours."""
        change = {"secret": secret, "overlapHours": overlap_hours}
        return self._webhook("POST", _path_of(webhook_id, "/rotate-secret"), change)

    def send_example(self, webhook_id: str, event_type: str) -> WebhookDelivery:
        """Sends it what an event of this type looks like, with ``example`` in it."""
        return self._delivery(_path_of(webhook_id, "/test"), {"type": event_type})

    def deliveries(
        self,
        webhook_id: str,
        *,
        status: Optional[str] = None,
        limit: int = 20,
        page: int = 1,
    ) -> Page[WebhookDelivery]:
        """Its log, the latest first; ``status`` is ``pending``, ``delivered`` or ``failed``."""
        path = _path_of(webhook_id, "/deliveries")
        return fetch(self._transport, WebhookDelivery, path, {"limit": limit, "status": status}, page)

    def get_delivery(self, delivery_id: str) -> WebhookDelivery:
        """With its payload."""
        call = Call("GET", _delivery_path_of(delivery_id), is_repeatable=True)
        return from_wire(WebhookDelivery, self._transport.ask(call).json())

    def redeliver(self, delivery_id: str) -> WebhookDelivery:
        """Sends it again, whatever became of it: the same event under the same id."""
        return self._delivery(_delivery_path_of(delivery_id, "/redeliver"), None)

    def recover(self, webhook_id: str, since: datetime) -> Recovered:
        """Sends again what failed since a time, the oldest first."""
        call = Call("POST", _path_of(webhook_id, "/recover"), body=json_body({"since": _iso(since)}))
        return from_wire(Recovered, self._transport.ask(call).json())

    def _webhook(self, method: str, path: str, said: Mapping[str, Any], is_repeatable: bool = False) -> Webhook:
        call = Call(method, path, body=json_body(without_none(said)), is_repeatable=is_repeatable)
        return from_wire(Webhook, self._transport.ask(call).json())

    def _delivery(self, path: str, said: Optional[Mapping[str, Any]]) -> WebhookDelivery:
        call = Call("POST", path, body=None if said is None else json_body(said))
        return from_wire(WebhookDelivery, self._transport.ask(call).json())

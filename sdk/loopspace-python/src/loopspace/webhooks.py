"""``client.webhooks``: webhooks and their deliveries. Verify what a webhook receives with ``verify_webhook``."""

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
    """Formats a time in UTC. One without a time zone is local time, as everywhere in Python."""
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WebhooksResource:
    """The calls for webhooks. A key sees the webhooks of its own environment, an application only those it created.

    An application's webhooks receive only ``audio.uploaded``, ``user.followed`` and ``purchase.completed``. A call
    that fails raises ``LoopspaceError``; an invalid argument raises ``ValueError`` or ``TypeError``. Lists have 1 to
    100 items per page (``limit``) and pages from 1.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, url: str, events: Sequence[str], *, secret: Optional[str] = None) -> Webhook:
        """Creates a webhook. Its ``secret`` is only in this result. At most 20 per environment (``CONFLICT``).

        ``url``: an https URL on the public internet that answers a POST with 2xx within 10 seconds.
        ``events``: event types such as ``audio.uploaded``.
        ``secret``: ``whsec_`` and the base64 of 24 to 64 bytes, or 16 to 256 printable ASCII characters without
        spaces; default: the server generates one.
        """
        return self._webhook("POST", _PATH, {"url": url, "events": list(events), "secret": secret})

    def list(self, *, limit: int = 20, page: int = 1) -> Page[Webhook]:
        """Returns a page of the caller's webhooks, newest first."""
        return fetch(self._transport, Webhook, _PATH, {"limit": limit}, page)

    def get(self, webhook_id: str) -> Webhook:
        """Returns a webhook, without its secret. Raises ``NOT_FOUND``."""
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
        """Changes a webhook, or switches it off or on (``enabled``). Arguments that are None keep their values."""
        change = {"url": url, "events": None if events is None else [*events], "enabled": enabled}
        return self._webhook("PATCH", _path_of(webhook_id), change, is_repeatable=True)

    def delete(self, webhook_id: str) -> None:
        """Deletes a webhook with its deliveries. Pending ones are not sent."""
        self._transport.delete(_path_of(webhook_id))

    def rotate_secret(
        self,
        webhook_id: str,
        *,
        secret: Optional[str] = None,
        overlap_hours: Optional[int] = None,
    ) -> Webhook:
        """Replaces the secret of a webhook. The new ``secret`` is only in this result.

        ``secret``: as for ``create``.
        ``overlap_hours``: for how many hours the previous secret signs too: 0 to 24 (default 24).
        """
        change = {"secret": secret, "overlapHours": overlap_hours}
        return self._webhook("POST", _path_of(webhook_id, "/rotate-secret"), change)

    def send_example(self, webhook_id: str, event_type: str) -> WebhookDelivery:
        """Sends an event with made-up data and ``example`` set to true. Returns the pending delivery.

        Raises ``CONFLICT`` while the webhook is off.
        """
        return self._delivery(_path_of(webhook_id, "/test"), {"type": event_type})

    def deliveries(
        self,
        webhook_id: str,
        *,
        status: Optional[str] = None,
        limit: int = 20,
        page: int = 1,
    ) -> Page[WebhookDelivery]:
        """Returns a page of the deliveries of a webhook, newest first. They are kept for 30 days.

        ``status``: only deliveries that are ``pending``, ``delivered`` or ``failed``.
        """
        path = _path_of(webhook_id, "/deliveries")
        return fetch(self._transport, WebhookDelivery, path, {"limit": limit, "status": status}, page)

    def get_delivery(self, delivery_id: str) -> WebhookDelivery:
        """Returns a delivery with its payload. Raises ``NOT_FOUND``."""
        call = Call("GET", _delivery_path_of(delivery_id), is_repeatable=True)
        return from_wire(WebhookDelivery, self._transport.ask(call).json())

    def redeliver(self, delivery_id: str) -> WebhookDelivery:
        """Sends the event of a delivery again with the same event id, whatever the status of the delivery is.

        Raises ``CONFLICT`` while the webhook is off.
        """
        return self._delivery(_delivery_path_of(delivery_id, "/redeliver"), None)

    def recover(self, webhook_id: str, since: datetime) -> Recovered:
        """Sends the deliveries that failed since a time again, oldest first. A time without a time zone is local.

        Call again while ``has_more`` is true. Raises ``CONFLICT`` while the webhook is off.
        """
        call = Call("POST", _path_of(webhook_id, "/recover"), body=json_body({"since": _iso(since)}))
        return from_wire(Recovered, self._transport.ask(call).json())

    def _webhook(self, method: str, path: str, said: Mapping[str, Any], is_repeatable: bool = False) -> Webhook:
        call = Call(method, path, body=json_body(without_none(said)), is_repeatable=is_repeatable)
        return from_wire(Webhook, self._transport.ask(call).json())

    def _delivery(self, path: str, said: Optional[Mapping[str, Any]]) -> WebhookDelivery:
        call = Call("POST", path, body=None if said is None else json_body(said))
        return from_wire(WebhookDelivery, self._transport.ask(call).json())

"""Verifies that webhook deliveries come from Loopspace."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Iterable, Mapping, Optional, Protocol, Sequence, Tuple, Union, runtime_checkable

from ._wire import Wired, from_wire
from .errors import LoopspaceError, WebhookVerificationError

#: The largest difference between ``webhook-timestamp`` and now, in seconds.
TOLERANCE = 300
#: The oldest event accepted without ``webhook-timestamp``. The platform retries a delivery for a day and some hours.
_SCHEDULE = timedelta(days=2)
_STANDARD = ("webhook-id", "webhook-timestamp", "webhook-signature")
#: Limits the work for a forged header. The platform sends two signatures at most, during a secret rotation.
_MOST_SIGNATURES = 10
_OWN = "x-loopspace-signature"

Text = Union[str, bytes]


@runtime_checkable
class HasItems(Protocol):
    """A mapping, or a framework's header object with ``items``."""

    def items(self) -> Iterable[Tuple[Any, Any]]:
        ...


#: The headers of a request: a mapping, or pairs of name and value. A name or value that is not text counts as absent.
Headers = Union[HasItems, Iterable[Tuple[Any, Any]]]


@dataclass(frozen=True)
class WebhookEvent(Wired):
    """An event. It can be delivered more than once with the same ``id``: process it once."""

    id: str
    type: str
    created_at: datetime
    #: The fields of the event; they depend on ``type``.
    data: Dict[str, Any]
    #: Whether this is a test event, which did not happen: see ``send_example``.
    example: bool = False


def _bytes(text: str) -> bytes:
    """Encodes as UTF-8. Frameworks decode invalid bytes to lone surrogates, which must not raise an error here."""
    return text.encode("utf-8", "surrogatepass")


def _text(value: Any) -> Optional[str]:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def _lower(headers: Headers) -> Dict[str, str]:
    pairs: Iterable[Tuple[Any, Any]] = headers.items() if isinstance(headers, HasItems) else headers
    texts = ((_text(name), _text(value)) for name, value in pairs)
    return {name.lower(): value for name, value in texts if name is not None and value is not None}


def _key_of(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return _bytes(secret)
    try:
        key = base64.b64decode(secret[len("whsec_") :], validate=True)
    except binascii.Error as error:
        raise ValueError("the part of secret after whsec_ must be base64") from error
    if not key:
        raise ValueError("the part of secret after whsec_ must not be empty")
    return key


def _is_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _check_standard(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], tolerance: float) -> None:
    identifier, timestamp, signatures = (headers[name] for name in _STANDARD)
    content = _bytes(f"{identifier}.{timestamp}.") + body
    digests = [hmac.new(_key_of(secret), content, hashlib.sha256).digest() for secret in secrets]
    wanted = ["v1," + base64.b64encode(digest).decode() for digest in digests]
    # While a secret is rotated, the header has a signature for each secret.
    if not any([_is_equal(one, other) for one in wanted for other in signatures.split()[:_MOST_SIGNATURES]]):
        raise WebhookVerificationError("webhook-signature does not match")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(time.time() - int(timestamp)) > tolerance:
        raise WebhookVerificationError("the delivery was sent too long ago, or a clock is wrong")


def _check_own(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    wanted = [hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest() for secret in secrets]
    if not any([_is_equal(one, headers[_OWN]) for one in wanted]):
        raise WebhookVerificationError("x-loopspace-signature does not match")


def verify_webhook(
    raw_body: Text,
    headers: Headers,
    secret: Union[str, Sequence[str]],
    *,
    tolerance: float = TOLERANCE,
) -> WebhookEvent:
    """Verifies that a delivery comes from Loopspace, and returns its event.

    ``raw_body``: the unparsed body, byte for byte.
    ``headers``: the headers of the request; names match regardless of case.
    ``secret``: the webhook's secret, or several of which one has to match.
    ``tolerance``: the largest difference between ``webhook-timestamp`` and now, in seconds.

    If any of the Standard Webhooks headers (``webhook-id``, ``webhook-timestamp``, ``webhook-signature``) is present,
    all three are required and checked. Otherwise ``x-loopspace-signature`` is checked. It covers no sending time, so
    an event of up to two days ago is accepted. In both cases an event may be delivered more than once: remember its
    ``id``.

    Raises ``WebhookVerificationError`` for a delivery that cannot be trusted, and ``ValueError`` or ``TypeError`` for
    an invalid argument.
    """
    secrets = [secret] if isinstance(secret, str) else list(secret)
    if not secrets or not all(secrets):
        raise ValueError("the secret is missing")
    if not tolerance >= 0:
        raise ValueError("tolerance must be a number of seconds of at least 0")
    if not isinstance(raw_body, (str, bytes, bytearray, memoryview)):
        raise TypeError("raw_body must be the unparsed body, as str or bytes")
    body = _bytes(raw_body) if isinstance(raw_body, str) else bytes(raw_body)
    known = _lower(headers)
    if all(name in known for name in _STANDARD):
        _check_standard(body, known, secrets, tolerance)
    elif _OWN in known and not any(name in known for name in _STANDARD):
        _check_own(body, known, secrets)
    else:
        raise WebhookVerificationError("the delivery has no signature header, or not all Standard Webhooks headers")
    try:
        event = from_wire(WebhookEvent, json.loads(body))
    except (ValueError, RecursionError, LoopspaceError) as error:
        raise WebhookVerificationError("the body is not an event") from error
    if "webhook-id" not in known and abs(datetime.now(timezone.utc) - event.created_at) > _SCHEDULE:
        raise WebhookVerificationError("the event is too old for a delivery without webhook-timestamp")
    return event

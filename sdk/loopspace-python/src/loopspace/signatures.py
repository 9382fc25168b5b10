"""Whether a webhook delivery comes from Loopspace."""

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

#: Seconds a delivery's clock may differ from ours.
TOLERANCE = 300
#: As long as an event is on its way at the most: a day and some hours.
_SCHEDULE = timedelta(days=2)
_STANDARD = ("webhook-id", "webhook-timestamp", "webhook-signature")
#: Ours for this moment, and the one before it.
_MOST_SIGNATURES = 10
_OWN = "x-loopspace-signature"

Text = Union[str, bytes]


@runtime_checkable
class HasItems(Protocol):
    """A mapping, or what frameworks have in its stead."""

    def items(self) -> Iterable[Tuple[Any, Any]]:
        ...


#: As every framework has them. What is no text counts as if it had not come.
Headers = Union[HasItems, Iterable[Tuple[Any, Any]]]


@dataclass(frozen=True)
class WebhookEvent(Wired):
    """Something that happened. The same ``id`` can come again: do what it asks for once."""

    id: str
    type: str
    created_at: datetime
    data: Dict[str, Any]
    #: Whether it was sent for trying and never happened.
    example: bool = False


def _bytes(text: str) -> bytes:
    """As UTF-8. Frameworks make halves of characters of what is none."""
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
        raise ValueError("behind whsec_ the secret is no base64") from error
    if not key:
        raise ValueError("behind whsec_ there is no secret")
    return key


def _is_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _check_standard(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], tolerance: float) -> None:
    identifier, timestamp, signatures = (headers[name] for name in _STANDARD)
    content = _bytes(f"{identifier}.{timestamp}.") + body
    digests = [hmac.new(_key_of(secret), content, hashlib.sha256).digest() for secret in secrets]
    wanted = ["v1," + base64.b64encode(digest).decode() for digest in digests]
    # While a secret is replaced there is a signature of each.
    if not any([_is_equal(one, other) for one in wanted for other in signatures.split()[:_MOST_SIGNATURES]]):
        raise WebhookVerificationError("the signature is another")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(time.time() - int(timestamp)) > tolerance:
        raise WebhookVerificationError("it was sent too long ago, or a clock is wrong")


def _check_own(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    wanted = [hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest() for secret in secrets]
    if not any([_is_equal(one, headers[_OWN]) for one in wanted]):
        raise WebhookVerificationError("the signature is another")


def verify_webhook(
    raw_body: Text,
    headers: Headers,
    secret: Union[str, Sequence[str]],
    *,
    tolerance: float = TOLERANCE,
) -> WebhookEvent:
    """The event of a delivery that Loopspace sent; raises ``WebhookVerificationError`` of any other.

    ``raw_body`` is the body as it came, not parsed; ``secret`` that of the webhook, or several of which one has to fit. The
    Standard Webhooks headers count, with their time (``tolerance`` seconds). A delivery that has none of them is checked by
    ``x-loopspace-signature``, which does not say when it was sent: the event may be two days old then.
    """
    secrets = [secret] if isinstance(secret, str) else list(secret)
    if not secrets or not all(secrets):
        raise ValueError("the secret is missing")
    if not tolerance >= 0:
        raise ValueError("tolerance is a number of seconds from 0")
    if not isinstance(raw_body, (str, bytes, bytearray, memoryview)):
        raise TypeError("raw_body is the body as it came, not what a parser made of it")
    body = _bytes(raw_body) if isinstance(raw_body, str) else bytes(raw_body)
    known = _lower(headers)
    if all(name in known for name in _STANDARD):
        _check_standard(body, known, secrets, tolerance)
    elif _OWN in known and not any(name in known for name in _STANDARD):
        _check_own(body, known, secrets)
    else:
        raise WebhookVerificationError("it has no signature")
    try:
        event = from_wire(WebhookEvent, json.loads(body))
    except (ValueError, RecursionError, LoopspaceError) as error:
        raise WebhookVerificationError("the body is no event") from error
    if "webhook-id" not in known and abs(datetime.now(timezone.utc) - event.created_at) > _SCHEDULE:
        raise WebhookVerificationError("the event is too old to come without webhook-timestamp")
    return event

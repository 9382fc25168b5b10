"""What went wrong, and whether and when it is worth another attempt."""

from __future__ import annotations

import json
import random
import socket
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPMessage
from typing import Any, Optional

from .errors import LoopspaceError, Unanswered

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
#: Whoever was told the same time does not come back at the same moment.
_SPREAD = 1.0
#: Where an answer has no body to say it: that of HEAD, or of a proxy on the way.
_CODES = {
    400: "INVALID_REQUEST",
    401: "UNAUTHORIZED",
    402: "INSUFFICIENT_CREDITS",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    410: "NOT_FOUND",
    413: "FILE_TOO_LARGE",
    415: "UNSUPPORTED_FORMAT",
    429: "RATE_LIMIT_EXCEEDED",
}


@dataclass(frozen=True)
class Retries:
    #: After the first attempt.
    most: int
    #: Seconds. Who is told to wait longer is told so instead.
    longest_wait: float

    def pause(self, attempt: int, retry_after: Optional[float]) -> Optional[float]:
        """Seconds to wait after this attempt, the first of which is 1; None to give up."""
        if attempt > self.most or (retry_after or 0) > self.longest_wait:
            return None
        if retry_after is not None:
            return retry_after + random.uniform(0, _SPREAD)
        return float(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.5, 1))


def is_passing(failure: LoopspaceError) -> bool:
    """Whether it may work a little later."""
    status = failure.status or 0
    # Whoever stands before the platform has numbers of its own above 504.
    return isinstance(failure, Unanswered) or status in (408, 429) or (status >= 500 and status != 501)


def _seconds(value: Any) -> Optional[float]:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None


def _seconds_of_header(value: Optional[str]) -> Optional[float]:
    """Of ``Retry-After``, which may be a date."""
    seconds = _seconds(value)
    if seconds is not None or value is None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def error_of(status: int, headers: HTTPMessage, content: bytes) -> LoopspaceError:
    """What an answer that is no success says."""
    try:
        said = json.loads(content).get("error")
    except (ValueError, AttributeError):
        said = None
    about = said if isinstance(said, dict) else {}
    wait = _seconds(about.get("retryAfter"))
    return LoopspaceError(
        str(about.get("code", _CODES.get(status, "UNAVAILABLE" if status >= 500 else "UNEXPECTED_ANSWER"))),
        str(about.get("message", f"HTTP {status}")),
        status=status,
        request_id=about.get("requestId") or headers.get("X-Request-Id"),
        retry_after=_seconds_of_header(headers.get("Retry-After")) if wait is None else wait,
    )


def unanswered(error: Exception, was_sent: bool) -> Unanswered:
    code = "TIMEOUT" if isinstance(error, socket.timeout) else "CONNECTION_FAILED"
    return Unanswered(code, str(error) or type(error).__name__, was_sent)

"""Converts failures to errors, and decides whether and when a call is retried."""

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
#: Random seconds after ``Retry-After``, so that clients that were refused together do not retry together.
_SPREAD = 1.0
#: The codes of responses without an error body of the API: to HEAD, or from a proxy.
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
    #: The number of retries after the first attempt.
    most: int
    #: In seconds. Where the server asks for a longer wait, the call fails at once.
    longest_wait: float

    def pause(self, attempt: int, retry_after: Optional[float]) -> Optional[float]:
        """Returns the seconds to wait after an attempt (the first is 1); None to give up."""
        if attempt > self.most or (retry_after or 0) > self.longest_wait:
            return None
        if retry_after is not None:
            return retry_after + random.uniform(0, _SPREAD)
        return float(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.5, 1))


def is_passing(failure: LoopspaceError) -> bool:
    """Returns whether the same call may succeed a little later."""
    status = failure.status or 0
    # Any status from 500 on, because proxies in front of the platform use their own above 504.
    return isinstance(failure, Unanswered) or status in (408, 429) or (status >= 500 and status != 501)


def _seconds(value: Any) -> Optional[float]:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None


def _seconds_of_header(value: Optional[str]) -> Optional[float]:
    """Returns the seconds of ``Retry-After``, which may also be an HTTP date."""
    seconds = _seconds(value)
    if seconds is not None or value is None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def error_of(status: int, headers: HTTPMessage, content: bytes) -> LoopspaceError:
    """Converts a response that is not a success to an error."""
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

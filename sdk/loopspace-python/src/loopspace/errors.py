"""The errors of this package."""

from __future__ import annotations

from typing import Optional


class LoopspaceError(Exception):
    """The error of a call that failed.

    ``code`` is one of the platform (``RATE_LIMIT_EXCEEDED``, ``FILE_TOO_LARGE``, ``NOT_FOUND``…) or of this package:

    - ``CONNECTION_FAILED``: the server could not be reached, or the connection broke.
    - ``TIMEOUT``: the connection was silent for ``timeout`` seconds, or ``wait_until_ready`` took too long.
    - ``FILE_CHANGED``: the file changed during the transfer, or has another length than the upload to resume.
    - ``FILE_UNREADABLE``: the file to upload cannot be read.
    - ``PROCESSING_FAILED``: the server could not process the track.
    - ``UNEXPECTED_ANSWER``: the response is not one of Loopspace's API; a proxy may have sent it.
    - ``SIGNATURE_INVALID``: see ``verify_webhook``.
    - ``WRONG_ENVIRONMENT``: the key or token does not belong to the client's ``environment``.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: Optional[int] = None,
        request_id: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        # Both arguments, because unpickling in another process calls the constructor with them.
        super().__init__(code, message)
        self.code = code
        self.message = message
        #: HTTP status; None where there was no response.
        self.status = status
        #: Identifies the request when you contact support.
        self.request_id = request_id
        #: Seconds to wait before another attempt; None where the server gave none.
        self.retry_after = retry_after

    def __str__(self) -> str:
        about = [
            *([f"HTTP {self.status}"] if self.status is not None else []),
            *([self.request_id] if self.request_id is not None else []),
        ]
        return f"{self.code}: {self.message}" + (f" ({', '.join(about)})" if about else "")


class WebhookVerificationError(LoopspaceError):
    """A delivery cannot be trusted to come from Loopspace. Answer it with 401 and do not process it."""

    def __init__(self, message: str) -> None:
        super().__init__("SIGNATURE_INVALID", message)
        self.args = (message,)


class Unanswered(LoopspaceError):
    """No complete response was received.

    ``was_sent``: whether the whole request was sent, so that the server may have executed it.
    """

    def __init__(self, code: str, message: str, was_sent: bool = True) -> None:
        super().__init__(code, message)
        self.was_sent = was_sent

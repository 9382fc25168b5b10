"""How calls fail."""

from __future__ import annotations

from typing import Optional


class LoopspaceError(Exception):
    """A call that failed.

    ``code`` is the platform's (``RATE_LIMIT_EXCEEDED``, ``FILE_TOO_LARGE``, ``NOT_FOUND``…) or one of this package's own:
    ``CONNECTION_FAILED``, ``TIMEOUT``, ``FILE_CHANGED``, ``FILE_UNREADABLE``, ``PROCESSING_FAILED``,
    ``UNEXPECTED_ANSWER``, ``SIGNATURE_INVALID``, ``WRONG_ENVIRONMENT``.
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
        # All there is to make it again: errors cross processes.
        super().__init__(code, message)
        self.code = code
        self.message = message
        #: Of HTTP; None where there was no answer.
        self.status = status
        #: What to name when asking about it.
        self.request_id = request_id
        #: Seconds; None where the platform did not say.
        self.retry_after = retry_after

    def __str__(self) -> str:
        about = [
            *([f"HTTP {self.status}"] if self.status is not None else []),
            *([self.request_id] if self.request_id is not None else []),
        ]
        return f"{self.code}: {self.message}" + (f" ({', '.join(about)})" if about else "")


class WebhookVerificationError(LoopspaceError):
    """A delivery that is not shown to come from Loopspace: answer it 401 and do nothing."""

    def __init__(self, message: str) -> None:
        super().__init__("SIGNATURE_INVALID", message)
        self.args = (message,)


class Unanswered(LoopspaceError):
    """No answer came. ``was_sent``: whether all of the request was sent, so that it may have been done."""

    def __init__(self, code: str, message: str, was_sent: bool = True) -> None:
        super().__init__(code, message)
        self.was_sent = was_sent

"""Sends calls, reads their responses, and retries failed ones."""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from typing import Any, Callable, Iterator, Mapping, Optional, TypeVar
from urllib.parse import urlencode

from ._bodies import Body
from ._connections import Connections
from ._failures import Retries, error_of, is_passing, unanswered
from ._version import VERSION
from .errors import LoopspaceError, Unanswered

R = TypeVar("R")

_USER_AGENT = f"loopspace-python/{VERSION} python/{sys.version_info.major}.{sys.version_info.minor}"
_BLOCK_BYTES = 64 * 1024
_MOST_ERROR_BYTES = 64 * 1024


def checked_id(text: str) -> str:
    """Returns an id for use in a path. Raises ValueError for characters that would change the path."""
    if not re.fullmatch(r"[\w-]+", text, re.ASCII):
        raise ValueError(f"{text!r} is not an id")
    return text


@dataclass(frozen=True)
class Call:
    method: str
    #: Starts with ``/api``.
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Optional[Body] = None
    #: Whether the call is idempotent.
    is_repeatable: bool = False


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    content: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise LoopspaceError("UNEXPECTED_ANSWER", "the response is not JSON", status=self.status) from error


def read_blocks(response: HTTPResponse) -> Iterator[bytes]:
    """Yields the body of a response in blocks. Raises ``Unanswered`` where the connection breaks."""
    left = response.length
    while True:
        try:
            block = response.read(_BLOCK_BYTES)
        except (OSError, HTTPException) as error:
            raise unanswered(error, True) from error
        if not block:
            break
        left = None if left is None else left - len(block)
        yield block
    if left:
        raise Unanswered("CONNECTION_FAILED", f"the response ended {left} bytes before its end")


def read_answer(response: HTTPResponse) -> Answer:
    """Reads the whole response."""
    return Answer(response.status, response.headers, b"".join(read_blocks(response)))


def _beginning(response: HTTPResponse) -> bytes:
    """Reads as much of an error body as possible. The status is reported even if the body cannot be read."""
    content = b""
    try:
        for block in read_blocks(response):
            content += block
            if len(content) >= _MOST_ERROR_BYTES:
                break
    except Unanswered:
        pass
    return content


class Transport:
    """Sends the calls of a client."""

    def __init__(self, connections: Connections, token: Callable[[], Optional[str]], retries: Retries) -> None:
        self.connections = connections
        self.retries = retries
        self._token = token
        self._headers = {"Accept": "application/json", "User-Agent": _USER_AGENT, **connections.headers}

    def ask(self, call: Call) -> Answer:
        """Returns the response to a call.

        A temporary failure is retried if the call is idempotent, or if the failed attempt cannot have executed it.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self.once(call, read_answer)
            except LoopspaceError as failure:
                # A call that was refused with 429 or was not sent completely was not executed.
                was_done = failure.was_sent if isinstance(failure, Unanswered) else failure.status != 429
                can_repeat = call.body is None or call.body.is_repeatable
                if not is_passing(failure) or not can_repeat or (was_done and not call.is_repeatable):
                    raise
                self.wait(attempt, failure)

    def delete(self, path: str) -> None:
        """Deletes a resource. A 404 on a retry is success: an earlier attempt deleted it, but its response was lost."""
        attempt = 0
        while True:
            attempt += 1
            try:
                self.once(Call("DELETE", path), read_answer)
                return
            except LoopspaceError as failure:
                if attempt > 1 and failure.status == 404:
                    return
                if not is_passing(failure):
                    raise
                self.wait(attempt, failure)

    def wait(self, attempt: int, failure: LoopspaceError) -> None:
        """Waits before the next attempt. Raises the failure where there is no further attempt."""
        pause = self.retries.pause(attempt, failure.retry_after)
        if pause is None:
            raise failure
        time.sleep(pause)

    def once(self, call: Call, take: Callable[[HTTPResponse], R]) -> R:
        """Makes one attempt. ``take`` reads a successful response; any other response is raised as an error."""
        # The server may have closed an idle connection, so only a repeatable call uses one.
        idle = self.connections.take_idle() if call.is_repeatable else None
        if idle is not None:
            try:
                response = self._send(idle, call)
            except Unanswered as failure:
                if failure.code == "TIMEOUT":
                    raise
                # The other idle connections are as old, so they are closed too.
                self.connections.close()
            else:
                return self._receive(idle, response, take)
        try:
            connection = self.connections.open()
        except (OSError, HTTPException) as error:
            raise unanswered(error, False) from error
        return self._receive(connection, self._send(connection, call), take)

    def _send(self, connection: HTTPConnection, call: Call) -> HTTPResponse:
        token = self._token()
        headers = {**self._headers, **call.headers, **({"Authorization": f"Bearer {token}"} if token else {})}
        was_sent = call.body is None
        own: Optional[Exception] = None

        def blocks(body: Body) -> Iterator[bytes]:
            nonlocal was_sent, own
            try:
                yield from body.blocks()
            except Exception as error:
                own = error
                raise
            was_sent = True

        if call.body is not None:
            headers["Content-Type"] = call.body.content_type
            if call.body.length is None:
                headers["Transfer-Encoding"] = "chunked"
            else:
                headers["Content-Length"] = str(call.body.length)
        elif call.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = "0"
        target = self.connections.prefix + call.path + (f"?{urlencode(call.query)}" if call.query else "")
        try:
            try:
                connection.request(
                    call.method,
                    target,
                    body=None if call.body is None else blocks(call.body),
                    headers=headers,
                    encode_chunked=call.body is not None and call.body.length is None,
                )
            except (BrokenPipeError, ConnectionResetError) as error:
                if error is own:
                    raise
                return self._early_answer(connection, error)
            return connection.getresponse()
        except BaseException as error:
            connection.close()
            # An exception of the caller's own file or callback is not a failure of the connection.
            if isinstance(error, (OSError, HTTPException)) and error is not own:
                raise unanswered(error, was_sent) from error
            raise

    def _early_answer(self, connection: HTTPConnection, error: OSError) -> HTTPResponse:
        """Reads a refusal that the server sent before it had received the whole request."""
        try:
            response = connection.getresponse()
        except (OSError, HTTPException):
            raise error from None
        if response.status < 300:
            raise error
        return response

    def _receive(self, connection: HTTPConnection, response: HTTPResponse, take: Callable[[HTTPResponse], R]) -> R:
        try:
            # Redirects are not followed: the API has none, and the key must not be sent to another server.
            if response.status >= 300:
                raise error_of(response.status, response.headers, _beginning(response))
            result = take(response)
        except BaseException:
            response.close()
            connection.close()
            raise
        self.connections.give_back(connection, response)
        return result


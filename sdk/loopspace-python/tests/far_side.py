"""A server that answers with a test's scripted replies, and records its requests."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Callable, Dict, List, Optional, Type


@dataclass
class Asked:
    method: str
    #: The path with its query, as in the request line.
    target: str
    headers: Message
    body: bytes
    #: The client's port, which identifies the connection.
    port: int


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FarSide

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def answer(self) -> None:
        # Before the request is read, because it may never arrive completely.
        reply = self.server.replies.pop(0)
        reply(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = answer

    def read(self) -> bytes:
        """Reads the whole request and records it."""
        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                size = int(self.rfile.readline(), 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    break
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.command, self.path, self.headers, body, self.client_address[1])
        self.server.asked.append(asked)
        return body

    def send(self, status: int, content: bytes, headers: Dict[str, str]) -> None:
        self.send_response(status)
        merged = {"Content-Length": str(len(content)), **headers}
        for name, value in merged.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def cut(self) -> None:
        """Closes the connection without a response, like a broken network."""
        self.close_connection = True
        self.connection.close()
        self.rfile.close()

    def log_message(self, format: str, *args: Any) -> None:
        pass


Reply = Callable[[Handler], None]


def says(status: int, value: Any = None, headers: Optional[Dict[str, str]] = None) -> Reply:
    """Returns a reply that reads the request and answers with JSON, or with the given bytes."""

    def reply(handler: Handler) -> None:
        handler.read()
        content = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        handler.send(status, content, headers or {})

    return reply


def refuses(status: int, code: str, retry_after: Optional[int] = None) -> Reply:
    about: Dict[str, Any] = {"code": code, "message": "because", "requestId": "req_1"}
    return says(status, {"error": about if retry_after is None else {**about, "retryAfter": retry_after}})


def breaks(handler: Handler) -> None:
    """Returns a reply that reads the request and never answers it."""
    handler.read()
    handler.cut()


class FarSide(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *replies: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: List[Reply] = list(replies)
        self.asked: List[Asked] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> FarSide:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.shutdown()
        self.server_close()

"""Connections to the platform. They are kept for later calls, and use the proxy of the environment variables."""

from __future__ import annotations

import base64
import ssl
import threading
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Dict, List, Optional
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

#: The largest number of idle connections: as many as there usually are simultaneous calls.
_MOST_IDLE = 8


def _parse(base_url: str) -> SplitResult:
    parts = urlsplit(base_url)
    # The URL is not part of the message: it may hold a password.
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("base_url must be an http or https URL without user name, password, query and fragment")
    return parts


def _proxy_for(target: SplitResult) -> Optional[SplitResult]:
    address = getproxies().get(target.scheme)
    if not address or proxy_bypass(target.hostname or ""):
        return None
    return urlsplit(address if "://" in address else f"http://{address}")


def _proxy_headers(proxy: SplitResult) -> Dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


class Connections:
    """The connections of a client, shared by its threads."""

    def __init__(self, base_url: str, timeout: float) -> None:
        """``timeout``: how long a connection may be silent, in seconds."""
        self._lock = threading.Lock()
        self._idle: List[HTTPConnection] = []
        self._target = _parse(base_url)
        self._proxy = _proxy_for(self._target)
        self._timeout = timeout
        self._context = ssl.create_default_context() if self._target.scheme == "https" else None
        by_proxy = self._proxy is not None and self._context is None
        #: The text before the path of a request: an http proxy needs the full URL.
        self.prefix = (f"http://{self._target.netloc}" if by_proxy else "") + self._target.path.rstrip("/")
        #: Headers for an http proxy, in each request. For https only the CONNECT request has them.
        self.headers = _proxy_headers(self._proxy) if by_proxy and self._proxy else {}

    def take_idle(self) -> Optional[HTTPConnection]:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def open(self) -> HTTPConnection:
        """Opens a new connection. Raises OSError."""
        target, proxy = self._target, self._proxy
        host, port = target.hostname or "", target.port
        to_host, to_port = (proxy.hostname or "", proxy.port or 80) if proxy else (host, port)
        if self._context is None:
            connection = HTTPConnection(to_host, to_port, timeout=self._timeout)
        else:
            connection = HTTPSConnection(to_host, to_port, timeout=self._timeout, context=self._context)
            if proxy:
                connection.set_tunnel(host, port or 443, _proxy_headers(proxy))
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def give_back(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        """Returns a connection after a response. It is closed if the response was not read to its end."""
        if response.will_close or not response.isclosed():
            response.close()
            connection.close()
            return
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __del__(self) -> None:
        self.close()

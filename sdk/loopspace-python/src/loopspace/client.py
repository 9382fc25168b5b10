"""The client."""

from __future__ import annotations

import os
import re
from typing import Callable, Literal, Optional, Union

from ._connections import Connections
from ._failures import Retries
from ._transport import Transport
from .audio import AudioResource
from .errors import LoopspaceError
from .users import UsersResource
from .webhooks import WebhooksResource

DEFAULT_BASE_URL = "https://api.loopspace.com"
Environment = Literal["production", "sandbox"]
Token = Union[str, Callable[[], str], None]


def _checked(token: str) -> str:
    # Checked here, because the error of http.client for other characters contains the token.
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ValueError("a key or token must be printable ASCII without spaces")
    return token


def _token_of(api_key: Optional[str], access_token: Token) -> Token:
    if api_key is not None and access_token is not None:
        raise ValueError("api_key and access_token cannot be used together")
    if access_token is not None:
        return _checked(access_token) if isinstance(access_token, str) else access_token
    key = (os.environ.get("LOOPSPACE_API_KEY", "") if api_key is None else api_key).strip()
    return _checked(key) if key or api_key is not None else None


def _environment_of(token: Token, wanted: Optional[Environment]) -> Environment:
    """Returns the environment of a token. Raises ``WRONG_ENVIRONMENT`` where the caller expects another one."""
    # Access tokens and guests always use production.
    is_test = isinstance(token, str) and token.startswith("lsk_test_")
    actual: Environment = "sandbox" if is_test else "production"
    if wanted not in (None, actual):
        raise LoopspaceError("WRONG_ENVIRONMENT", f"environment is {wanted!r}, the key's is {actual!r}")
    return actual


def _giving(token: Token, wanted: Optional[Environment]) -> Callable[[], Optional[str]]:
    if not callable(token):
        fixed = token
        return lambda: fixed
    ask = token

    def present() -> str:
        given = _checked(ask())
        _environment_of(given, wanted)
        return given

    return present


class Client:
    """A client of the Loopspace API that calls with an API key, with an OAuth access token, or as a guest.

    Threads may share one client.
    """

    def __init__(
        self,
        api_key: Optional[str] = None,
        *,
        access_token: Token = None,
        environment: Optional[Environment] = None,
        base_url: Optional[str] = None,
        timeout: float = 60.0,
        max_retries: int = 4,
        max_retry_wait: float = 60.0,
    ) -> None:
        """
        ``api_key``: default: the environment variable ``LOOPSPACE_API_KEY``. Without a key and a token the client
        calls as a guest, with access to public data only.
        ``access_token``: instead of a key: an OAuth access token, or a function that returns the current one and is
        called before each attempt.
        ``environment``: the environment that the key must belong to; default: the one of the key. Keys that begin
        with ``lsk_test_`` belong to ``sandbox``; any other key or token, and a guest, use ``production``.
        ``base_url``: default: the environment variable ``LOOPSPACE_BASE_URL``, else ``https://api.loopspace.com``.
        ``timeout``: how long a connection may be silent, in seconds.
        ``max_retries``: how often a failed call is retried where a retry can help; 0 disables retries.
        ``max_retry_wait``: the longest wait before a retry, in seconds. Where the server asks for a longer one, the
        error is raised at once.

        Raises ``ValueError`` for an invalid argument, and ``LoopspaceError`` (``WRONG_ENVIRONMENT``).
        """
        token = _token_of(api_key, access_token)
        self.environment = _environment_of(token, environment)
        self.base_url = (base_url or os.environ.get("LOOPSPACE_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")
        self._connections = Connections(self.base_url, timeout)
        transport = Transport(self._connections, _giving(token, environment), Retries(max_retries, max_retry_wait))
        self.audio = AudioResource(transport)
        self.users = UsersResource(transport)
        self.webhooks = WebhooksResource(transport)

    def close(self) -> None:
        """Closes the idle connections. The client can still be used: it opens new ones."""
        self._connections.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Without the key, because a repr often ends up in logs.
        return f"<Client {self.environment} {self.base_url}>"

"""The way in."""

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
    # Elsewhere it would be refused with a message that has it.
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ValueError("a key or token has to be printable ASCII without blanks")
    return token


def _token_of(api_key: Optional[str], access_token: Token) -> Token:
    if api_key is not None and access_token is not None:
        raise ValueError("either api_key or access_token")
    if access_token is not None:
        return _checked(access_token) if isinstance(access_token, str) else access_token
    key = (os.environ.get("LOOPSPACE_API_KEY", "") if api_key is None else api_key).strip()
    return _checked(key) if key or api_key is not None else None


def _environment_of(token: Token, wanted: Optional[Environment]) -> Environment:
    """Where a token leads. Raises LoopspaceError where its caller means to be elsewhere."""
    # Who signs in and who asks as a guest are in production, always.
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
    """Calls Loopspace on behalf of a key. Threads may share one."""

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
        ``api_key``: default: ``LOOPSPACE_API_KEY``; without either the caller is a guest, who can find and hear.
        ``access_token``: instead of a key, that of an application, or what gives the present one before each attempt.
        ``environment``: what the key has to be for. A key beginning with ``lsk_test_`` sees the sandbox, any other
        production.
        ``base_url``: default: ``LOOPSPACE_BASE_URL``, then the platform's own.
        ``timeout``: how long a connection may be silent, in seconds.
        ``max_retries``: how often a call that fails is tried again where that can help.
        ``max_retry_wait``: told to wait longer than these seconds, a call raises at once.
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
        """Closes idle connections. It can be used again."""
        self._connections.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Without the key: this ends up in logs.
        return f"<Client {self.environment} {self.base_url}>"

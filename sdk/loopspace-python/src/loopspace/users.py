"""``client.users``: people."""

from __future__ import annotations

from ._bodies import FileLike, bytes_body, open_source
from ._transport import Call, Transport, checked_id
from ._wire import from_wire
from .models import Audio, User
from .pages import Page, fetch

_PATH = "/api/v1/users"


def _path_of(user_id: str, part: str = "") -> str:
    return f"{_PATH}/{checked_id(user_id)}{part}"


class UsersResource:
    """Wherever an id is asked for, ``me`` is the caller."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, user_id: str) -> User:
        """Somebody's profile. It is good for five minutes: cache its ``raw``."""
        return self._user(Call("GET", _path_of(user_id), is_repeatable=True))

    def me(self) -> User:
        """The caller's own profile."""
        return self.get("me")

    def follow(self, user_id: str) -> User:
        """Follows somebody and gives their profile. A second time changes nothing."""
        return self._user(Call("POST", _path_of(user_id, "/follow"), is_repeatable=True))

    def unfollow(self, user_id: str) -> User:
        """Follows somebody no longer and gives their profile."""
        return self._user(Call("DELETE", _path_of(user_id, "/follow"), is_repeatable=True))

    def followers(self, user_id: str, *, limit: int = 20, page: int = 1) -> Page[User]:
        """Who follows somebody, the latest first."""
        return fetch(self._transport, User, _path_of(user_id, "/followers"), {"limit": limit}, page)

    def following(self, user_id: str, *, limit: int = 20, page: int = 1) -> Page[User]:
        """Whom somebody follows, the latest first."""
        return fetch(self._transport, User, _path_of(user_id, "/following"), {"limit": limit}, page)

    def get_tracks(self, user_id: str, *, limit: int = 20, page: int = 1) -> Page[Audio]:
        """Somebody's tracks, the latest first; of ``me`` also what is private or not ready."""
        return fetch(self._transport, Audio, _path_of(user_id, "/tracks"), {"limit": limit}, page)

    def set_avatar(self, image: FileLike) -> User:
        """Sets the caller's picture: JPEG, PNG or WebP, at most 5 MB."""
        with open_source(image, None) as source:
            content = b"".join(source.read(0, source.size))
        body = bytes_body(content, "application/octet-stream")
        return self._user(Call("PUT", _path_of("me", "/avatar"), body=body, is_repeatable=True))

    def _user(self, call: Call) -> User:
        return from_wire(User, self._transport.ask(call).json())

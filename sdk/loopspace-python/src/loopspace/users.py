"""``client.users``: profiles and follows."""

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
    """The calls for users. ``"me"`` as ``user_id`` is the caller.

    A call that fails raises ``LoopspaceError``; an invalid argument raises ``ValueError`` or ``TypeError``. Lists
    have 1 to 100 items per page (``limit``) and pages from 1.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, user_id: str) -> User:
        """Returns a user's profile. It may be cached for five minutes: store its ``raw``. Raises ``NOT_FOUND``."""
        return self._user(Call("GET", _path_of(user_id), is_repeatable=True))

    def me(self) -> User:
        """Returns the caller's own profile."""
        return self.get("me")

    def follow(self, user_id: str) -> User:
        """Follows a user and returns the user's profile. Following a user again changes nothing."""
        return self._user(Call("POST", _path_of(user_id, "/follow"), is_repeatable=True))

    def unfollow(self, user_id: str) -> User:
        """Unfollows a user and returns the user's profile. Nothing changes if the caller does not follow the user."""
        return self._user(Call("DELETE", _path_of(user_id, "/follow"), is_repeatable=True))

    def followers(self, user_id: str, *, limit: int = 20, page: int = 1) -> Page[User]:
        """Returns a page of a user's followers, newest first."""
        return fetch(self._transport, User, _path_of(user_id, "/followers"), {"limit": limit}, page)

    def following(self, user_id: str, *, limit: int = 20, page: int = 1) -> Page[User]:
        """Returns a page of the users that a user follows, newest first."""
        return fetch(self._transport, User, _path_of(user_id, "/following"), {"limit": limit}, page)

    def get_tracks(self, user_id: str, *, limit: int = 20, page: int = 1) -> Page[Audio]:
        """Returns a page of a user's tracks, newest first. For ``me`` it includes private and unfinished tracks."""
        return fetch(self._transport, Audio, _path_of(user_id, "/tracks"), {"limit": limit}, page)

    def set_avatar(self, image: FileLike) -> User:
        """Sets the caller's profile picture and returns the profile.

        ``image``: a path, bytes or a binary file; JPEG, PNG or WebP, at most 5 MB. Raises ``FILE_TOO_LARGE``,
        ``UNSUPPORTED_FORMAT``, and ``FORBIDDEN`` for a sandbox key.
        """
        with open_source(image, None) as source:
            content = b"".join(source.read(0, source.size))
        body = bytes_body(content, "application/octet-stream")
        return self._user(Call("PUT", _path_of("me", "/avatar"), body=body, is_repeatable=True))

    def _user(self, call: Call) -> User:
        return from_wire(User, self._transport.ask(call).json())

"""Two accounts, their tracks, and a purchase."""

import json
import os
import struct
import zlib

from fields import unknown_in
from sounds import write_tone

from loopspace import Client, LoopspaceError

maker = Client(os.environ["MAKER_KEY"])
fan = Client(os.environ["FAN_KEY"])


def picture() -> bytes:
    """Returns a PNG of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    dots = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", dots) + chunk(b"IEND", b"")


def code_of(doing) -> str:
    try:
        doing()
    except LoopspaceError as error:
        return error.code
    return "none"


me = maker.users.me()
followed = fan.users.follow(me.id)
followers = [one.username for one in maker.users.followers("me").all()]
following = [one.id == me.id for one in fan.users.following("me")]
unfollowed = fan.users.unfollow(me.id)
shown = maker.users.set_avatar(picture())

write_tone("tone.wav", 0.3)
with open("tone.wav", "rb") as file:
    content = file.read()
for title, price in (("one", 0), ("two", 20), ("three", 1000)):
    track = maker.audio.upload(content, title=title, price=price, genre="people", filename="t.wav")
    maker.audio.wait_until_ready(track.id)
tracks = maker.users.get_tracks("me", limit=1)
by_title = {one.title: one for one in fan.users.get_tracks(me.id, limit=2).all()}
two, three = by_title["two"], by_title["three"]
before = code_of(lambda: fan.audio.download(two.id, "two.wav"))
dearer = code_of(lambda: fan.audio.purchase(two.id, price=19))
bought = fan.audio.purchase(two.id, price=20)
again = fan.audio.purchase(two.id)
poor = code_of(lambda: fan.audio.purchase(three.id))
print(
    json.dumps(
        {
            "me": me.username,
            "followed": [followed.is_following, followed.stats.followers_count],
            "followers": followers,
            "following": following,
            "unfollowed": unfollowed.is_following,
            "avatar": shown.avatar,
            "pages": [tracks.total, len(tracks), tracks.has_more],
            "titles": [one.title for one in tracks.all()],
            "refused": [before, dearer, poor],
            "bought": [bought.id == again.id, bought.price],
            "purchases": [one.audio_id == two.id for one in fan.audio.get_purchases()],
            "downloaded": fan.audio.download(two.id, "two.wav") == len(content),
            "unknown": unknown_in(me, track, two, bought, *fan.audio.get_genres()),
            "genres": [one.genre for one in fan.audio.get_genres()],
        }
    )
)

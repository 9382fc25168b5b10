"""Handles a short track from its upload to its deletion. Prints the values that the test checks."""

import io
import json

from sounds import write_tone

from loopspace import Client, LoopspaceError

client = Client(environment="production")
write_tone("电子音乐 tone.wav", 2)
told = []
uploaded = client.audio.upload(
    "电子音乐 tone.wav",
    tags=["chill", "a,b"],
    genre="Electronic",
    description="它越来越响",
    on_progress=lambda sent, total: told.append((sent, total)),
)
ready = client.audio.wait_until_ready(uploaded.id)
with open("电子音乐 tone.wav", "rb") as file:
    content = file.read()
copy = io.BytesIO()
size = client.audio.download(ready.id, copy)
client.audio.download(ready.id, "copy.wav")
with open("copy.wav", "rb") as file:
    is_same = file.read() == content == copy.getvalue()
hidden = client.audio.update(ready.id, title="又一个", visibility="private", tags=["b"], genre="")
plays = client.audio.record_play(ready.id)
codes = []
for doing in (
    lambda: client.audio.upload(b"no sound at all" * 100),
    lambda: Client("lsk_live_" + "x" * 43).audio.upload(b"RIFF" * 2_000_000),
    lambda: client.audio.delete(ready.id),
    lambda: client.audio.get(ready.id),
):
    try:
        codes.append(doing() is None)
    except LoopspaceError as error:
        codes.append([error.code, error.status, (error.request_id or "")[:4]])
print(
    json.dumps(
        {
            "uploaded": uploaded.raw,
            "told": told[-1],
            "ready": ready.raw,
            "duration": ready.duration,
            "rising": ready.waveform == sorted(ready.waveform),
            "size": [size, len(content)],
            "isSame": is_same,
            "hidden": hidden.raw,
            "plays": plays,
            "codes": codes,
        }
    )
)

"""Uploads more than 10 MB over a connection that is cut."""

import hashlib
import json
import os

from sounds import write_noise

from loopspace import Client

write_noise("noise.wav", 24_000_000)
told = []
urls = []
through_proxy = Client(base_url=os.environ["PROXY"], timeout=20)
with open("noise.wav", "rb") as file:
    uploaded = through_proxy.audio.upload(
        file,
        title="Noise",
        tags=["large"],
        on_progress=lambda sent, total: told.append((sent, total)),
        on_upload_url=urls.append,
    )
client = Client()
client.audio.download(uploaded.id, "copy.wav")


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


ready = client.audio.wait_until_ready(uploaded.id, timeout=60)
print(
    json.dumps(
        {
            "title": uploaded.title,
            "isSame": digest("copy.wav") == digest("noise.wav"),
            "size": os.path.getsize("noise.wav"),
            "told": told,
            "urls": len(urls),
            "duration": ready.duration,
        }
    )
)

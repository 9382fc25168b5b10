from __future__ import annotations

import io
import json
import os
import tempfile
import tracemalloc
import unittest
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, BinaryIO, Dict, List, Optional, Tuple, cast
from unittest import mock

from far_side import Asked, FarSide, Handler, Reply, breaks, refuses, says
from samples import AUDIO

from loopspace import Client, LoopspaceError
from loopspace._resumable import CHUNK_BYTES

MB = 1_000_000


def parts_of(asked: Asked) -> Dict[str, Message]:
    """Reads the fields of a form with an independent parser."""
    form = message_from_bytes(b"Content-Type: " + asked.headers["Content-Type"].encode() + b"\r\n\r\n" + asked.body)
    parts = cast(List[Message], form.get_payload())
    return {str(part.get_param("name", header="content-disposition")): part for part in parts}


def content_of(part: Message) -> bytes:
    return cast(bytes, part.get_payload(decode=True))


class Pipe(io.RawIOBase):
    """A stream that can be read once and has no known length."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


class Transfers(unittest.TestCase):
    def setUp(self) -> None:
        sleeping = mock.patch("time.sleep")
        sleeping.start()
        self.addCleanup(sleeping.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Forms(Transfers):
    def upload(self, far: FarSide, file: Any, **said: Any) -> Asked:
        with far, Client("k", base_url=far.origin) as client:
            self.assertEqual(client.audio.upload(file, **said).id, "audio_1")
        return far.asked[-1]

    def test_sends_a_file_with_what_is_said_of_it(self) -> None:
        path = self.folder / 'a "雨".wav'
        path.write_bytes(b"RIFF\r\n--x\r\n\0")
        said = {"title": "雨\r\nx", "tags": ["a,b", "c"], "price": 0}
        told: List[Tuple[int, Optional[int]]] = []
        far = FarSide(says(201, AUDIO))
        asked = self.upload(far, path, on_progress=lambda *step: told.append(step), **said)
        self.assertEqual(asked.target, "/api/v1/audio/upload")
        parts = parts_of(asked)
        self.assertEqual(list(parts), ["title", "tags", "price", "file"])
        self.assertEqual(content_of(parts["title"]).decode(), "雨\r\nx")
        self.assertEqual(json.loads(content_of(parts["tags"])), ["a,b", "c"])
        self.assertEqual(content_of(parts["file"]), b"RIFF\r\n--x\r\n\0")
        self.assertIn('filename="a %22雨%22.wav"'.encode(), asked.body)
        self.assertEqual(told, [(12, 12)])

    def test_takes_bytes_and_files_from_where_they_stand(self) -> None:
        file = io.BytesIO(b"skipped sound")
        file.seek(8)
        for given, name in ((b"sound", "Untitled"), (bytearray(b"sound"), "Untitled"), (file, "Untitled")):
            with self.subTest(type(given)):
                asked = self.upload(FarSide(says(201, AUDIO)), given)
                self.assertEqual(content_of(parts_of(asked)["file"]), b"sound")
                self.assertIn(f'filename="{name}"'.encode(), asked.body)
        self.assertFalse(file.closed)

    def test_takes_a_stream_without_a_known_end(self) -> None:
        asked = self.upload(FarSide(says(201, AUDIO)), Pipe(b"s" * 200_000), filename="a.wav")
        self.assertEqual(asked.headers["Transfer-Encoding"], "chunked")
        self.assertEqual(content_of(parts_of(asked)["file"]), b"s" * 200_000)

    def test_uploads_a_file_of_a_form_from_memory_or_disk(self) -> None:
        for size in (0, 2):
            with self.subTest(size), tempfile.SpooledTemporaryFile(max_size=size) as file:
                file.write(b"skipped sound")
                file.seek(8)
                asked = self.upload(FarSide(says(201, AUDIO)), file)
                self.assertEqual(content_of(parts_of(asked)["file"]), b"sound")
                self.assertNotIn("Transfer-Encoding", asked.headers)

    def test_a_stream_that_does_not_say_whether_it_can_be_read_twice_is_tried(self) -> None:
        class Reads:
            def __init__(self) -> None:
                self.read = io.BytesIO(b"sound").read

        class Refuses(Reads):
            def seek(self, offset: int, whence: int) -> int:
                raise OSError("a pipe")

        for file in (Reads(), Refuses()):
            with self.subTest(type(file)):
                asked = self.upload(FarSide(says(201, AUDIO)), file)
                self.assertEqual(asked.headers["Transfer-Encoding"], "chunked")
                self.assertEqual(content_of(parts_of(asked)["file"]), b"sound")

    def test_what_a_callback_raises_ends_it_and_is_raised(self) -> None:
        for error in (KeyError("mine"), BrokenPipeError("of a terminal"), TimeoutError("mine")):
            callback = mock.Mock(side_effect=error)

            def hears(handler: Handler) -> None:
                handler.rfile.read(1_000)

            with self.subTest(error), self.assertRaises(type(error)) as raised:
                self.upload(FarSide(hears, hears), b"s" * MB, on_progress=callback)
            self.assertIs(raised.exception, error)
            callback.assert_called_once()

    def test_a_file_opened_for_text_is_refused(self) -> None:
        path = self.folder / "a.wav"
        path.write_bytes(b"sound")
        with open(path, encoding="utf-8") as file, self.assertRaisesRegex(TypeError, "rb"):
            Client("k", base_url="http://127.0.0.1:9").audio.upload(cast(BinaryIO, file))

    def test_one_that_broke_off_on_the_way_is_sent_again_and_one_that_was_heard_is_not(self) -> None:
        def breaks_off(handler: Handler) -> None:
            handler.rfile.read(100_000)
            handler.cut()

        asked = self.upload(FarSide(breaks_off, says(201, AUDIO)), b"s" * 9 * MB)
        self.assertEqual(content_of(parts_of(asked)["file"]), b"s" * 9 * MB)
        with self.assertRaises(LoopspaceError) as raised:
            self.upload(FarSide(breaks, says(201, AUDIO)), b"sound")
        self.assertEqual(raised.exception.code, "CONNECTION_FAILED")

    def test_hears_a_refusal_that_comes_before_its_end(self) -> None:
        def refuses_early(handler: Handler) -> None:
            handler.rfile.read(100_000)
            about = json.dumps({"error": {"code": "FILE_TOO_LARGE", "message": "no"}}).encode()
            handler.send(413, about, {"Connection": "close"})
            handler.cut()

        with self.assertRaises(LoopspaceError) as raised:
            self.upload(FarSide(refuses_early), b"s" * 9 * MB)
        self.assertEqual((raised.exception.code, raised.exception.status), ("FILE_TOO_LARGE", 413))

    def test_a_file_that_shrinks_is_noticed(self) -> None:
        class Shrinks(io.BytesIO):
            def read(self, size: Optional[int] = -1) -> bytes:
                return b""

        def hears(handler: Handler) -> None:
            handler.rfile.read(10_000)

        with self.assertRaises(LoopspaceError) as raised:
            self.upload(FarSide(hears), Shrinks(b"sound"))
        self.assertEqual(raised.exception.code, "FILE_CHANGED")


class Tus:
    """The server of a resumable upload, which breaks the connection as often as a test wants."""

    def __init__(self, *replies: Optional[Reply]) -> None:
        self.content = b""
        self.replies = list(replies)
        self.length = 0

    def create(self, handler: Handler) -> None:
        handler.read()
        self.length = int(handler.headers["Upload-Length"])
        handler.send(201, b"", {"Location": "https://elsewhere.invalid/api/v1/audio/uploads/u1"})

    def ask(self, handler: Handler) -> None:
        reply = self.replies.pop(0) if self.replies and handler.command == "PATCH" else None
        if reply:
            return reply(handler)
        if handler.command == "PATCH":
            assert int(handler.headers["Upload-Offset"]) == len(self.content)
            self.content += handler.read()
        else:
            handler.read()
        made = {"Content-Location": "https://x.invalid/api/v1/audio/audio_1"} if self.is_whole() else {}
        stands = {"Upload-Length": str(self.length), "Upload-Offset": str(len(self.content)), **made}
        handler.send(204 if handler.command == "PATCH" else 200, b"", stands)

    def is_whole(self) -> bool:
        return len(self.content) == self.length

    def takes(self, count: int) -> Reply:
        """Stores the first bytes of a chunk and breaks the connection."""

        def reply(handler: Handler) -> None:
            self.content += handler.rfile.read(count)
            handler.cut()

        return reply

    def takes_all(self, handler: Handler) -> None:
        self.content += handler.read()
        handler.cut()


class Resumable(Transfers):
    def upload(self, tus: Tus, asks: int, content: bytes, **said: Any) -> Tuple[FarSide, List[int]]:
        told: List[int] = []
        with FarSide(tus.create, *[tus.ask] * asks, says(200, AUDIO)) as far:
            client = Client("k", base_url=far.origin)
            audio = client.audio.upload(content, on_progress=lambda sent, _: told.append(sent), **said)
        self.assertEqual(audio.id, "audio_1")
        self.assertEqual(far.asked[-1].target, "/api/v1/audio/audio_1")
        self.assertEqual(far.replies, [])
        return far, told

    def test_goes_on_where_it_broke_off(self) -> None:
        content = os.urandom(25 * MB)
        tus = Tus()
        tus.replies = [None, tus.takes(3 * MB), tus.takes(1 * MB)]
        _, told = self.upload(tus, 7, content, title="雨", tags=["a"], filename="a.wav")
        self.assertEqual(tus.content, content)
        self.assertEqual(told, sorted(set(told)))
        self.assertEqual(told[-1], 25 * MB)

    def test_says_what_it_is_and_goes_to_no_other_host(self) -> None:
        far, _ = self.upload(Tus(), 2, b"s" * (10 * MB + 1 + CHUNK_BYTES), title="雨", tags=["a,b"], filename="a.wav")
        created, chunk = far.asked[:2]
        metadata = dict(pair.split(" ") for pair in created.headers["Upload-Metadata"].split(","))
        self.assertEqual(list(metadata), ["filename", "title", "tags"])
        self.assertEqual(metadata["title"], "6Zuo")
        self.assertEqual((chunk.target, len(chunk.body)), ("/api/v1/audio/uploads/u1", CHUNK_BYTES))
        self.assertEqual(chunk.headers["Authorization"], "Bearer k")

    def test_one_that_has_arrived_is_told_of_as_whole(self) -> None:
        tus = Tus()
        tus.content, tus.length = b"s" * 10, 10
        told: List[int] = []
        with FarSide(tus.ask, says(200, AUDIO)) as far:
            url = "/api/v1/audio/uploads/u1"
            client = Client("k", base_url=far.origin)
            client.audio.upload(b"s" * 10, upload_url=url, on_progress=lambda sent, _: told.append(sent))
        self.assertEqual(told, [10])

    def test_learns_what_became_of_it_where_the_last_answer_was_lost(self) -> None:
        tus = Tus()
        tus.replies = [tus.takes_all]
        self.upload(tus, 2, b"s" * (10 * MB + 1))
        self.assertTrue(tus.is_whole())

    def test_another_call_goes_on_with_it(self) -> None:
        content = os.urandom(12 * MB)
        tus = Tus()
        tus.replies = [tus.takes(3 * MB)]
        told: List[str] = []
        with FarSide(tus.create, tus.ask) as far, self.assertRaises(LoopspaceError):
            Client("k", base_url=far.origin, max_retries=0).audio.upload(content, on_upload_url=told.append)
        self.assertEqual(told, ["https://elsewhere.invalid/api/v1/audio/uploads/u1"])
        with FarSide(tus.ask, tus.ask, says(200, AUDIO)) as far:
            Client("k", base_url=far.origin).audio.upload(content, upload_url=told[0])
        self.assertEqual([asked.method for asked in far.asked], ["HEAD", "PATCH", "GET"])
        self.assertEqual(tus.content, content)
        with FarSide(tus.ask) as far, self.assertRaises(LoopspaceError) as raised:
            Client("k", base_url=far.origin).audio.upload(content[:-1], upload_url=told[0])
        self.assertEqual(raised.exception.code, "FILE_CHANGED")

    def test_gives_up_where_nothing_more_arrives_and_where_it_is_refused(self) -> None:
        tus = Tus()
        tus.replies = [tus.takes(0)] * 4
        with FarSide(tus.create, *[tus.ask] * 7) as far, self.assertRaises(LoopspaceError) as raised:
            Client("k", base_url=far.origin, max_retries=2).audio.upload(b"s" * 11 * MB)
        # Three chunks, and two requests for the offset.
        self.assertEqual((raised.exception.code, len(far.replies)), ("CONNECTION_FAILED", 2))
        refusals = [
            (refuses(415, "UNSUPPORTED_FORMAT"), "UNSUPPORTED_FORMAT"),
            (says(204, None, {"Upload-Offset": "0"}), "UNEXPECTED_ANSWER"),
        ]
        for reply, code in refusals:
            tus = Tus(reply)
            with FarSide(tus.create, tus.ask) as far, self.assertRaises(LoopspaceError) as raised:
                Client("k", base_url=far.origin).audio.upload(b"s" * 11 * MB)
            self.assertEqual(raised.exception.code, code)

    def test_looks_again_where_the_platform_knows_another_offset(self) -> None:
        content = os.urandom(12 * MB)
        tus = Tus()

        def takes_and_refuses(handler: Handler) -> None:
            tus.content += handler.read()[: 2 * MB]
            handler.send(409, b"{}", {})

        tus.replies = [takes_and_refuses]
        self.upload(tus, 3, content)
        self.assertEqual(tus.content, content)

    def test_a_file_is_never_held_whole(self) -> None:
        path = self.folder / "large.wav"
        with open(path, "wb") as file:
            file.truncate(60 * MB)
        heard = 0

        def hears(handler: Handler) -> None:
            nonlocal heard
            left = int(handler.headers["Content-Length"])
            while left:
                left -= len(handler.rfile.read(min(left, 64 * 1024)))
            heard += int(handler.headers["Content-Length"])
            made = {"Content-Location": "/api/v1/audio/audio_1"} if heard == 60 * MB else {}
            handler.send(204, b"", {"Upload-Offset": str(heard), **made})

        with FarSide(Tus().create, *[hears] * 6, says(200, AUDIO)) as far:
            tracemalloc.start()
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            Client("k", base_url=far.origin).audio.upload(path)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        self.assertEqual(heard, 60 * MB)
        self.assertLess(peak - before, 2 * MB)


class Downloads(Transfers):
    def test_goes_on_where_it_broke_off_and_appears_when_it_is_whole(self) -> None:
        def breaks_off(handler: Handler) -> None:
            handler.read()
            handler.send(200, b"one ", {"Content-Length": "13", "ETag": '"e"'})
            handler.cut()

        rest = says(206, b"two three", {"ETag": '"e"'})
        path = self.folder / "copy.mp3"
        with FarSide(breaks_off, rest) as far:
            self.assertEqual(Client("k", base_url=far.origin).audio.download("audio_1", path), 13)
        self.assertEqual(path.read_bytes(), b"one two three")
        self.assertEqual(far.asked[1].headers["Range"], "bytes=4-")
        self.assertEqual(far.asked[1].headers["If-Range"], '"e"')
        self.assertEqual(os.listdir(self.folder), ["copy.mp3"])

        path.write_bytes(b"before")
        changed = says(200, b"another file", {"ETag": '"f"'})
        with FarSide(breaks_off, changed) as far, self.assertRaises(LoopspaceError) as raised:
            Client("k", base_url=far.origin).audio.download("audio_1", path)
        self.assertEqual(raised.exception.code, "FILE_CHANGED")
        self.assertEqual((os.listdir(self.folder), path.read_bytes()), (["copy.mp3"], b"before"))

    def test_writes_to_a_file_that_the_caller_opened(self) -> None:
        with FarSide(says(200, b"sound")) as far:
            out = io.BytesIO()
            self.assertEqual(Client("k", base_url=far.origin).audio.download("audio_1", out), 5)
        self.assertEqual(out.getvalue(), b"sound")


if __name__ == "__main__":
    unittest.main()

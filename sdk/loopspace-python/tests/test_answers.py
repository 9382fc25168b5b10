from __future__ import annotations

import json
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any, Dict
from unittest import mock

from far_side import FarSide, says
from samples import AUDIO, USER

from loopspace import Client, LoopspaceError


def page(number: int, ids: str, has_more: bool) -> Dict[str, Any]:
    data = [{**USER, "id": f"user_{one}"} for one in ids]
    return {"data": data, "page": number, "limit": 2, "total": 5, "hasMore": has_more}


class Answers(unittest.TestCase):
    def test_a_track_has_attributes_in_pythons_manner(self) -> None:
        wire = {**AUDIO, "somethingNew": 1, "duration": 2}
        with FarSide(says(200, wire)) as far:
            audio = Client("k", base_url=far.origin).audio.get("audio_1")
        self.assertEqual(audio.created_at, datetime(2026, 11, 21, 8, tzinfo=timezone.utc))
        self.assertEqual((audio.metadata.sample_rate, audio.stats.plays_count, audio.user.username), (44100, 3, "maker"))
        self.assertEqual((audio.waveform, audio.waveform_estimated, audio.failure), ([0.5], False, None))
        self.assertEqual(repr(audio.duration), "2.0")
        self.assertEqual(json.loads(json.dumps(audio.raw)), wire)

    def test_tracks_of_lists_have_no_waveform(self) -> None:
        item = {key: value for key, value in AUDIO.items() if not key.startswith("waveform")}
        answer = {"data": [item], "page": 1, "limit": 20, "total": 1, "hasMore": False}
        with FarSide(says(200, answer)) as far:
            [audio] = Client("k", base_url=far.origin).audio.get_popular()
        self.assertEqual((audio.waveform, audio.waveform_estimated), ([], False))

    def test_a_page_is_a_list_and_leads_to_the_next(self) -> None:
        pages = [says(200, page(1, "ab", True)), says(200, page(2, "cd", True)), says(200, page(3, "e", False))]
        with FarSide(*pages) as far:
            found = Client("k", base_url=far.origin).users.followers("user_1", limit=2)
            self.assertEqual(([one.id for one in found], len(found), found[1].id), (["user_a", "user_b"], 2, "user_b"))
            self.assertEqual((found.total, found.has_more), (5, True))
            self.assertEqual("".join(one.id[-1] for one in found.all()), "abcde")
        queries = [asked.target.split("?")[1] for asked in far.asked]
        self.assertEqual(queries, ["limit=2&page=1", "limit=2&page=2", "limit=2&page=3"])

    def test_a_list_that_says_it_goes_on_with_nothing_ends(self) -> None:
        with FarSide(says(200, page(1, "a", True)), says(200, page(2, "", True))) as far:
            self.assertEqual(len(list(Client("k", base_url=far.origin).users.following("me").all())), 1)

    def test_searches_for_words_and_filters(self) -> None:
        answer = {"data": [], "page": 1, "limit": 20, "total": 0, "hasMore": False}
        with FarSide(says(200, answer)) as far:
            Client("k", base_url=far.origin).audio.search("雨 &", filters={"genre": "a b", "tags": ["x", "y"]})
        self.assertTrue(far.asked[0].target.endswith("?query=%E9%9B%A8+%26&limit=20&genre=a+b&tags=%5B%22x%22%2C+%22y%22%5D&page=1"))

    def test_a_change_says_only_what_changes(self) -> None:
        with FarSide(says(200, AUDIO)) as far:
            Client("k", base_url=far.origin).audio.update("audio_1", description="", price=0)
        self.assertEqual(json.loads(far.asked[0].body), {"description": "", "price": 0})

    def test_a_time_goes_out_with_its_zone(self) -> None:
        east = timezone(timedelta(hours=8))
        with FarSide(says(202, {"requeued": 2, "hasMore": False})) as far:
            recovered = Client("k", base_url=far.origin).webhooks.recover("wh_1", datetime(2026, 1, 1, tzinfo=east))
        self.assertEqual(json.loads(far.asked[0].body), {"since": "2025-12-31T16:00:00.000Z"})
        self.assertEqual((recovered.requeued, recovered.has_more), (2, False))


class Waiting(unittest.TestCase):
    def wait(self, *states: Dict[str, Any], timeout: float = 300) -> int:
        """Returns the number of polls."""
        with FarSide(*[says(200, {**AUDIO, **state}) for state in states]) as far, mock.patch("time.sleep"):
            Client("k", base_url=far.origin).audio.wait_until_ready("audio_1", timeout=timeout)
            return len(far.asked)

    def test_looks_until_it_is_ready(self) -> None:
        self.assertEqual(self.wait({"status": "processing"}, {"status": "processing"}, {}), 3)

    def test_says_why_it_never_will_be(self) -> None:
        with self.assertRaises(LoopspaceError) as raised:
            self.wait({"status": "processing"}, {"status": "failed", "failure": "no sound in it"})
        self.assertEqual((raised.exception.code, raised.exception.message), ("PROCESSING_FAILED", "no sound in it"))

    def test_does_not_wait_for_ever(self) -> None:
        with self.assertRaises(LoopspaceError) as raised:
            self.wait({"status": "processing"}, timeout=0)
        self.assertEqual(raised.exception.code, "TIMEOUT")


if __name__ == "__main__":
    unittest.main()

from __future__ import annotations

import os
import pickle
import socket
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Callable, List, Tuple, cast
from unittest import mock

from far_side import FarSide, Handler, breaks, refuses, says
from samples import USER

from loopspace import Client, Environment, LoopspaceError, SearchFilters


class Calls(unittest.TestCase):
    def setUp(self) -> None:
        sleeping = mock.patch("time.sleep")
        self.sleep = sleeping.start()
        self.addCleanup(sleeping.stop)

    def failing(self, client: Client) -> LoopspaceError:
        with self.assertRaises(LoopspaceError) as raised:
            client.users.me()
        return raised.exception

    def test_sends_the_key_and_reads_what_comes(self) -> None:
        with FarSide(says(200, USER)) as far, Client("lsk_live_1", base_url=far.origin + "/") as client:
            self.assertEqual(client.users.me().name, "A Maker")
        [asked] = far.asked
        self.assertEqual((asked.method, asked.target), ("GET", "/api/v1/users/me"))
        self.assertEqual(asked.headers["Authorization"], "Bearer lsk_live_1")
        self.assertRegex(asked.headers["User-Agent"], r"^loopspace-python/\d")

    def test_a_path_of_the_base_address_is_kept(self) -> None:
        with FarSide(says(200, USER)) as far:
            Client("k", base_url=far.origin + "/loop").users.me()
        self.assertEqual(far.asked[0].target, "/loop/api/v1/users/me")

    def test_a_refusal_is_an_error_with_all_that_was_said(self) -> None:
        with FarSide(refuses(404, "NOT_FOUND")) as far:
            error = self.failing(Client("k", base_url=far.origin))
        self.assertEqual(
            (error.code, error.status, error.message, error.request_id), ("NOT_FOUND", 404, "because", "req_1")
        )
        self.assertEqual(str(error), "NOT_FOUND: because (HTTP 404, req_1)")

    def test_a_refusal_by_a_proxy_is_an_error_too(self) -> None:
        headers = {"X-Request-Id": "req_2", "Retry-After": "90"}
        with FarSide(says(503, b"<html>busy</html>", headers)) as far:
            error = self.failing(Client("k", base_url=far.origin))
        self.assertEqual((error.code, error.request_id, error.retry_after), ("UNAVAILABLE", "req_2", 90))

    def test_what_stands_before_the_platform_may_name_a_date_and_a_number_of_its_own(self) -> None:
        date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=9), usegmt=True)
        with FarSide(says(520, b"", {"Retry-After": date}), says(200, USER)) as far:
            Client("k", base_url=far.origin).users.me()
        [waited] = self.sleep.call_args.args
        self.assertTrue(7 <= waited <= 10, waited)
        with FarSide(says(501), says(200, USER)) as far:
            self.assertEqual(self.failing(Client("k", base_url=far.origin)).status, 501)

    def test_what_is_no_answer_of_the_platform_is_said(self) -> None:
        for content in (b"hello", b"[]", b"{}"):
            with self.subTest(content), FarSide(says(200, content)) as far:
                self.assertEqual(self.failing(Client("k", base_url=far.origin)).code, "UNEXPECTED_ANSWER")
        strange: List[Tuple[Any, Callable[[Client], object]]] = [
            ({**USER, "createdAt": 5}, lambda client: client.users.me()),
            ({**USER, "createdAt": "today"}, lambda client: client.users.me()),
            ({**USER, "stats": None}, lambda client: client.users.me()),
            ({"data": 5}, lambda client: client.audio.get_genres()),
            ([], lambda client: client.audio.get_genres()),
            ({}, lambda client: client.audio.record_play("audio_1")),
            ({"data": [{}]}, lambda client: client.audio.get_popular()),
        ]
        for answer, ask in strange:
            with self.subTest(answer), FarSide(says(200, answer)) as far:
                with self.assertRaises(LoopspaceError) as raised:
                    ask(Client("k", base_url=far.origin))
                self.assertEqual(raised.exception.code, "UNEXPECTED_ANSWER")

    def test_waits_as_long_as_it_is_told_and_calls_again(self) -> None:
        with FarSide(refuses(429, "RATE_LIMIT_EXCEEDED", 7), says(200, USER)) as far:
            Client("k", base_url=far.origin).users.me()
        [waited] = self.sleep.call_args.args
        self.assertTrue(7 <= waited <= 8, waited)

    def test_does_not_wait_longer_than_it_may(self) -> None:
        with FarSide(refuses(429, "RATE_LIMIT_EXCEEDED", 7)) as far:
            error = self.failing(Client("k", base_url=far.origin, max_retry_wait=6))
        self.assertEqual((error.code, error.retry_after), ("RATE_LIMIT_EXCEEDED", 7))
        self.sleep.assert_not_called()

    def test_gives_up_at_some_time_and_waits_longer_each_time(self) -> None:
        with FarSide(*[refuses(503, "UNAVAILABLE")] * 3) as far:
            error = self.failing(Client("k", base_url=far.origin, max_retries=2))
        self.assertEqual((error.status, len(far.asked)), (503, 3))
        first, second = (call.args[0] for call in self.sleep.call_args_list)
        self.assertTrue(0.25 <= first <= 0.5 <= second <= 1)

    def test_what_may_have_been_done_is_not_done_twice(self) -> None:
        for reply in (breaks, refuses(500, "INTERNAL_ERROR")):
            with self.subTest(reply), FarSide(reply, reply) as far:
                with self.assertRaises(LoopspaceError):
                    Client("k", base_url=far.origin).webhooks.create("https://example.com", ["order.paid"])
                self.assertEqual(len(far.asked), 1)

    def test_what_was_refused_for_being_too_much_is_done_later(self) -> None:
        wire = {"error": {"code": "NOT_FOUND", "message": "no"}}
        with FarSide(refuses(429, "RATE_LIMIT_EXCEEDED", 1), says(404, wire)) as far:
            with self.assertRaises(LoopspaceError) as raised:
                Client("k", base_url=far.origin).webhooks.redeliver("dlv_1")
        self.assertEqual((raised.exception.code, len(far.asked)), ("NOT_FOUND", 2))

    def test_a_broken_connection_is_tried_again(self) -> None:
        with FarSide(breaks, says(200, USER)) as far:
            Client("k", base_url=far.origin).users.follow("user_1")
        self.assertEqual([asked.method for asked in far.asked], ["POST", "POST"])

    def test_what_a_lost_answer_deleted_is_deleted(self) -> None:
        with FarSide(breaks, refuses(404, "NOT_FOUND")) as far:
            Client("k", base_url=far.origin).audio.delete("audio_1")
        with FarSide(refuses(404, "NOT_FOUND")) as far, self.assertRaises(LoopspaceError):
            Client("k", base_url=far.origin).audio.delete("audio_1")

    def test_an_unreachable_server_and_a_silent_one_are_different_errors(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            origin = f"http://127.0.0.1:{unused.getsockname()[1]}"
            error = self.failing(Client("k", base_url=origin, max_retries=1))
            self.assertEqual((error.code, error.status), ("CONNECTION_FAILED", None))
            unused.listen()
            begun = time.monotonic()
            error = self.failing(Client("k", base_url=origin, max_retries=0, timeout=0.2))
            self.assertEqual(error.code, "TIMEOUT")
            self.assertLess(time.monotonic() - begun, 2)

    def test_a_connection_is_used_again(self) -> None:
        with FarSide(says(200, USER), says(200, USER)) as far, Client("k", base_url=far.origin) as client:
            client.users.me()
            client.users.me()
        self.assertEqual(far.asked[0].port, far.asked[1].port)

    def test_one_that_was_closed_meanwhile_is_not_missed(self) -> None:
        def closes(handler: Handler) -> None:
            says(200, USER)(handler)
            handler.wfile.flush()
            # The server closes the connection without announcing it in its response.
            handler.cut()

        with FarSide(closes, says(200, USER)) as far, Client("k", base_url=far.origin, max_retries=0) as client:
            client.users.me()
            client.users.me()
        self.assertNotEqual(far.asked[0].port, far.asked[1].port)

    def test_threads_share_a_client(self) -> None:
        with FarSide(*[says(200, {**USER, "id": f"user_{n}"}) for n in range(200)]) as far:
            with Client("k", base_url=far.origin) as client, ThreadPoolExecutor(8) as pool:
                found = list(pool.map(lambda _: client.users.me().id, range(200)))
        self.assertEqual(len(set(found)), 200)
        self.assertLessEqual(len({asked.port for asked in far.asked}), 8)

    def test_redirects_are_not_followed(self) -> None:
        with FarSide() as elsewhere, FarSide(says(302, None, {"Location": elsewhere.origin})) as far:
            error = self.failing(Client("k", base_url=far.origin))
        self.assertEqual((error.code, error.status, elsewhere.asked), ("UNEXPECTED_ANSWER", 302, []))
        with FarSide(says(302)) as far, self.assertRaises(LoopspaceError):
            Client("k", base_url=far.origin).audio.delete("audio_1")

    def test_goes_through_the_proxy_of_the_environment(self) -> None:
        with FarSide(says(200, USER)) as proxy:
            address = proxy.origin.replace("//", "//me:secret@")
            with mock.patch.dict(os.environ, {"http_proxy": address, "no_proxy": ""}):
                Client("k", base_url="http://loopspace.invalid:81").users.me()
        [asked] = proxy.asked
        self.assertEqual(asked.target, "http://loopspace.invalid:81/api/v1/users/me")
        self.assertEqual((asked.headers["Host"], asked.headers["Authorization"]), ("loopspace.invalid:81", "Bearer k"))
        self.assertEqual(asked.headers["Proxy-Authorization"], "Basic bWU6c2VjcmV0")

    def test_asks_a_proxy_for_a_tunnel_and_shows_it_no_key(self) -> None:
        with FarSide(refuses(407, "no")) as proxy:
            with mock.patch.dict(os.environ, {"https_proxy": proxy.origin, "no_proxy": ""}):
                error = self.failing(Client("k", base_url="https://loopspace.invalid", max_retries=0))
        [asked] = proxy.asked
        self.assertEqual((error.code, asked.method, asked.target), ("CONNECTION_FAILED", "CONNECT", "loopspace.invalid:443"))
        self.assertIsNone(asked.headers["Authorization"])


class Settings(unittest.TestCase):
    def test_the_environment_has_to_be_the_keys(self) -> None:
        self.assertEqual(Client("lsk_test_1", environment="sandbox").environment, "sandbox")
        self.assertEqual(Client("lsk_test_1").environment, "sandbox")
        self.assertEqual(Client("lsk_live_1", environment="production").environment, "production")
        wrong: List[Tuple[str, Environment]] = [("lsk_test_1", "production"), ("lsk_live_1", "sandbox")]
        for key, environment in wrong:
            with self.subTest(key), self.assertRaises(LoopspaceError) as raised:
                Client(key, environment=environment)
            self.assertEqual(raised.exception.code, "WRONG_ENVIRONMENT")

    def test_only_a_sandbox_key_leads_into_the_sandbox(self) -> None:
        tokens: List[Any] = [None, "lso_1", lambda: "lso_1"]
        with mock.patch.dict(os.environ):
            os.environ.pop("LOOPSPACE_API_KEY", None)
            for token in tokens:
                with self.subTest(token), self.assertRaises(LoopspaceError) as raised:
                    Client(access_token=token, environment="sandbox")
                self.assertEqual(raised.exception.code, "WRONG_ENVIRONMENT")
            with FarSide() as far, self.assertRaises(LoopspaceError) as raised:
                client = Client(access_token=lambda: "lsk_test_1", environment="production", base_url=far.origin)
                client.users.me()
        self.assertEqual((raised.exception.code, far.asked), ("WRONG_ENVIRONMENT", []))

    def test_the_machine_can_say_key_and_address(self) -> None:
        with FarSide(says(200, USER)) as far:
            variables = {"LOOPSPACE_API_KEY": "lsk_live_2\n", "LOOPSPACE_BASE_URL": far.origin}
            with mock.patch.dict(os.environ, variables):
                Client().users.me()
        self.assertEqual(far.asked[0].headers["Authorization"], "Bearer lsk_live_2")

    def test_a_guest_shows_nothing(self) -> None:
        with mock.patch.dict(os.environ), FarSide(says(200, USER)) as far:
            os.environ.pop("LOOPSPACE_API_KEY", None)
            Client(base_url=far.origin).users.get("user_1")
        self.assertIsNone(far.asked[0].headers["Authorization"])

    def test_a_token_can_be_another_each_time(self) -> None:
        tokens = iter(["lso_1", "lso_2"])
        with FarSide(says(200, USER), says(200, USER)) as far:
            client = Client(access_token=lambda: next(tokens), base_url=far.origin)
            client.users.me()
            client.users.me()
        self.assertEqual([one.headers["Authorization"] for one in far.asked], ["Bearer lso_1", "Bearer lso_2"])

    def test_what_cannot_be_right_is_refused_before_it_is_sent(self) -> None:
        for wrong in ("ke\ny", "schlüssel", ""):
            with self.subTest(wrong), self.assertRaises(ValueError) as raised:
                Client(wrong)
            self.assertTrue(wrong == "" or wrong not in str(raised.exception))
        for address in (
            "ftp://example.com",
            "example.com",
            "https://a@example.com",
            "https://:secret@example.com",
            "https://example.com?a=1",
        ):
            with self.subTest(address), self.assertRaises(ValueError):
                Client("k", base_url=address)
        for identifier in ("", "..", "a/b", "a?b"):
            with self.subTest(identifier), self.assertRaises(ValueError):
                Client("k").users.get(identifier)
        with self.assertRaises(ValueError):
            Client("k").audio.search(filters=cast(SearchFilters, {"gender": "a"}))

    def test_the_key_is_in_no_text_of_the_client(self) -> None:
        self.assertNotIn("lsk_live_1", repr(Client("lsk_live_1")))

    def test_errors_cross_processes(self) -> None:
        error = LoopspaceError("A", "b", status=404, retry_after=3)
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((copy.code, copy.message, copy.status, copy.retry_after), ("A", "b", 404, 3))


if __name__ == "__main__":
    unittest.main()

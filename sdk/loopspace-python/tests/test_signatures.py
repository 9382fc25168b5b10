from __future__ import annotations

import base64
import hashlib
import hmac
import time
import unittest
from datetime import datetime, timedelta, timezone
from email.message import Message
from typing import Any, Dict, List, Optional

from loopspace import WebhookVerificationError, verify_webhook

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def body_of(at: datetime) -> bytes:
    created = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return f'{{"id":"evt_1","type":"user.followed","createdAt":"{created}","data":{{"name":"雨"}}}}'.encode()


NOW = datetime.now(timezone.utc)
BODY = body_of(NOW)


def standard(body: bytes = BODY, key: bytes = KEY, at: Optional[float] = None) -> Dict[str, str]:
    sent = str(int(time.time() if at is None else at))
    digest = hmac.new(key, b"evt_1." + sent.encode() + b"." + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": "evt_1", "webhook-timestamp": sent, "webhook-signature": signature}


def own(secret: str, body: bytes = BODY) -> Dict[str, str]:
    return {"X-Loopspace-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


class Signatures(unittest.TestCase):
    def refused(self, headers: Any, secret: str = SECRET, body: bytes = BODY) -> str:
        with self.assertRaises(WebhookVerificationError) as raised:
            verify_webhook(body, headers, secret)
        self.assertEqual(raised.exception.code, "SIGNATURE_INVALID")
        return raised.exception.message

    def test_gives_the_event_of_a_good_delivery(self) -> None:
        event = verify_webhook(BODY, standard(), SECRET)
        self.assertEqual((event.id, event.type, event.data, event.example), ("evt_1", "user.followed", {"name": "雨"}, False))
        self.assertEqual(verify_webhook(BODY.decode(), standard(), SECRET), event)

    def test_a_known_signature_of_the_standard(self) -> None:
        # The example in the test suites of the Standard Webhooks libraries.
        headers = {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        with self.assertRaisesRegex(WebhookVerificationError, "not an event"):
            verify_webhook(b'{"test": 2432232314}', headers, secret, tolerance=float("inf"))
        self.assertIn("too long ago", self.refused(headers, secret, b'{"test": 2432232314}'))

    def test_takes_headers_as_frameworks_have_them(self) -> None:
        message = Message()
        for name, value in standard().items():
            message[name.title()] = value
        pairs = [(name.encode(), value.encode()) for name, value in standard().items()]
        kinds: List[Any] = [message, pairs, {name.upper(): value for name, value in standard().items()}]
        for headers in kinds:
            with self.subTest(type(headers)):
                self.assertEqual(verify_webhook(BODY, headers, SECRET).id, "evt_1")

    def test_one_good_signature_of_several_is_enough(self) -> None:
        headers = standard()
        other = standard(key=b"another key of thirty-two bytes!")["webhook-signature"]
        good = headers["webhook-signature"]
        for listed in (f"{other} {good}", f"{good} {other}", f"v1a,xyz {good}"):
            self.assertEqual(verify_webhook(BODY, {**headers, "webhook-signature": listed}, SECRET).id, "evt_1")
        self.refused({**headers, "webhook-signature": f"{other} {other}"})
        self.assertEqual(verify_webhook(BODY, headers, ["another", SECRET]).id, "evt_1")

    def test_refuses_another_body_secret_time_or_nothing(self) -> None:
        self.refused(standard(), body=BODY.replace(b"evt_1", b"evt_2"))
        self.refused(standard(key=b"another key of thirty-two bytes!"))
        self.refused({**standard(), "webhook-id": "evt_2"})
        self.refused({**standard(), "webhook-timestamp": str(int(time.time()) + 1)})
        self.refused({**standard(), "webhook-signature": "v1,ü"})
        self.refused(standard(at=time.time() - 301))
        self.refused(standard(at=time.time() + 302))
        self.refused({})

    def test_a_chosen_secret_is_its_own_key(self) -> None:
        self.assertEqual(verify_webhook(BODY, standard(key=b"a-chosen-secret-"), "a-chosen-secret-").id, "evt_1")

    def test_the_platforms_own_signature_is_enough_where_there_is_no_other(self) -> None:
        self.assertEqual(verify_webhook(BODY, own(SECRET), SECRET).id, "evt_1")
        self.assertEqual(verify_webhook(BODY, own(SECRET), ["another", SECRET]).id, "evt_1")
        self.refused(own("another"))
        self.refused(own(SECRET, b"{}"))

    def test_without_a_time_of_sending_it_may_be_as_old_as_the_platform_tries(self) -> None:
        for hours, is_good in ((47, True), (49, False)):
            old = body_of(NOW - timedelta(hours=hours))
            if is_good:
                verify_webhook(old, own(SECRET, old), SECRET)
            else:
                self.refused(own(SECRET, old), body=old)
            # With a timestamp the event may be older, because `recover` may send it again later.
            verify_webhook(old, standard(old), SECRET)

    def test_it_does_not_make_up_for_a_bad_one_or_half_of_one(self) -> None:
        old = standard(at=time.time() - 1_000)
        self.refused({**old, **own(SECRET)})
        del old["webhook-timestamp"]
        self.refused({**old, **own(SECRET)})

    def test_what_a_parser_made_of_a_body_is_the_receivers_mistake(self) -> None:
        parsed: Any = {"id": "evt_1"}
        with self.assertRaisesRegex(TypeError, "unparsed"):
            verify_webhook(parsed, standard(), SECRET)

    def test_what_no_text_is_says_nothing(self) -> None:
        good: Dict[str, Any] = {**standard()}
        signature = own(SECRET)["X-Loopspace-Signature"]
        strange: List[Any] = [None, [], ["evt_1"], 7, {}]
        for value in strange:
            for name in good:
                with self.subTest(name, value=value):
                    self.refused({**good, name: value})
            with self.subTest(value):
                self.refused({"x-loopspace-signature": value})
                self.assertEqual(verify_webhook(BODY, {**good, "x-other": value}, SECRET).id, "evt_1")
        self.refused([(None, "a"), (b"webhook-id", None), ("x-loopspace-signature", [signature])])

    def test_halves_of_characters_are_refused_like_any_other_text(self) -> None:
        half = "\ud800"
        for name in standard():
            with self.subTest(name):
                self.refused({**standard(), name: half})
        self.refused({"x-loopspace-signature": half})
        self.refused({half: half})
        body: Any = half
        self.refused(standard(), body=body)

    def test_a_time_that_is_none_is_refused_though_it_is_signed(self) -> None:
        for sent in ("soon", "", "-1", "²", "9" * 5_000):
            with self.subTest(sent[:9]):
                digest = hmac.new(KEY, f"evt_1.{sent}.".encode() + BODY, hashlib.sha256).digest()
                signature = "v1," + base64.b64encode(digest).decode()
                self.refused({"webhook-id": "evt_1", "webhook-timestamp": sent, "webhook-signature": signature})

    def test_what_is_signed_and_no_event_is_refused(self) -> None:
        for body in (b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, BODY.replace(b'"createdAt":"', b'"createdAt":"x')):
            with self.subTest(body[:9]):
                self.refused(standard(body), body=body)
                self.refused(own(SECRET, body), body=body)
        for time_of_it in (b"5", b'"2026-11-21T08:00:00.000"'):
            body = b'{"id":"evt_1","type":"a","createdAt":' + time_of_it + b',"data":{}}'
            self.refused(own(SECRET, body), body=body)

    def test_a_tolerance_that_is_none_is_the_receivers_mistake(self) -> None:
        for tolerance in (float("nan"), -1):
            with self.subTest(tolerance), self.assertRaises(ValueError):
                verify_webhook(BODY, standard(), SECRET, tolerance=tolerance)

    def test_a_secret_that_is_none_is_the_receivers_mistake(self) -> None:
        wrong: List[Any] = ["", "whsec_not base64", "whsec_", [], [SECRET, ""]]
        for secret in wrong:
            with self.subTest(secret), self.assertRaises(ValueError):
                verify_webhook(BODY, standard(), secret)


if __name__ == "__main__":
    unittest.main()

"""Calls until the rate limit refuses one, then makes a call that waits."""

import json
import time

from loopspace import Client, LoopspaceError

impatient = Client(max_retries=0)
calls = 0
try:
    while calls < 100:
        impatient.users.me()
        calls += 1
    raise AssertionError("there is no limit")
except LoopspaceError as error:
    failure = error
begun = time.monotonic()
me = Client().users.me()
print(
    json.dumps(
        {
            "calls": calls,
            "code": failure.code,
            "status": failure.status,
            "retryAfter": failure.retry_after,
            "waited": time.monotonic() - begun,
            "username": me.username,
        }
    )
)

"""Runs a receiver of webhooks, and sends it deliveries that it accepts and refuses."""

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from fields import unknown_in

from loopspace import Client, WebhookVerificationError, verify_webhook

received = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        received.put((self.rfile.read(int(self.headers["Content-Length"])), self.headers))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


def is_good(delivery, secret) -> bool:
    try:
        return bool(verify_webhook(*delivery, secret).id)
    except WebhookVerificationError:
        return False


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = Client()
url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
made = client.webhooks.create(url, ["user.followed", "audio.uploaded"])
sent = client.webhooks.send_example(made.id, "user.followed")
body, headers = received.get(timeout=30)
event = verify_webhook(body, headers, made.secret)
own = {"x-loopspace-signature": headers["x-loopspace-signature"]}

while client.webhooks.get_delivery(sent.id).status != "delivered":
    time.sleep(0.2)
log = client.webhooks.deliveries(made.id, status="delivered")

rotated = client.webhooks.rotate_secret(made.id, overlap_hours=1)
client.webhooks.redeliver(sent.id)
second = received.get(timeout=30)
ended = client.webhooks.rotate_secret(made.id, secret="a-secret-of-my-own", overlap_hours=0)
client.webhooks.redeliver(sent.id)
third = received.get(timeout=30)

off = client.webhooks.update(made.id, enabled=False)
listed = [one.id for one in client.webhooks.list()]
client.webhooks.delete(made.id)
print(
    json.dumps(
        {
            "event": [event.type, event.example, event.id == sent.event.id],
            "payload": sent.payload == json.loads(body),
            "refused": [is_good((body, headers), "another-secret-of-mine"), is_good((body + b" ", headers), made.secret)],
            "own": is_good((body, own), made.secret),
            "log": [[one.event.type, [attempt.status for attempt in one.attempts]] for one in log],
            "overlap": [is_good(second, one) for one in (made.secret, rotated.secret, [made.secret, "x" * 16])],
            "ended": [is_good(third, one) for one in (made.secret, rotated.secret, ended.secret)],
            "unknown": unknown_in(made, sent, *log, *log[0].attempts),
            "off": [off.enabled, off.disabled_reason, off.secret],
            "listed": [listed == [made.id], len(client.webhooks.list())],
        }
    )
)

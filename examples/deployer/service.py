"""A small HTTP service on loopback: /health answers 503 to the first questions, then 200. It ends by itself."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WARM_UP_QUESTIONS = 4
LIFETIME_SECONDS = 60.0


class Health(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        Health.asked += 1
        warm = Health.asked > WARM_UP_QUESTIONS
        self.send_response(200 if self.path == "/health" and warm else 503)
        self.end_headers()
        self.wfile.write(b"healthy\n" if warm else b"warming up\n")

    def log_message(self, format: str, *values: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
Path("service.port").write_text(str(server.server_address[1]))
threading.Timer(LIFETIME_SECONDS, server.shutdown).start()
print("service started", flush=True)
server.serve_forever()
sys.exit(0)

"""Exits with 0 when the service's health page answers 200, else with 1 and what it answered."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

try:
    port = Path("service.port").read_text()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
        print(answer.status, answer.read().decode().strip())
except (OSError, urllib.error.HTTPError) as error:
    sys.exit(f"not healthy: {error}")

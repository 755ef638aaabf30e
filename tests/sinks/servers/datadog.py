"""Datadog's log intake: an array of at most 1,000 entries, 5 MB of them; it cuts what is longer than 1 MB."""
import json

from servers.receiver import Receiver, answer, parse_json, want

RESERVED = {"ddsource", "ddtags", "hostname", "service", "message", "timestamp"}


class Datadog(Receiver):
    max_body = 5_000_000

    def __init__(self, key="hush"):
        self.key = key
        super().__init__()

    def take(self, request):
        if request.path == "/api/v1/validate":
            good = request.headers.get("dd-api-key") == self.key
            return answer(200, {"valid": True}) if good else answer(403, {"errors": ["Forbidden"]})
        want(request.path == "/api/v2/logs" and request.method == "POST", 404, "not found")
        want(request.headers.get("dd-api-key") == self.key, 403, {"errors": [{"status": "403", "title": "Forbidden"}]})
        want(request.headers.get("content-type") == "application/json", 415, "content type")
        entries = parse_json(request.body)
        want(isinstance(entries, list) and 0 < len(entries) <= 1000, 400, "an array of 1 to 1,000 entries")
        for entry in entries:
            want(RESERVED <= set(entry) and isinstance(entry["timestamp"], int), 400, f"an entry with {sorted(entry)}")
            want(len(entry["message"].encode()) <= 1_000_000, 400, "it would be cut")
            self.keep(entry["postern_id"], json.loads(entry["message"]))
        return answer(202, {})

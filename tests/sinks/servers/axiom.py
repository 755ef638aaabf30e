"""Axiom's ingest endpoint: an array of events for a dataset; an answer that counts what it took, and does not name what it did not."""
import re

from servers.receiver import Receiver, answer, parse_json, want

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Axiom(Receiver):
    max_body = 4 << 20

    def __init__(self, token="hush", paths=("/v1/datasets/mimecast/ingest", "/v1/ingest/mimecast")):
        self.token, self.paths = token, paths
        self.refuses = lambda event: None  # why an event is not ingested
        super().__init__()

    def take(self, request):
        want(request.headers.get("authorization") == f"Bearer {self.token}", 403, {"message": "Forbidden"})
        want(request.path in self.paths and not request.query, 404, {"message": "dataset not found"})
        want(request.method == "POST" and request.headers.get("content-type") == "application/json", 400, {"message": "content type"})
        events = parse_json(request.body)
        want(isinstance(events, list) and 0 < len(events) <= 10_000, 400, {"message": "an array of 1 to 10,000 events"})
        failures = []
        for event in events:
            want(isinstance(event, dict) and TIME.fullmatch(event["_time"]), 400, {"message": f"_time {event.get('_time')}"})
            error = self.refuses(event)
            if error:
                failures.append({"timestamp": event["_time"], "error": error})
            else:
                self.keep(event["postern_id"], event)
        return answer(200, {"ingested": len(events) - len(failures), "failed": len(failures), "failures": failures[:100],
                            "processedBytes": len(request.body), "blocksCreated": 0, "walLength": 2})

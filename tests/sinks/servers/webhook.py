"""A webhook that takes lines of JSON, an array, or a single event, and can remember idempotency keys."""
import uuid

from servers.receiver import Receiver, answer, parse_json, want

TYPES = {"application/x-ndjson": "ndjson", "application/json": "array"}


class Webhook(Receiver):
    def __init__(self, token=None, remembers=False):
        self.token, self.remembers, self.keys, self.repeats = token, remembers, {}, 0
        self.refuses = lambda event: False  # an event that makes it answer 400, without a name
        self.names_its_calls = False  # an answer 400 has an id of its own
        self.thanks = lambda events: "thanks"  # the body of an answer 200
        super().__init__()

    def events_of(self, request):
        kind = TYPES.get(request.headers.get("content-type"))
        want(kind, 415, f"content type {request.headers.get('content-type')}")
        if kind == "array":
            events = parse_json(request.body)
            events = [events] if isinstance(events, dict) else events
            want(isinstance(events, list) and events, 400, "no array of events")
            return events
        want(request.body.endswith(b"\n"), 400, "the last line has no end")
        return [parse_json(line) for line in request.body[:-1].split(b"\n")]

    def take(self, request):
        want(request.method in ("POST", "GET", "HEAD"), 405, "only POST")
        want(self.token is None or request.headers.get("authorization") == f"Bearer {self.token}", 401, "who are you?")
        if request.method != "POST":
            return answer(200)
        key = request.headers.get("idempotency-key", "")
        want(len(key) == 32 and set(key) <= set("0123456789abcdef"), 400, f"the key {key!r}")
        events = self.events_of(request)
        if any(self.refuses(event) for event in events):
            named = {"X_Request_Id": uuid.uuid4()} if self.names_its_calls else {}
            return answer(400, "there is something in it that I do not like", **named)
        if self.remembers and key in self.keys:
            want(self.keys[key] == events, 422, "the key of other events")
            self.repeats += 1
            return answer(200, "as before")
        thanks = self.thanks(events)
        if thanks != "thanks" and thanks.get("error") != "false":
            return answer(200, thanks)
        self.keys[key] = events
        for event in events:
            self.keep(None, event)
        return answer(200, thanks)

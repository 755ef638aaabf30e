"""Splunk's HTTP event collector with indexer acknowledgement: what was taken is safe when it is told so, and told once. A collector
that is killed has forgotten what it had not told. And LogScale, which takes the same envelopes."""
import collections
import json
import re

from servers.receiver import Receiver, answer, want

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def hec(code, text, **more):
    return {"text": text, "code": code, **{name.replace("_", "-"): value for name, value in more.items()}}


def envelopes(body):
    """Concatenated objects, with white space between."""
    text, at, found = body.decode(), 0, []
    while at < len(text):
        try:
            one, end = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            want(False, 400, hec(6, "Invalid data format", invalid_event_number=len(found)))
        found.append(one)
        at = end
        while at < len(text) and text[at].isspace():
            at += 1
    want(found, 400, hec(5, "No data"))
    return found


class Splunk(Receiver):
    max_body = 1_048_576

    def __init__(self, token="hush", acknowledges=False, indexes=None):
        self.token, self.acknowledges, self.indexes = token, acknowledges, indexes
        self.asks_for_channel_first = False  # before it looks whether the token acknowledges at all
        self.pending = collections.defaultdict(dict)  # by channel, number: its events
        self.numbers = collections.Counter()
        self.polls_before_told = 1
        self.polled = collections.Counter()
        self.healthy = True
        self.fault_of = lambda event: None  # a code for an event that is refused
        super().__init__()

    def kill(self):
        super().kill()
        self.pending.clear()

    def stop(self):
        self.kill()

    def take(self, request):
        if request.path == "/services/collector/health":
            return answer(200, hec(17, "HEC is healthy")) if self.healthy else answer(503, hec(18, "HEC is unhealthy, queues are full"))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        want(scheme == "Splunk", 401, hec(3, "Invalid authorization"))
        want(token == self.token, 403, hec(4, "Invalid token"))
        want(request.method == "POST", 405, "method")
        if request.path == "/services/collector/ack":
            return self.poll(request)
        want(request.path == "/services/collector/event", 404, "not found")
        events = envelopes(request.body)
        for number, event in enumerate(events):
            self.look_at(number, event)
        if not self.acknowledges:
            self.keep_all(events)
            return answer(200, hec(0, "Success"))
        channel = self.channel_of(request)
        number = self.numbers[channel]
        self.numbers[channel] += 1
        self.pending[channel][number] = events
        return answer(200, {**hec(0, "Success"), "ackId": number}, Set_Cookie=f"indexer={self.port}; Path=/; HttpOnly")

    def look_at(self, number, event):
        want("event" in event, 400, hec(12, "Event field is required", invalid_event_number=number))
        want(event["event"] != "", 400, hec(13, "Event field cannot be blank", invalid_event_number=number))
        want(isinstance(event.get("time"), (int, float)), 400, hec(6, "Invalid data format", invalid_event_number=number))
        fields = event.get("fields", {})
        want(all(isinstance(value, str) for value in fields.values()), 400,
             hec(15, "Error in handling indexed fields", invalid_event_number=number))
        if self.indexes is not None and event.get("index") not in self.indexes:
            raise_index = answer(400, hec(7, "Incorrect index", invalid_event_number=number))
            self.refusing_index = True
            raise WrongIndex(raise_index)
        code = self.fault_of(event)
        if code:
            raise WrongIndex(answer(400, hec(code, "Invalid data format", invalid_event_number=number)))

    def judge(self, request):
        try:
            return super().judge(request)
        except WrongIndex as wrong:
            return wrong.answer

    def channel_of(self, request):
        channel = request.headers.get("x-splunk-request-channel", "")
        want(channel, 400, hec(10, "Data channel is missing"))
        want(GUID.fullmatch(channel), 400, hec(11, "Invalid data channel"))
        return channel

    def poll(self, request):
        if self.asks_for_channel_first:
            self.channel_of(request)
        want(self.acknowledges, 400, hec(14, "ACK is disabled"))
        channel = self.channel_of(request)
        want(request.headers.get("cookie") == f"indexer={self.port}" or not self.numbers[channel], 400, f"another indexer: {request.headers.get('cookie')}")
        told = {}
        for number in json.loads(request.body)["acks"]:
            self.polled[channel, number] += 1
            events = self.pending[channel].get(number)
            told[str(number)] = events is not None and self.polled[channel, number] > self.polls_before_told
            if told[str(number)]:
                self.keep_all(self.pending[channel].pop(number))
        return answer(200, {"acks": told})

    def keep_all(self, events):
        for event in events:
            self.keep(event["fields"]["postern_id"], event["event"])


class WrongIndex(Exception):
    """An answer that a right client may meet."""

    def __init__(self, taken):
        super().__init__()
        self.answer = taken


class LogScale(Splunk):
    """Without acknowledgement and its channels; the index, if one is named, is the token's repository."""

    repository = "mail"

    def take(self, request):
        if request.path == "/api/v1/status":
            return answer(200, {"status": "OK", "version": "1.131.1--build-1"})
        want(request.path == "/api/v1/ingest/hec", 404, "not found")
        want(request.headers.get("authorization") == f"Bearer {self.token}", 401, "The supplied authentication is invalid")
        want("x-splunk-request-channel" not in request.headers, 400, "no channels here")
        events = envelopes(request.body)
        for number, event in enumerate(events):
            self.look_at(number, event)
            if event.get("index", self.repository) != self.repository:
                return answer(400, f"the index {event['index']} is not the repository of the token")
        self.keep_all(events)
        return answer(200, {})

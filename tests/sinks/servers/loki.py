"""Grafana Loki's push: streams of entries. As the real one it ignores an entry that it has already, keeps the others of a push in which
some are refused, and speaks then of one stream alone, the last, and of ten of its entries at most."""
import datetime
import json
import re

from servers.receiver import Receiver, answer, parse_json, want

NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
MOST_NAMED = 10


def go_time(ns):
    """As Go prints a time: without zeros at the end of the fraction."""
    whole = datetime.datetime.fromtimestamp(ns // 10**9, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    fraction = f"{ns % 10**9:09}".rstrip("0")
    return f"{whole}{'.' if fraction else ''}{fraction} +0000 UTC"


def name_of(labels):
    return "{" + ", ".join(f"{key}={json.dumps(value)}" for key, value in sorted(labels.items())) + "}"


class Loki(Receiver):
    max_body = 4 << 20
    max_line, max_streams = 256 << 10, 100

    def __init__(self, tenants=None, token=None):
        self.tenants, self.token = tenants, token
        self.streams, self.known, self.labels = {}, 0, []
        self.refuses = lambda identity: False
        self.next_answers = []  # (status, words) instead of taking it
        self.is_ready, self.takes_metadata = True, True
        self.refused = {}  # why, by id
        super().__init__()

    def take(self, request):
        want(self.token is None or request.headers.get("authorization") == f"Bearer {self.token}", 401, "no such token")
        if request.method == "GET" and request.path == "/ready":
            return answer(200, "ready\n") if self.is_ready else answer(503, "Ingester not ready: waiting for 15s\n")
        want(request.method == "POST" and request.path == "/loki/api/v1/push", 404, "404 page not found")
        want(request.headers.get("content-type") == "application/json", 415, "content type")
        tenant = request.headers.get("x-scope-orgid", "")
        if self.tenants is not None and tenant not in self.tenants:
            return answer(401, "no org id\n")
        if self.next_answers:
            return answer(*self.next_answers.pop(0))
        pushed = parse_json(request.body)
        want(set(pushed) == {"streams"} and pushed["streams"], 400, "at least one valid stream is required for ingestion")
        return self.take_streams(tenant, pushed["streams"])

    def take_streams(self, tenant, streams):
        names, complaint, behind = [], None, ""
        for stream in streams:
            want(set(stream) == {"stream", "values"} and stream["values"], 400, f"a stream with {sorted(stream)}")
            name = self.check_labels(stream["stream"])
            want(name not in names, 400, f"the stream {name} twice")
            names.append(name)
            self.check_values(stream["values"])
        if not self.takes_metadata:
            return answer(400, f"stream '{names[0]}' includes structured metadata, but this feature is disallowed. Please see "
                               "`limits_config.allow_structured_metadata` or contact your Loki administrator to enable it.\n")
        for stream, name in zip(streams, names):
            behind = self.store(tenant, name, stream) or behind
            if (tenant, name) not in self.streams:
                complaint = "Maximum active stream limit exceeded when trying to create stream"
        if complaint:
            return answer(429, complaint)
        return answer(400, behind) if behind else answer(204)

    def check_labels(self, labels):
        want(1 <= len(labels) <= 15, 400, f"{len(labels)} label names")
        for name, value in labels.items():
            want(NAME.fullmatch(name) and isinstance(value, str) and value and len(value) <= 2048, 400, f"the label {name}={value!r}")
        return name_of({**labels, "detected_by": "loki"})  # it may add labels of its own

    def check_values(self, values):
        times = []
        for value in values:
            want(len(value) == 3 and isinstance(value[0], str) and re.fullmatch("[0-9]{19}", value[0]), 400, f"the time of {value[:1]}")
            want(isinstance(value[1], str) and len(value[1].encode()) <= self.max_line, 400, "Max entry size exceeded")
            metadata = value[2]
            want(len(metadata) <= 128 and all(NAME.fullmatch(key) and isinstance(text, str) for key, text in metadata.items()), 400,
                 f"structured metadata {metadata}")
            times.append(int(value[0]))
        want(times == sorted(times), 400, "the entries are not in the order of their time")

    def store(self, tenant, name, stream):
        if (tenant, name) not in self.streams and len(self.streams) >= self.max_streams:
            return ""
        entries, ignored = self.streams.setdefault((tenant, name), set()), []
        for time, line, metadata in stream["values"]:
            identity = metadata["postern_id"]
            if self.refuses(identity):
                self.refused[identity] = "entry too far behind, entry timestamp is: then, oldest acceptable timestamp is: later"
                ignored.append((int(time), self.refused[identity]))
            elif (time, line) in entries:
                self.known += 1
            else:
                entries.add((time, line))
                self.labels.append((tenant, stream["stream"]))
                self.keep(identity, json.loads(line))
        lines = [f"entry with timestamp {go_time(time)} ignored, reason: '{why}',\n" for time, why in ignored[:MOST_NAMED]]
        total = f"user '{tenant or 'fake'}', total ignored: {len(ignored)} out of {len(stream['values'])} for stream: {name}"
        return "".join(lines) + total if ignored else ""

"""A receiver of OTLP over HTTP: ExportLogsServiceRequest in bytes or as JSON, each checked more strictly than in the field."""
import json
import re

from servers.protobuf import Field, decode, encode
from servers.receiver import Receiver, answer, parse_json, want

# As the published description of the protocol numbers them.
ANY_VALUE = {1: Field("stringValue", "text", choice=True), 2: Field("boolValue", "bool", choice=True),
             3: Field("intValue", "int64", choice=True), 4: Field("doubleValue", "double", choice=True),
             5: Field("arrayValue", lambda: ARRAY, choice=True), 6: Field("kvlistValue", lambda: LIST, choice=True),
             7: Field("bytesValue", "bytes", choice=True)}
ARRAY = {1: Field("values", ANY_VALUE, repeated=True)}
KEY_VALUE = {1: Field("key", "text"), 2: Field("value", ANY_VALUE)}
LIST = {1: Field("values", KEY_VALUE, repeated=True)}
RECORD = {1: Field("timeUnixNano", "fixed64"), 2: Field("severityNumber", "enum"), 3: Field("severityText", "text"),
          5: Field("body", ANY_VALUE), 6: Field("attributes", KEY_VALUE, repeated=True), 7: Field("droppedAttributesCount", "int64"),
          8: Field("flags", "fixed32"), 9: Field("traceId", "bytes"), 10: Field("spanId", "bytes"),
          11: Field("observedTimeUnixNano", "fixed64"), 12: Field("eventName", "text")}
SCOPE = {1: Field("name", "text"), 2: Field("version", "text")}
SCOPE_LOGS = {1: Field("scope", SCOPE), 2: Field("logRecords", RECORD, repeated=True)}
RESOURCE = {1: Field("attributes", KEY_VALUE, repeated=True)}
RESOURCE_LOGS = {1: Field("resource", RESOURCE), 2: Field("scopeLogs", SCOPE_LOGS, repeated=True), 3: Field("schemaUrl", "text")}
REQUEST = {1: Field("resourceLogs", RESOURCE_LOGS, repeated=True)}

KINDS = {"text": str, "bool": bool, "enum": int, "double": (int, float)}


def from_json(value, schema):
    """The JSON form, with its rules: 64 bits are a text of digits, an enumeration is a number."""
    schema = schema() if callable(schema) else schema
    want(isinstance(value, dict), 400, f"no object: {value!r}")
    fields = {field.name: field for field in schema.values()}
    found = {}
    for name, item in value.items():
        want(name in fields, 400, f"nobody knows {name}")
        field = fields[name]
        want(isinstance(item, list) == field.repeated, 400, f"{name} is {item!r}")
        items = [one_of_json(name, field.kind, one) for one in (item if field.repeated else [item])]
        found[name] = items if field.repeated else items[0]
    want(len(found) < 2 or not any(field.choice for field in fields.values()), 400, f"two values at once: {sorted(found)}")
    return found


def one_of_json(name, kind, item):
    if kind in ("fixed64", "int64"):
        want(isinstance(item, str) and re.fullmatch(r"-?[0-9]+", item), 400, f"{name} is {item!r}: no text of digits")
        return int(item)
    if not isinstance(kind, str):
        return from_json(item, kind)
    want(isinstance(item, KINDS[kind]) and (kind != "enum" or not isinstance(item, bool)), 400, f"{name} is {item!r}")
    return item


def plain(value):
    """What an AnyValue stands for."""
    if "kvlistValue" in value:
        return {pair["key"]: plain(pair["value"]) for pair in value["kvlistValue"].get("values", [])}
    if "arrayValue" in value:
        return [plain(item) for item in value["arrayValue"].get("values", [])]
    return next(iter(value.values()), None)


def attributes_of(holder):
    pairs = [(pair["key"], plain(pair["value"])) for pair in holder.get("attributes", [])]
    want(len(dict(pairs)) == len(pairs), 400, f"an attribute twice: {pairs}")
    return dict(pairs)


class Otlp(Receiver):
    max_body = 4 << 20

    def __init__(self, token=None):
        self.token, self.records, self.resources = token, [], []
        self.refuses = lambda record: False
        self.next_answers = []  # (status, message) instead of taking it
        self.warning = ""
        super().__init__()

    def take(self, request):
        want(request.method == "POST" and request.path == "/v1/logs", 404, "404 page not found")
        kind = request.headers.get("content-type")
        want(kind in ("application/json", "application/x-protobuf"), 415, "unsupported media type")
        as_json = kind == "application/json"
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return self.error(401, as_json, "no such token")
        if self.next_answers:
            status, message = self.next_answers.pop(0)
            return self.error(status, as_json, message)
        try:
            asked = from_json(parse_json(request.body), REQUEST) if as_json else decode(request.body, REQUEST)
        except (ValueError, KeyError) as error:
            want(False, 400, f"no request: {error!r}")
        refused = self.take_resources(asked.get("resourceLogs", []))
        return self.response(as_json, refused)

    def take_resources(self, resource_logs):
        refused, seen = 0, []
        for part in resource_logs:
            resource = attributes_of(part["resource"])
            want(resource not in seen, 400, f"the resource {resource} twice in a request")
            want(len(part["scopeLogs"]) == 1 and part["scopeLogs"][0]["scope"]["name"], 400, "a scope")
            seen.append(resource)
            for record in part["scopeLogs"][0]["logRecords"]:
                refused += self.take_record(resource, record)
        return refused

    def take_record(self, resource, record):
        attributes = attributes_of(record)
        identity, body = attributes.get("log.record.uid", ""), plain(record["body"])
        want(re.fullmatch(r"[0-9a-f]{32}(-[0-9]+)?|test-[0-9a-f]+", identity), 400, f"log.record.uid is {identity!r}")
        want(record["observedTimeUnixNano"] % 10**6 == 0 and record["timeUnixNano"] > 10**18, 400, "times in nanoseconds")
        want(1 <= record.get("severityNumber", 9) <= 24, 400, "a severity")
        if self.refuses(identity):
            return 1
        self.resources.append(resource)
        self.records.append({**record, "attributes": attributes})
        self.keep(identity, json.loads(body) if isinstance(body, str) else body)
        return 0

    def response(self, as_json, refused):
        message = "they are too old" if refused else self.warning
        kind = "application/json" if as_json else "application/x-protobuf"
        partial = {"rejectedLogRecords": str(refused), "errorMessage": message}
        if not message:
            return answer(200, {} if as_json else b"", Content_Type=kind)
        fields = [(1, refused)] if refused else []
        return answer(200, {"partialSuccess": partial} if as_json else encode((1, encode(*fields, (2, message)))), Content_Type=kind)

    def error(self, status, as_json, message):
        """A google.rpc.Status."""
        return answer(status, {"code": 3, "message": message} if as_json else encode((1, 3), (2, message)))

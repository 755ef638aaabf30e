"""The Chronicle API of Google SecOps: tokens for signed assertions, raw lines of a log type, events of the Unified Data Model. A wrong
location, instance, log type or body is refused with the same words, as it does."""
import base64
import binascii
import re
import time
import urllib.parse

from servers.receiver import Receiver, Refused, answer, parse_json, want
from servers.service_account import ServiceAccount

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
INSTANCE = "projects/acme-siem/locations/eu/instances/01234567-89ab-4cde-8f01-23456789abcd"


def google_error(code, status, message):
    return {"error": {"code": code, "status": status, "message": message}}


INVALID = google_error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")


def one_of(metadata, *names):
    """A field by one of its names, and by one alone."""
    found = [metadata[name] for name in names if name in metadata]
    want(len(found) == 1, 400, INVALID)
    return found[0]


class GoogleSecops(Receiver):
    max_body = 4_000_000
    version, instance = "v1beta", INSTANCE

    def __init__(self, folder, life=3600):
        self.tokens, self.life = {}, life
        self.log_types = {f"OTHER_{number}" for number in range(3)} | {"MIMECAST_MAIL"}
        self.allowed = {"logs:import", "events:import", "logTypes"}
        self.refuses = lambda event: False  # an event of UDM that makes it refuse all of its request
        self.silently_dropped = 0
        self.page = 2  # log types in a page
        super().__init__()
        self.account = ServiceAccount(folder, self.url + "/token", "https://www.googleapis.com/auth/cloud-platform")

    def token(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        fault = self.account.fault(form, time.time() + self.clock_off)
        if fault:
            return answer(400, {"error": fault, "error_description": "Invalid JWT: Token must be a short-lived token (60 minutes)"})
        token = f"ya29.token-{len(self.tokens)}"
        self.tokens[token] = time.monotonic() + self.life
        return answer(200, {"access_token": token, "expires_in": self.life, "token_type": "Bearer"})

    def revoke(self):
        self.tokens = dict.fromkeys(self.tokens, 0)

    def take(self, request):
        if request.path == "/token":
            return self.token(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            return answer(401, google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."))
        base = f"/{self.version}/{self.instance}/"
        what = re.split(r"[/?]", request.path)[-1]
        if request.path.startswith(base) and what not in self.allowed:
            return answer(403, google_error(403, "PERMISSION_DENIED", f"Permission 'chronicle.{what.replace(':', '.')}' denied"))
        if request.method == "GET" and request.path.startswith(base):
            return self.list(request)
        kind = re.fullmatch(r"(?:logTypes/(\w+)/logs|events):import", request.path.removeprefix(base))
        if not request.path.startswith(base) or not kind or (kind[1] and kind[1] not in self.log_types):
            return answer(400, INVALID)
        want(request.method == "POST" and request.headers.get("content-type") == "application/json", 400, INVALID)
        source = parse_json(request.body).get("inlineSource")
        want(isinstance(source, dict), 400, INVALID)
        return self.take_lines(source) if kind[1] else self.take_events(source)

    def list(self, request):
        want(request.path.endswith("/instances/" + self.instance.rpartition("/")[2] + "/logTypes"), 400, INVALID)
        asked = dict(urllib.parse.parse_qsl(request.query))
        want(set(asked) <= {"pageSize", "pageToken"}, 400, INVALID)
        names, begin = sorted(self.log_types), int(asked.get("pageToken", 0))
        page = {"logTypes": [{"name": f"{self.instance}/logTypes/{name}", "displayName": name} for name in names[begin:begin + self.page]]}
        if begin + self.page < len(names):
            page["nextPageToken"] = str(begin + self.page)
        return answer(200, page)

    def take_lines(self, source):
        want(set(source) <= {"logs", "sourceFilename", "forwarder"} and source.get("logs"), 400, INVALID)
        want(source.get("forwarder", self.instance + "/forwarders/").startswith(self.instance + "/forwarders/"), 400, INVALID)
        lines = [self.line(log) for log in source["logs"]]
        if not source.get("sourceFilename"):
            self.silently_dropped += len(lines)
            return answer(200, {})
        for labels, text in lines:
            self.keep(labels["postern_id"], parse_json(text))
        return answer(200, {})

    def line(self, log):
        want(set(log) <= {"data", "logEntryTime", "collectionTime", "environmentNamespace", "labels"}, 400, INVALID)
        want(all(TIME.fullmatch(log[name]) for name in ("logEntryTime", "collectionTime")), 400, INVALID)
        want(log["collectionTime"] > log["logEntryTime"], 400, INVALID)
        labels = {name: label["value"] for name, label in log["labels"].items()}
        try:
            return labels, base64.b64decode(log["data"], validate=True)
        except binascii.Error as error:
            raise Refused(400, INVALID) from error

    def take_events(self, source):
        want(set(source) == {"events"} and source["events"], 400, INVALID)
        events = [one["udm"] for one in source["events"]]
        for event in events:
            metadata = event["metadata"]
            want(TIME.fullmatch(one_of(metadata, "eventTimestamp", "event_timestamp")) and
                 one_of(metadata, "productLogId", "product_log_id"), 400, INVALID)
        if any(self.refuses(event) or not event["metadata"].get("eventType") for event in events):
            return answer(400, google_error(400, "INVALID_ARGUMENT", "generic::invalid_argument: invalid event: metadata"))
        for event in events:
            self.keep(event["metadata"]["productLogId"], event)
        return answer(200, {})

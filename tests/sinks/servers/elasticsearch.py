"""_bulk of Elasticsearch and OpenSearch: data streams that take `create` alone, ids that are known, a result for each event."""
import base64
import collections
import fnmatch
import json

from servers.receiver import Receiver, Refused, answer, parse_json, want

DATA_STREAMS = "logs-*-*"


def failed(status, kind, reason):
    return {"status": status, "error": {"type": kind, "reason": reason}}


class Elasticsearch(Receiver):
    max_body = 100 << 20

    def __init__(self, api_key=None, basic=None):
        self.ids = collections.defaultdict(dict)  # by backing index
        self.authorizations = []
        if api_key:
            self.authorizations.append("ApiKey " + base64.b64encode(api_key.encode()).decode())
        if basic:
            self.authorizations.append("Basic " + base64.b64encode(basic.encode()).decode())
        self.may_create = lambda index: True
        self.result_of = lambda identity, document: None  # another result than created: a dict
        self.known = 0
        self.version, self.health = {"number": "8.15.0"}, "green"
        self.may_monitor, self.rights = True, {"create_doc", "auto_configure"}
        self.templates = [("logs", ["logs-*-*"], True), ("all", ["*"], False)]  # name, patterns, whether it makes data streams
        super().__init__()

    def take(self, request):
        want(not self.authorizations or request.headers.get("authorization") in self.authorizations, 401,
             {"error": {"type": "security_exception", "reason": "unable to authenticate"}, "status": 401})
        if request.path != "/_bulk":
            return self.ask(request)
        want(request.method in ("POST", "PUT"), 405, "method")
        want(request.headers.get("content-type") in ("application/x-ndjson", "application/json"), 406, "content type")
        want(request.body.endswith(b"\n"), 400, {"error": {"type": "illegal_argument_exception",
                                                           "reason": "The bulk request must be terminated by a newline [\\n]"}, "status": 400})
        lines = request.body[:-1].split(b"\n")
        want(len(lines) % 2 == 0, 400, "an action without a document")
        items = [self.create(parse_json(action), document) for action, document in zip(lines[::2], lines[1::2])]
        return answer(200, {"errors": any(item["create"]["status"] >= 400 for item in items), "items": items})

    def ask(self, request):
        """The questions that a client may put before it sends events."""
        if request.path == "/_security/user/_has_privileges":
            want("distribution" not in self.version, 400, {"error": "no handler found for uri [/_security/user/_has_privileges]"})
            [wanted] = parse_json(request.body)["index"]
            rights = {name: name in self.rights for name in wanted["privileges"]}
            return answer(200, {"has_all_requested": all(rights.values()), "index": {wanted["names"][0]: rights}})
        want(request.method == "GET", 405, "method")
        if not self.may_monitor:
            return answer(403, failed(403, "security_exception", f"action [{request.path}] is unauthorized for this user"))
        if request.path == "/":
            return answer(200, {"cluster_name": "logs", "version": self.version})
        if request.path == "/_cluster/health":
            return answer(200, {"status": self.health})
        if request.path == "/_index_template":
            return answer(200, {"index_templates": [
                {"name": name, "index_template": {"index_patterns": patterns, "priority": 100 - number,
                                                  **({"data_stream": {"hidden": False}} if streams else {})}}
                for number, (name, patterns, streams) in enumerate(self.templates)]})
        index = request.path.removeprefix("/_resolve/index/")
        want(index != request.path, 404, "no such path")
        if index not in self.ids:
            return answer(404, failed(404, "index_not_found_exception", f"no such index [{index}]"))
        kind = "data_streams" if fnmatch.fnmatch(index, DATA_STREAMS) else "indices"
        return answer(200, {"indices": [], "aliases": [], "data_streams": [], kind: [{"name": index}]})

    def create(self, action, line):
        want(list(action) == ["create"], 400, f"only create goes into a data stream: {action}")
        index, identity = action["create"]["_index"], action["create"].get("_id")
        want(identity and len(identity) <= 512, 400, f"the id {identity!r}")
        return {"create": self.result(index, identity, line)}

    def result(self, index, identity, line):
        if index != index.lower() or any(c in index for c in '\\/*?"<>| ,#'):
            return failed(400, "invalid_index_name_exception", f"Invalid index name [{index}]")
        if not self.may_create(index):
            return failed(404, "index_not_found_exception", f"no such index [{index}]")
        try:
            document = parse_json(line)
        except Refused as refused:
            return failed(400, "document_parsing_exception", str(refused))
        if fnmatch.fnmatch(index, DATA_STREAMS) and "@timestamp" not in document:
            return failed(400, "document_parsing_exception", "data stream timestamp field [@timestamp] is missing")
        if identity in self.ids[index]:
            self.known += 1
            return failed(409, "version_conflict_engine_exception", f"[{identity}]: version conflict, document already exists")
        other = self.result_of(identity, document)
        if other and other["status"] >= 400:
            return other
        self.ids[index][identity] = json.dumps(document)
        self.keep(identity, document)
        return other or {"status": 201}

"""An HTTP collector of Cortex XSIAM: lines, all of them packed or none, as it was set up."""
from servers.receiver import Receiver, answer, parse_json, want


class Cortex(Receiver):
    max_body = 25 << 20

    def __init__(self, key="hush", compression="gzip"):
        self.key, self.compression = key, compression
        self.says = {"error": "false"}
        super().__init__()

    def take(self, request):
        want(request.path == "/logs/v1/event" and request.method == "POST", 404, "not found")
        want(request.headers.get("authorization") == self.key, 401, {"error": "Failed to validate authentication detail"})
        coding = request.headers.get("content-encoding", "uncompressed")
        want(coding == self.compression, 500, f"the collector takes {self.compression}, not {coding}")
        want(request.headers.get("content-type", "").startswith(("text/plain", "application/json")), 400, {"error": "content type"})
        want(request.body.endswith(b"\n"), 400, {"error": "the last line has no end"})
        events = [parse_json(line) for line in request.body[:-1].split(b"\n")]
        if self.says.get("error") != "false":
            return answer(200, self.says)
        for event in events:
            self.keep(None, event)
        return answer(200, self.says)

"""An HTTP source of Sumo Logic: the last part of its URL lets in; lines, described by headers. What takes it too long is answered 408,
with a part of it stored."""
import re

from servers.receiver import Receiver, answer, parse_json, want

DESCRIBED = {"x-sumo-name", "x-sumo-host", "x-sumo-category", "x-sumo-fields"}
FIELDS = re.compile(r"[\w.-]+=[^,=]+(,[\w.-]+=[^,=]+)*")


class Sumo(Receiver):
    max_body = 1 << 20

    def __init__(self, code="ZaVnC4dhaV1-hush"):
        self.code, self.halves, self.last_headers = code, 0, []
        super().__init__()

    @property
    def source(self):
        return f"{self.url}/receiver/v1/http/{self.code}"

    def take(self, request):
        want(request.path == f"/receiver/v1/http/{self.code}", 401, "Unauthorized: URL token")
        want(request.method == "POST" and not request.query, 400, "no query parameters")
        want(DESCRIBED >= {name for name in request.headers if name.startswith("x-sumo-")}, 400, "unknown headers")
        want(FIELDS.fullmatch(request.headers.get("x-sumo-fields", "a=b")), 400, "X-Sumo-Fields")
        want(request.body.endswith(b"\n"), 400, "the last line has no end")
        lines = request.body[:-1].split(b"\n")
        want(max(map(len, lines)) <= 65_536, 400, "it would be sliced")
        self.last_headers.append({name: request.headers.get(name) for name in DESCRIBED})
        cut = bool(self.halves)
        self.halves -= cut
        for line in lines[:len(lines) // 2] if cut else lines:
            self.keep(None, parse_json(line))
        return answer(408, "Request timeout") if cut else answer(200)

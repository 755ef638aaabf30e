"""The Logs Ingestion API, and Entra ID, which gives its tokens: 1 MB a call, an array of rows, 204 for success."""
import re
import time
import urllib.parse

from servers.receiver import Receiver, answer, parse_json, want

CALL = re.compile(r"/dataCollectionRules/(dcr-[0-9a-f]{32})/streams/(Custom-\w+)")
RESERVED = {"_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId", "Title"}


class Sentinel(Receiver):
    max_body = 1_048_576
    dcr = "dcr-" + "0123456789abcdef" * 2

    def __init__(self, secret="hush", life=3600):
        self.secret, self.life, self.tokens, self.given = secret, life, {}, 0
        self.has_role = True
        super().__init__()

    def token(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        want(form.get("grant_type") == "client_credentials" and form.get("scope") == "https://monitor.azure.com/.default", 400,
             {"error": "invalid_request", "error_description": f"AADSTS900144: {sorted(form)}"})
        want(form.get("client_secret") == self.secret, 401,
             {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."})
        self.given += 1
        token = f"token-{self.given}"
        self.tokens[token] = time.monotonic() + self.life
        return answer(200, {"token_type": "Bearer", "expires_in": self.life, "access_token": token})

    def revoke(self):
        self.tokens.clear()

    def take(self, request):
        if request.path == "/tenant-1/oauth2/v2.0/token":
            return self.token(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            return answer(401, {"error": {"code": "InvalidToken", "message": "The token is not known."}})
        call = CALL.fullmatch(request.path)
        want(call and call[1] == self.dcr and request.query == "api-version=2023-01-01", 404,
             {"error": {"code": "NotFound", "message": "Data collection rule not found."}})
        want(request.headers.get("content-type") == "application/json", 415, "content type")
        if not self.has_role:
            return answer(403, {"error": {"code": "OperationFailed", "message": "The authentication token provided does not have access"}})
        rows = parse_json(request.body)
        want(isinstance(rows, list), 400, "an array is wanted")
        for row in rows:
            want(not RESERVED & set(row) and all(re.fullmatch(r"[A-Za-z]\w{0,44}", name) for name in row), 400, f"columns {sorted(row)}")
            want(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["TimeGenerated"]), 400, "TimeGenerated")
            self.keep(row["EventId"], row["Event"])
        return answer(204)

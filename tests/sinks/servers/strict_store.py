"""Object stores that are played, strictly: S3 (every signature is checked), its role service, and Google Cloud Storage with its
tokens. A menu of faults says how the next requests are answered; what is not asked as the service wants it is refused as it does."""
import collections
import datetime
import hashlib
import http.server
import json
import re
import threading
import time
import urllib.parse

from servers.loopback import Loopback
from servers.service_account import ServiceAccount
from servers.sigv4 import fault

DATE = "%a, %d %b %Y %H:%M:%S GMT"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:  # Postern was killed
            pass

    def date_time_string(self, timestamp=None):
        return self.server.owner.now().strftime(DATE)

    def answer(self, status, body=b"", **headers):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_request(self):
        store = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        with store.lock:
            store.asked.append((self.command, self.path, headers))
            planned = store.faults.popleft() if store.faults and store.counts(self.command, self.path) else None
        if planned == "cut":  # it took the object in, and the answer is lost
            store.take(self, headers, body, lambda *_, **__: None)
            self.close_connection = True
        elif planned == "lost":  # the same, behind a front that answers itself: no client tries that again at once
            store.take(self, headers, body, lambda *_, **__: None)
            self.answer(500, error_xml("InternalError"))
        elif callable(planned):
            planned(self)
        else:
            store.take(self, headers, body, self.answer)

    do_GET = do_PUT = do_POST = do_DELETE = handle_request


class Store(Loopback):
    """What both have: the server, its clock, its faults, its objects."""

    def __init__(self):
        self.objects, self.asked, self.faults = {}, [], collections.deque()
        self.lock, self.offset = threading.RLock(), datetime.timedelta()
        self.serve(Handler)

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + self.offset

    def counts(self, method, path):
        """Whether a planned fault is for such a request."""
        return True


def error_xml(code, more="", message="as it is said"):
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>'


def refusal(status, code, more="", **headers):
    """A fault for the menu: an answer of S3 or Azure."""
    return lambda handler: handler.answer(status, error_xml(code, more), **headers)


class StrictS3(Store):
    REGION, BUCKET = "eu-west-1", "logs"

    def __init__(self, keys):
        super().__init__()
        self.keys, self.tokens, self.uploads, self.aborted = dict(keys), {}, {}, []
        self.lifecycle, self.rights = None, {"GET", "DELETE", "location", "lifecycle"}
        self.roles = collections.deque()  # (access, secret, token, seconds of life) of the role service

    def refused(self, handler, headers, body):
        code = fault(handler.command, handler.path, headers, body, self.keys, self.REGION, now=self.now())
        access = re.search("Credential=([^/]+)", headers.get("authorization", ""))
        token = self.tokens.get(access[1]) if access else None
        if not code and token and headers.get("x-amz-security-token") != token:
            code = "InvalidToken"
        if not code and "transfer-encoding" in headers:
            code = "MissingContentLength"
        return code

    def take(self, handler, headers, body, answer):
        if handler.path.startswith("/latest/"):
            return self.role(handler, headers, answer)
        code = self.refused(handler, headers, body)
        path, _, query = handler.path.partition("?")
        bucket, _, key = urllib.parse.unquote(path).lstrip("/").partition("/")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        if code == "AuthorizationHeaderMalformed":
            return answer(400, error_xml(code, f"<Region>{self.REGION}</Region>"))
        if code:
            return answer(403, error_xml(code))
        if bucket != self.BUCKET:
            return answer(404, error_xml("NoSuchBucket"))
        with self.lock:
            return self.operate(handler.command, key, query, headers, body, answer)

    def question(self, method, key, query, answer):
        """What is asked beside putting, by who has the right to: `rights` names methods on objects and questions about the bucket."""
        asked = method if key else next(iter(query), "list")
        if asked not in self.rights:
            return answer(403, error_xml("AccessDenied"))
        if not key and asked == "location":
            region = "" if self.REGION == "us-east-1" else self.REGION
            return answer(200, f'<?xml version="1.0"?><LocationConstraint xmlns="http://s3/">{region}</LocationConstraint>')
        if not key and asked == "lifecycle":
            return answer(200, self.lifecycle) if self.lifecycle else answer(404, error_xml("NoSuchLifecycleConfiguration"))
        if not key or key not in self.objects:
            return answer(404, error_xml("NoSuchKey"))
        return answer(200, self.objects[key]) if method == "GET" else answer(204, self.objects.pop(key)[:0])

    def operate(self, method, key, query, headers, body, answer):
        if method in ("GET", "DELETE") and "uploadId" not in query:
            return self.question(method, key, query, answer)
        if method == "POST" and "uploads" in query:
            upload = f"upload-{len(self.uploads)}"
            self.uploads[upload] = {}
            return answer(200, f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        upload = query.get("uploadId")
        if upload and upload not in self.uploads:
            return answer(404, error_xml("NoSuchUpload"))
        if method == "PUT" and upload:
            tag = f'"{hashlib.md5(body).hexdigest()}"'
            self.uploads[upload][int(query["partNumber"])] = (tag, body)
            return answer(200, ETag=tag)
        if method == "DELETE" and upload:
            self.aborted.append(upload)
            del self.uploads[upload]
            return answer(204)
        if method == "POST" and upload:
            listed = re.findall(r"<PartNumber>(\d+)</PartNumber><ETag>([^<]+)</ETag>", body.decode())
            parts = self.uploads[upload]
            small = [number for number in sorted(parts)[:-1] if len(parts[number][1]) < 5 << 20]
            if small or [(int(number), tag) for number, tag in listed] != [(number, parts[number][0]) for number in sorted(parts)]:
                return answer(400, error_xml("EntityTooSmall" if small else "InvalidPart"))
            body = b"".join(part for _, part in (parts[number] for number in sorted(parts)))
            del self.uploads[upload]
        elif method != "PUT":
            return answer(501, error_xml("NotImplemented"))
        if headers.get("if-none-match") == "*" and key in self.objects:
            return answer(412, error_xml("PreconditionFailed"))
        self.objects[key] = body
        self.last_headers = headers
        return answer(200, "<CompleteMultipartUploadResult/>" if upload else b"", ETag='"x"')

    def role(self, handler, headers, answer):
        """The metadata service of a machine, version 2."""
        if handler.command == "PUT" and handler.path == "/latest/api/token":
            return answer(200 if headers.get("x-aws-ec2-metadata-token-ttl-seconds") else 400, "metadata-token")
        if headers.get("x-aws-ec2-metadata-token") != "metadata-token":
            return answer(401)
        if handler.path == "/latest/meta-data/iam/security-credentials/":
            return answer(200, "collector")
        with self.lock:
            access, secret, token, life = self.roles[0] if len(self.roles) == 1 else self.roles.popleft()
        self.keys[access], self.tokens[access] = secret, token
        end = (self.now() + datetime.timedelta(seconds=life)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return answer(200, json.dumps({"Code": "Success", "AccessKeyId": access, "SecretAccessKey": secret, "Token": token,
                                       "Expiration": end}))


class StrictGcs(Store):
    """Tokens for assertions signed with the account's key, objects for tokens that are alive."""

    SCOPE, BUCKET = "https://www.googleapis.com/auth/devstorage.read_write", "logs"

    def __init__(self, folder):
        super().__init__()
        self.rights, self.retention = {"GET", "DELETE", "bucket"}, None
        self.account, self.tokens, self.life = ServiceAccount(folder, self.url + "/token", self.SCOPE), {}, 3600
        self.key_file = self.account.key_file

    def counts(self, method, path):
        return path != "/token"

    def take(self, handler, headers, body, answer):
        with self.lock:
            if handler.path == "/token":
                return self.give_token(dict(urllib.parse.parse_qsl(body.decode())), answer)
            return self.put(handler, headers, body, answer)

    def give_token(self, form, answer):
        wrong = self.account.fault(form, self.now().timestamp())
        if wrong:
            return answer(400, json.dumps({"error": wrong, "error_description": "Invalid JWT."}))
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = time.monotonic() + self.life
        return answer(200, json.dumps({"access_token": token, "expires_in": self.life, "token_type": "Bearer"}))

    def question(self, method, path, query, answer):
        """Asked by who has the right to: `rights` names methods on objects, and "bucket"."""
        place, _, name = path.removeprefix(f"/storage/v1/b/{self.BUCKET}").partition("/o/")
        if place:
            return answer(404, google_error(404, "The specified bucket does not exist."))
        if (method if name else "bucket") not in self.rights:
            return answer(403, google_error(403, "postern@acme.example does not have the permission."))
        if not name:
            return answer(200, json.dumps({"location": "EUROPE-WEST3", **({"retentionPolicy": self.retention} if self.retention else {})}))
        name = urllib.parse.unquote(name)
        if "/" in path.partition("/o/")[2] or name not in self.objects or (method == "GET" and query.get("alt") != "media"):
            return answer(404, google_error(404, f"No such object: {name}"))
        return answer(200, self.objects[name]) if method == "GET" else answer(204, self.objects.pop(name)[:0])

    def put(self, handler, headers, body, answer):
        path, _, query = handler.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            return answer(401, google_error(401, "Invalid Credentials"))
        if handler.command in ("GET", "DELETE"):
            return self.question(handler.command, path, query, answer)
        if handler.command != "POST" or query.get("uploadType") != "media" or "name" not in query:
            return answer(400, google_error(400, "Bad Request"))
        if path != f"/upload/storage/v1/b/{self.BUCKET}/o":
            return answer(404, google_error(404, "The specified bucket does not exist."))
        if query.get("ifGenerationMatch") == "0" and query["name"] in self.objects:
            return answer(412, google_error(412, "At least one of the pre-conditions you specified did not hold."))
        self.objects[query["name"]] = body
        self.last_headers = headers
        return answer(200, json.dumps({"name": query["name"]}))


def google_error(status, message):
    return json.dumps({"error": {"code": status, "message": message}})

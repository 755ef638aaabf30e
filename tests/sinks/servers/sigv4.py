"""AWS Signature Version 4 as a receiver checks it and as a client of its own signs: written from the specification, apart from the
sink's own code."""
import datetime
import hashlib
import hmac
import http.client
import re
import urllib.parse

UNRESERVED = "-._~"


def quoted(text, safe=""):
    return urllib.parse.quote(text, safe=safe + UNRESERVED)


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(secret, method, path, query, headers, names, body_hash, time, region, service):
    """`path` before encoding, `query` as pairs, `headers` by lower-case name."""
    canonical = "\n".join([method, quoted(path, "/"),
                           "&".join(f"{quoted(name)}={quoted(value)}" for name, value in sorted(query)),
                           *(f"{name}:{' '.join(headers[name].split())}" for name in names), "", ";".join(names), body_hash])
    scope = f"{time[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (time[:8], region, service, "aws4_request"):
        key = mac(key, part)
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


FORM = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")


def fault(method, target, headers, body, keys, region, service="s3", now=None):
    """The S3 code of what is wrong with a request, or None. `keys`: secret by access key. All that S3 insists on is looked at."""
    found = FORM.match(headers.get("authorization", ""))
    if not found:
        return "AccessDenied"
    access, day, said_region, said_service, names, given = found.groups()
    names = names.split(";")
    if access not in keys:
        return "InvalidAccessKeyId"
    if said_region != region or said_service != service:
        return "AuthorizationHeaderMalformed"
    if hashlib.sha256(body).hexdigest() != headers.get("x-amz-content-sha256"):
        return "XAmzContentSHA256Mismatch"
    needed = {"host"} | {name for name in headers if name.startswith("x-amz-")} | ({"if-none-match"} & headers.keys())
    time = headers.get("x-amz-date", "")
    if not needed <= set(names) or names != sorted(names) or time[:8] != day:
        return "AccessDenied"
    signed_at = datetime.datetime.strptime(time, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((signed_at - (now or datetime.datetime.now(datetime.timezone.utc))).total_seconds()) > 900:
        return "RequestTimeTooSkewed"
    path, _, query = target.partition("?")
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    made = signature(keys[access], method, urllib.parse.unquote(path), pairs, headers, names, headers["x-amz-content-sha256"], time,
                     region, service)
    return None if hmac.compare_digest(made, given) else "SignatureDoesNotMatch"


class Client:
    """Asks an S3 service, path style."""

    def __init__(self, host, port, access, secret, region="us-east-1"):
        self.host, self.port, self.access, self.secret, self.region = host, port, access, secret, region

    def ask(self, method, path, query=(), body=b""):
        time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        body_hash = hashlib.sha256(body).hexdigest()
        headers = {"host": f"{self.host}:{self.port}", "x-amz-content-sha256": body_hash, "x-amz-date": time}
        names = sorted(headers)
        made = signature(self.secret, method, path, list(query), headers, names, body_hash, time, self.region, "s3")
        scope = f"{time[:8]}/{self.region}/s3/aws4_request"
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, SignedHeaders={';'.join(names)}, "
                                    f"Signature={made}")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        encoded = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in sorted(query))
        try:
            connection.request(method, quoted(path, "/") + (f"?{encoded}" if encoded else ""), body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def keys(self, bucket):
        """The names of all objects of a bucket."""
        found, marker = [], ""
        while True:
            status, body = self.ask("GET", f"/{bucket}", (("marker", marker), ("max-keys", "1000")))
            if status != 200:
                raise OSError(f"listing {bucket}: {status} {body[:300]}")
            here = [unescaped(name) for name in re.findall(r"<Key>([^<]*)</Key>", body.decode())]
            found += here
            if "<IsTruncated>true</IsTruncated>" not in body.decode() or not here:
                return found
            marker = here[-1]

    def read(self, bucket, key):
        status, body = self.ask("GET", f"/{bucket}/{key}")
        if status != 200:
            raise OSError(f"reading {key}: {status} {body[:300]}")
        return body


def unescaped(text):
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text

"""A vendor of our own that gives one siem file, once for each of its tokens, and then nothing new: for files that the simulator
would never serve."""
import contextlib
import http.server
import io
import json
import threading
import zipfile

KEY, SECRET = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="
OTHERS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
NOTHING_NEW = b'{"meta":{"isLastToken":true,"status":200},"data":[],"fail":[]}'


def archive(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for name, text in members.items():
            zipped.writestr(f"{name}.json", text)
    return packed.getvalue()


class Vendor(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        token = asked["data"][0].get("token")
        following = self.server.tokens.get(token)
        if not following:
            self.server.moved = token
        body = self.server.body if following else NOTHING_NEW
        self.send_response(200)
        if following:
            self.send_header("mc-siem-token", following)
            self.send_header("content-type", "application/octet-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def siem_vendor(world, body):
    """The server, whose `tokens` say which follows which and whose `moved` is the token behind the last file that was taken;
    and the parts of a configuration that reads it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.daemon_threads = True  # a connection that is still open holds up nobody
    server.body, server.tokens, server.moved = body, {None: "t1"}, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world.variables.update(KEY=KEY, SECRET=SECRET)
    account = (f'account "acme" {{ api = 1, base_url = "http://127.0.0.1:{server.server_port}", allow_host = "127.0.0.1", '
               'app_id = env "KEY", app_key = env "KEY", access_key = env "SECRET", secret_key = env "SECRET" }')
    try:
        yield server, [account, *(f'source "{name}" {{ enabled = false }}' for name in OTHERS)]
    finally:
        server.shutdown()
        server.server_close()

"""How another vendor's accounts are let in: with the credentials of their own profile, over the real network."""
import base64
import http.server
import json
import threading
import urllib.parse

from harness import check

SECRETS = {"DOOR_PASSWORD": "open:sesame", "DOOR_VALUE": "k-e-y", "DOOR_SECRET": "s+e/c=r&et"}


class Doors(http.server.BaseHTTPRequestHandler):
    """Opens /door for each of the three ways, and gives out tokens."""
    tokens, shut, down, asked, unauthorized = 0, 0, False, [], 0

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        cls = type(self)
        allowed = {"Basic " + base64.b64encode(b"me:open:sesame").decode(): "basic", f"Bearer t{cls.tokens}": "token"}
        way = "header" if self.headers["X-Door-Key"] == "k-e-y" else allowed.get(self.headers["Authorization"])
        if way == "token" and cls.shut:
            cls.shut -= 1
            way = None
        cls.asked.append(way)
        self.reply(200 if way else 401, {"way": way})

    def do_POST(self):
        cls = type(self)
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if cls.down:
            self.reply(503, {})
        elif self.path != "/token" or self.headers["Authorization"] or \
                self.headers["Content-Type"] != "application/x-www-form-urlencoded" or \
                form != {"grant_type": ["client_credentials"], "client_id": ["me"], "client_secret": ["s+e/c=r&et"], "scope": ["read all"]}:
            self.reply(401, {"error": "invalid_client", "error_description": str(form)})
        else:
            cls.tokens += 1
            self.reply(200, {"access_token": f"t{cls.tokens}", "token_type": "bearer", "expires_in": 600})

    def log_message(self, *_):
        pass


def doors(world, secret="DOOR_SECRET"):
    class Own(Doors):
        asked = []
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    url = f'base_url = "http://127.0.0.1:{service.server_port}"'
    world.variables.update(SECRETS)
    world.variables["DOOR_WRONG"] = "wr0ng-secret"
    config = world.config(f'modules = {{ "{world.build}/e2e-modules" }}',
                          f'account "one" {{ {url}, username = "me", password = env "DOOR_PASSWORD" }}',
                          f'account "two" {{ {url}, auth = "doors/header", value = env "DOOR_VALUE" }}',
                          f'account "three" {{ {url}, client_id = "me", client_secret = env "{secret}", auth = "doors/token" }}')
    config.chmod(0o600)
    return config, Own


def check_silence(done):
    for secret in [*SECRETS.values(), "wr0ng-secret"]:
        check(secret not in done.stdout + done.stderr, done.stderr)


def test_each_way_in(world):
    config, service = doors(world)
    service.shut = 1  # a token is refused for no reason: a fresh one, and again
    done = world.run_once(config)
    check(sorted(map(str, service.asked)) == ["None", "basic", "header", "token"], str(service.asked))
    check(service.tokens == 2, f"{service.tokens} tokens")
    for account, way in (("one", "basic"), ("two", "header"), ("three", "token")):
        text = (world.output / account / "doors.ndjson").read_text()
        check(json.loads(text) == {"way": way}, text)
    check_silence(done)


def test_refused_at_the_token_endpoint(world):
    config, service = doors(world, secret="DOOR_WRONG")
    done = world.postern("check", "--live", "-c", config, code=None)
    check("the token endpoint refused the credentials (HTTP 401)" in done.stdout + done.stderr, done.stdout + done.stderr)
    check("oil the door" in (done.stdout + done.stderr).lower(), done.stdout + done.stderr)
    check(None not in service.asked and "token" not in service.asked, str(service.asked))
    check_silence(done)


def test_a_token_endpoint_that_is_down(world):
    config, service = doors(world)
    service.down = True
    done = world.postern("check", "--live", "-c", config, code=None)
    check("no access token: the server answered HTTP 503" in done.stdout + done.stderr, done.stdout + done.stderr)
    check("the credentials" not in done.stdout + done.stderr, done.stdout + done.stderr)
    check_silence(done)

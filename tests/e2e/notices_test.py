"""Notices: what changes reaches a pipeline that asks for it, once, over kills; a notice never causes a notice."""
import contextlib
import http.server
import json
import signal
import threading

from harness import check, free_port, wait_until


class Receiver:
    """Takes what a webhook sends."""

    def __init__(self, port=None):
        self.kept, self.port = [], port or free_port()
        kept = self.kept

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.extend(json.loads(line) for line in body.decode().splitlines())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def webhook(name, port):
    return f'sink "{name}" {{ type = "webhook", url = "http://127.0.0.1:{port}/in", compression = "none" }}'


def watching(world, *sinks, to='"told"'):
    """The part of a configuration by which notices go to files, and to more."""
    return ('notices { after = "0s" }', f'sink "told" {{ type = "file", path = "{world.path}/told/%{{account}}.ndjson" }}', *sinks,
            f'pipeline "watch" {{ from = {{ "notices" }}, to = {{ {to} }} }}')


def told(world, account="_postern"):
    file = world.path / "told" / f"{account}.ndjson"
    whole = file.read_bytes().rpartition(b"\n")[0] if file.exists() else b""
    return [json.loads(line) for line in whole.decode().splitlines()]


def kinds(world, account="_postern"):
    return [notice["kind"] for notice in told(world, account)]


def test_credentials_that_are_revoked(world):
    """Each change arrives once in a file and at a webhook; what holds notices is no account and no stream that anybody reads."""
    world.use_clock()
    simulator = world.simulate("--events", "50", "--history", "1h")

    def comes_in_time(expected):
        """Nothing is under way when the credentials change: what is asked later is asked with the new ones."""
        def is_so():
            world.pass_time(30)
            return kinds(world, "acme") == expected
        wait_until(is_so, lambda: f"{expected}: {told(world, 'acme')}")

    with contextlib.closing(Receiver()) as receiver:
        config = world.config(world.account(simulator, "acme"),
                              *watching(world, webhook("pager", receiver.port), to='"told", "pager"'))
        begin = world.clock.now_ms()
        daemon = world.daemon(config)
        world.wait_until_read_since(config, begin)
        simulator.control("keys", {"account": "acme", "revoked": True})
        expected = ["account.connected", "account.failing", "account.failed"]
        comes_in_time(expected)
        simulator.control("keys", {"account": "acme", "revoked": False})
        expected.append("account.connected")
        comes_in_time(expected)
        wait_until(lambda: [one["kind"] for one in receiver.kept if one.get("account") == "acme"] == expected,
                   lambda: f"they are at the webhook: {receiver.kept}")
        daemon.reload()
        wait_until(lambda: "config.reloaded" in kinds(world), "the reload is told")
        status = world.status(config)
        check([one["name"] for one in status["accounts"]] == ["acme"], str(status["accounts"]))
        check(not any(stream["source"] == "notices" for stream in status["accounts"][0]["streams"]), str(status["accounts"]))
        tapped = world.postern("tap", "--oldest", "--no-follow", "--bare", "-s", "notices", "-a", "acme", "-c", config).stdout
        check([json.loads(line) for line in tapped.splitlines()] == told(world, "acme"), tapped)
        failed = told(world, "acme")[2]
        check(failed["severity"] == "error" and failed["time"] and "refused" in failed["message"] and failed["remedy"], str(failed))
        daemon.stop()
    check(not any("notices" in path.name for path in world.output.glob("*/*")), "\"*\" took notices")
    text = json.dumps(told(world, "acme") + told(world))
    check(not any(secret in text for secret in world.variables.values()), "a notice holds a secret")


def test_an_end_under_a_new_name(world):
    """An account is renamed while it fails: that it works again is told under its new name, and closes what the old one opened."""
    world.use_clock()
    simulator = world.simulate("--events", "20", "--history", "1h")
    config = world.config(world.account(simulator, "acme"), *watching(world))
    begin = world.clock.now_ms()
    daemon = world.daemon(config)
    world.wait_until_read_since(config, begin)

    def is_told(account, kind):
        world.pass_time(30)
        return kind in kinds(world, account)

    simulator.control("keys", {"account": "acme", "revoked": True})
    wait_until(lambda: is_told("acme", "account.failed"), lambda: f"it fails: {told(world, 'acme')}")
    config.write_text(config.read_text().replace('account "acme"', 'account "acme-uk"'))
    daemon.reload()
    simulator.control("keys", {"account": "acme", "revoked": False})
    wait_until(lambda: is_told("acme-uk", "account.connected"), lambda: f"it works again: {told(world, 'acme-uk')}")
    failed, connected = told(world, "acme")[-1], told(world, "acme-uk")[-1]
    check(failed["key"] == connected["key"] == "account:acme" and connected["account"] == "acme-uk", f"{failed}, {connected}")
    check(daemon.stop()[0] == 0, daemon.logged())


def test_kills_between_a_change_and_its_notice(world):
    """Whenever it is killed: each change of an account is told once, in turn."""
    simulator = world.simulate("--events", "20", "--history", "1h")
    config = world.config(world.account(simulator, "acme"), *watching(world))

    def asked():
        return sum(sum(of.values()) for of in simulator.control("statistics")["requests"].values())

    expected = []
    points = [f"{point}:{count}" for count in (3, 5) for point in ("journal-before-commit", "journal-after-commit",
                                                                   "deliver-before-commit", "deliver-after-commit")]
    for number, point in enumerate([None, *points]):
        simulator.control("keys", {"account": "acme", "revoked": number % 2 == 1})
        expected.append("account.failing" if number % 2 else "account.connected")
        if point:
            killed = world.daemon(config, environment={"POSTERN_FAILPOINT": point})
            wait_until(lambda: killed.process.poll() is not None or kinds(world, "acme") == expected, f"{point}: killed, or all is told")
            killed.process.kill()
            killed.process.wait()
            simulator.control("client-restarted", {})
        before = asked()
        daemon = world.daemon(config)
        wait_until(lambda: " info running\n" in daemon.logged() and asked() > before, "it asks")
        status = "failing" if number % 2 else "connected"
        wait_until(lambda: world.status(config)["accounts"][0]["status"] == status, f"{point}: the account is {status}")
        wait_until(lambda: len(kinds(world, "acme")) >= len(expected), lambda: f"{point}: {expected}: {told(world, 'acme')}")
        code, _ = daemon.stop()
        check(code == 0 and kinds(world, "acme") == expected, f"{point}: {code}: {told(world, 'acme')}")
        simulator.control("client-restarted", {})


def test_a_sink_that_is_down(world):
    """Its delivery's trouble, backlog and recovery are told through another sink, once over a restart. That the pager itself is down is
    not."""
    simulator = world.simulate("--events", "200", "--history", "1h")
    port, pager = free_port(), free_port()
    config = world.config(world.account(simulator, "acme"), "status { backlog_events = 20 }",
                          *watching(world, webhook("pager", pager), to='"told", "pager"'), sink=webhook("files", port))

    def about(name):
        return [notice["kind"] for notice in told(world) if notice.get("delivery") == name]

    def in_trouble(daemon):
        return all(words in daemon.logged() for words in ("default/files: no connection", "default/files: much waits", "watch/pager: no"))

    daemon = world.daemon(config)
    wait_until(lambda: "default/files: no connection" in daemon.logged(), "it has tried")
    wait_until(lambda: world.status(config)["deliveries"][0]["backlog_events"] > 20, "much waits")
    wait_until(lambda: "delivery.retrying" in about("default/files"), lambda: f"the trouble is told: {told(world)}")
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    daemon = world.daemon(config)  # it looks at the backlogs as soon as it runs
    wait_until(lambda: in_trouble(daemon), lambda: f"the log tells all of it again: {daemon.logged()}")
    wait_until(lambda: "backlog.high" in about("default/files"), lambda: f"the backlog is told: {told(world)}")
    high = next(notice for notice in told(world) if notice["kind"] == "backlog.high")
    check(high["events"] > 20 and high["bytes"] and high["oldest"] and high["sink"] == "files", str(high))
    with contextlib.closing(Receiver(port)) as receiver:
        wait_until(lambda: "delivery.recovered" in about("default/files"), lambda: f"it works again: {told(world)}")
        wait_until(lambda: world.status(config)["deliveries"][0]["backlog_events"] == 0, lambda: f"{len(receiver.kept)} events")
        daemon.stop()
        daemon = world.daemon(config)
        wait_until(lambda: "backlog.normal" in about("default/files"), lambda: f"little waits: {told(world)}")
        daemon.stop()
    count = sorted(about("default/files"))
    check(count == ["backlog.high", "backlog.normal", "delivery.recovered", "delivery.retrying"], str(told(world)))
    check(not about("watch/pager"), f"a notice caused a notice: {told(world)}")


def test_a_part_that_stands(world):
    """A sink that does not come back is told, and that it moves again; also by the next run, where the last one ended while it stood."""
    world.use_clock()
    simulator = world.simulate("--events", "50", "--history", "1h")
    gate = world.path / "gate"
    config = world.config(world.account(simulator, "acme"), f'modules = {{ "{world.build}/e2e-modules" }}', *watching(world),
                          sink=f'sink "files" {{ type = "gate", path = "{world.path}/gated.ndjson", gate = "{gate}" }}')

    def about_it(part="sink files"):
        return [notice["kind"] for notice in told(world) if notice.get("part") == part]

    def stands(daemon, times):
        wait_until((world.path / "gate.waiting").exists, "the sink is in write")
        world.pass_time(600)
        wait_until(lambda: about_it().count("part.stalled") == times, lambda: f"it is told: {told(world)}\n{daemon.logged()}")

    gate.touch()
    daemon = world.daemon(config)
    stands(daemon, 1)
    gate.unlink()
    wait_until(lambda: about_it() == ["part.stalled", "part.moves"], lambda: f"its end is told: {told(world)}")
    (world.path / "gate.waiting").unlink(missing_ok=True)
    gate.touch()
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    world.pass_time(7200)
    stands(daemon, 2)
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    gate.unlink()
    daemon = world.daemon(config)
    wait_until(lambda: about_it() == 2 * ["part.stalled", "part.moves"], lambda: f"its end is told: {told(world)}")
    # Whoever was at a step while the clock jumped stood as long by it, and that has an end, too.
    parts = {notice["part"] for notice in told(world) if notice["kind"].startswith("part.")}
    check(parts <= {"sink files", "journal", "network", "main"}, f"others are told: {told(world)}")
    wait_until(lambda: all(about_it(part)[-1] == "part.moves" for part in parts), lambda: f"their end is told: {told(world)}")
    check(daemon.stop()[0] == 0, daemon.logged())


def test_what_cannot_be_set_of_them(world):
    config = world.path / "wrong.lua"
    config.write_text('state = "/tmp/nowhere"\nsource "notices" { interval = "1m" }\nnotices { repeat_ = 1, per_hour = 0 }\n'
                      'sink "out" { type = "stdout" }\npipeline "watch" { from = { "notices" }, to = { "out" } }\n')
    done = world.postern("check", "-c", config, code=78)
    text = done.stdout + done.stderr
    check("Postern's own and is never polled" in text, text)
    check("per_hour" in text and "repeat_" in text, text)

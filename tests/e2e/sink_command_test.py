"""`postern sink`: what is configured is listed with how it stands, and a sink is tried beside the daemon that delivers to it."""
import json
import re
import ssl

from harness import check, wait_until
from sink_http_test import Receiver, configure


def test_a_sink_is_tried_over_http(world):
    simulator = world.simulate("--events", "100", "--history", "30m", "--quirks", "off")
    receiver = Receiver(picky=False)
    config = configure(world, simulator, receiver)
    done = world.postern("sink", "test", "files", "-c", config)
    identity = re.search(r"good: the receiver has the event (test-[0-9a-f]{16})", done.stdout)
    check(identity, done.stdout)
    [event] = [json.loads(line) for line in receiver.kept]
    event = event.get("event", event) if "postern_test" not in event else event
    check(event["postern_test"] is True and event["event"]["id"] == identity[1], event)
    for words in ("http-example (module http-example", "opened (", "POST 127.0.0.1/in: answered 200 after", "to 127.0.0.1 port",
                  "its clock agrees with ours", "written: the event is safe"):
        check(words in done.stdout, f"{words!r} is not in {done.stdout}")
    check("hush-token" not in done.stdout + done.stderr, "the token is shown")
    check(not (world.state / "journal.db").exists(), "the test made a journal")
    receiver.close()


def test_tls_and_its_certificate_are_shown(world):
    simulator = world.simulate("--events", "100", "--history", "30m", "--quirks", "off")
    receiver = Receiver(picky=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(world.certificates / "server.pem", world.certificates / "server.key")
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    receiver.url = receiver.url.replace("http://", "https://")
    done = world.postern("sink", "test", "files", "-c", configure(world, simulator, receiver))
    check(re.search(r"to 127\.0\.0\.1 port \d+, TLSv1\.[23], \S+", done.stdout), done.stdout)
    check(re.search(r"certificate: .*, good for \d+ more days", done.stdout), done.stdout)
    receiver.close()


def test_what_is_wrong_is_said(world):
    simulator = world.simulate("--events", "100", "--history", "30m", "--quirks", "off")
    receiver = Receiver()  # answers 503 at first
    config = configure(world, simulator, receiver)
    done = world.postern("sink", "test", "files", "-c", config, code=1)
    check("answered 503" in done.stdout and "writing the event: " in done.stderr, done.stdout + done.stderr)
    receiver.close()
    done = world.postern("sink", "test", "files", "-c", config, code=1)
    check("no answer after" in done.stdout and "writing the event: " in done.stderr, done.stdout + done.stderr)
    (world.path / "token").unlink()
    world.postern("sink", "test", "files", "-c", config, code=78)
    done = world.postern("sink", "test", "flies", "-c", config, code=2)
    check('there is no sink "flies"; there is: files' in done.stderr, done.stderr)
    world.postern("sink", "test", "-c", config, code=2)
    world.postern("sink", "look", "-c", config, code=2)


def test_the_list_for_programs_has_settings_as_they_are_written_and_no_secret(world):
    (world.path / "token").write_text("hush-token\n")
    config = world.path / "postern.lua"
    config.write_text(f'''state = "{world.state}"
modules = {{ "{world.build}/e2e-modules" }}
account "one" {{ auth = "doors/header", base_url = "https://door.example", value = file "token" }}
pipeline "all" {{ from = {{ "doors" }}, accounts = {{ "*" }}, to = {{ "web" }} }}
sink "web" {{ type = "webhook", url = "https://127.0.0.1/in", token = file "token", batch_events = 50, batch_wait = "90s",
  max_body = "64KiB", timeout = "2m", allow_http = {{ "here", "there" }}, headers = {{ ["X-Key"] = file "token", ["X-Name"] = "postern" }} }}
''')
    said = world.postern("sink", "list", "--json", "-c", config).stdout
    [sink] = json.loads(said)["sinks"]
    check("hush-token" not in said, said)
    check((sink["batch_events"], sink["batch_wait"], sink["deliveries"]) == (50, "90s", []), sink)
    expected = {"url": "https://127.0.0.1/in", "token": {"secret": True}, "max_body": "64KiB", "timeout": "2m",
                "allow_http": ["here", "there"], "headers": {"X-Key": {"secret": True}, "X-Name": "postern"}}
    check({name: sink["options"].get(name) for name in expected} == expected, sink["options"])
    world.postern("sink", "test", "web", "--json", "-c", config, code=2)


def test_beside_a_daemon_nothing_changes(world):
    """The file sink keeps its place in its state: its files stay what they are, and it goes on exactly once."""
    simulator = world.simulate("--events", "400", "--history", "30m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"))
    daemon = world.daemon(config)
    wait_until(lambda: sum(one["delivered"] for one in world.status(config)["deliveries"]) > 100, "events arrive, and that is stored")
    for _ in range(3):
        done = world.postern("sink", "test", "files", "-c", config)
        check("good: the receiver has the event test-" in done.stdout, done.stdout)
        check("was written, synced and removed" in done.stderr, done.stderr)
    listed = world.postern("sink", "list", "-c", config).stdout
    [sink] = json.loads(world.postern("sink", "list", "--json", "-c", config).stdout)["sinks"]
    daemon.stop()
    check((sink["name"], sink["type"], sink["module"], sink["parallel"], sink["when_full"]) == ("files", "file", "file", 1, "wait"), sink)
    [delivery] = sink["deliveries"]
    check(delivery["name"] == "default/files" and delivery["state"] == "ok" and delivery["last_success"], sink)
    check(sink["breaker"]["state"] == "closed" and delivery["breaker"] == sink["breaker"], sink)
    check(sink["options"]["path"] == f"{world.output}/%{{account}}/%{{source}}.ndjson", sink)
    for words in ("sink files: file (module file", "delivery default/files: ok, last success", 'path = "', "parallel = 1"):
        check(words in listed, f"{words!r} is not in {listed}")
    world.run_once(config)
    names = [str(path.relative_to(world.output)) for path in world.output.rglob("*") if path.is_file()]
    check(all(re.fullmatch(r"acme/[a-z-]+\.ndjson", name) for name in names), f"something was set aside or left: {names}")
    lines = [line for path in world.output.rglob("*.ndjson") for line in path.read_text().splitlines()]
    check(len(lines) == len(set(lines)), "an event came twice")
    check(not any("postern_test" in line for line in lines), "a test event lies among the real ones")

# labels: threads
"""A list that is whole at each poll, with a real daemon: what appears and what leaves is told once, whatever kills it; what is
remembered over restarts, new names and new limits."""
import collections
import contextlib
import http.server
import json
import random
import signal
import threading
import time
import urllib.parse

from harness import check, wait_until

TELL = """return function(event, ctx)
  event.told = ctx.type
  return event
end
"""


class Queue:
    """What the service has, and how it serves it."""

    def __init__(self, page=5):
        self.items, self.page, self.polls, self.lock = [], page, 0, threading.Lock()
        self.refuses = False
        self.hold = None  # a file: while it exists, no page is read to its end
        self.between = None  # called between two pages

    def put(self, *names, **more):
        with self.lock:
            self.items += [{"id": name, **more} for name in names]

    def take(self, *names):
        with self.lock:
            self.items = [item for item in self.items if item.get("id") not in names]

    def answer(self, at):
        with self.lock:
            if self.between and at:
                self.between(self)
            items = self.items[at:at + self.page]
            more = at + self.page < len(self.items)
            if not more:
                self.polls += 1
            return {"items": items, **({"next": str(at + self.page)} if more else {}), **({"hold": self.hold} if self.hold else {})}


@contextlib.contextmanager
def served(world, queue):
    """The account that reads it, and the script by which events say what they are."""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            at = int(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["at"][0])
            body = json.dumps({} if queue.refuses else queue.answer(at)).encode()
            self.send_response(401 if queue.refuses else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Service(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):
            pass  # whoever asked was killed

    service = Service(("127.0.0.1", 0), Handler)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    script = world.path / "tell.lua"
    script.write_text(TELL)
    world.variables["QUEUE_TOKEN"] = "open"
    yield (f'modules = {{ "{world.build}/e2e-modules" }}',
           f'account "acme" {{ base_url = "http://127.0.0.1:{service.server_port}", auth = "queue", token = env "QUEUE_TOKEN" }}')
    service.shutdown()


def configured(world, parts, *more):
    return world.config(*parts, *more, transform=f'"{world.path}/tell.lua"')


def told(world):
    """The events of each item in their order."""
    events = collections.defaultdict(list)
    for event in world.events():
        events[event.get("id") or event["was"]].append(event["told"])
    return events


APPEARED, LEFT = "queue", "queue-left"


def test_what_appears_and_what_leaves(world):
    queue = Queue()
    queue.put(*"abcdefg", text="first")
    with served(world, queue) as parts:
        config = configured(world, parts)
        world.run_once(config)
        check(told(world) == {name: [APPEARED] for name in "abcdefg"}, told(world))
        queue.take("b", "f")
        queue.put("h")
        queue.items[0]["text"] = "second"
        world.run_once(config)  # one poll misses them
        check(told(world) == {name: [APPEARED] for name in "abcdefgh"}, told(world))
        queue.put("f")
        world.run_once(config)
        check(told(world)["b"] == [APPEARED, LEFT] and told(world)["f"] == [APPEARED], told(world))
        queue.items.clear()  # whole and empty
        world.run_once(config)
        check(LEFT not in told(world)["a"], told(world))
        world.run_once(config)
        world.run_once(config)
        check(all(events == [APPEARED, LEFT] for events in told(world).values()) and len(told(world)) == 8, told(world))
        last = [event for event in world.events() if event["id"] == "a"][-1]
        check(last["text"] == "second", last)
        queue.put("a", text="third")
        world.run_once(config)
        check(told(world)["a"] == [APPEARED, LEFT, APPEARED], told(world))
        stream = world.status(config)["accounts"][0]["streams"][0]
        check(stream["events"] == 17 and stream["state"] == "ok", stream)
        check((stream["polls"], stream["list_items"]) == (7, 1) and stream["list_bytes"] > 20, stream)
        check("1 item in the list, read to its end 7 times" in world.postern("status", "-c", config, code=None).stdout, "not said")


def test_what_leaves_has_the_time_of_the_poll_that_missed_it_first(world):
    world.use_clock(rate=1.0)
    queue = Queue()
    queue.put("a")
    with served(world, queue) as parts:
        config = configured(world, parts)
        world.run_once(config)
        queue.take("a")
        world.pass_time(3600)
        missed_ms = world.clock.now_ms()
        world.run_once(config)
        world.pass_time(3600)
        world.run_once(config)
        lines = world.postern("tap", "--oldest", "--no-follow", "-c", config).stdout.splitlines()
        appeared, left = (json.loads(line)["postern"] for line in lines)
        check((appeared["type"], left["type"]) == (APPEARED, LEFT) and appeared["id"] != left["id"], lines)
        check(abs(left["time"] - missed_ms) < 60_000, f"{left['time']}, not {missed_ms}")


def test_damage_lets_nothing_leave_that_may_hide_in_it(world):
    queue = Queue()
    queue.put("a", "b", "c")
    with served(world, queue) as parts:
        config = configured(world, parts)
        world.run_once(config)
        queue.items[1] = {"was": "b"}  # b is not gone: it cannot be read
        queue.take("c")
        for _ in range(3):
            world.run_once(config)
        check(told(world) == {name: [APPEARED] for name in "abc"}, told(world))
        check(world.status(config)["journal"]["dead_letters"] == 1, "it was set aside again and again")
        queue.take("a")  # it was shown beside the same damage
        for _ in range(2):
            world.run_once(config)
        check(told(world)["a"] == [APPEARED, LEFT] and told(world)["b"] == told(world)["c"] == [APPEARED], told(world))


def test_what_is_read_again_belongs_to_the_list(world):
    queue = Queue()
    queue.items = [{"was": "b"}, {"id": "a"}, {"was": "c"}]
    with served(world, queue) as parts:
        config = configured(world, parts)
        world.run_once(config)
        check(told(world) == {"a": [APPEARED]}, told(world))
        queue.items = [{"id": "a"}, {"id": "c"}]  # mended, and b has gone
        done = world.postern("dead", "retry", "all", "-c", config)
        world.run_once(config)
        check(told(world) == {name: [APPEARED] for name in "abc"}, f"{told(world)} {done.stdout}")
        world.run_once(config)
        check(told(world) == {"a": [APPEARED], "b": [APPEARED, LEFT], "c": [APPEARED]}, told(world))


def test_more_than_may_be_remembered_waits_and_is_said(world):
    queue = Queue()
    queue.put(*(f"item-{n}" for n in range(12)))
    with served(world, queue) as parts:
        config = configured(world, parts, "limits { snapshot_items = 10 }")
        world.run_once(config, code=1)
        check(len(told(world)) == 10, told(world))
        said = world.postern("status", "-c", config, code=None).stdout
        check("2 items of the list wait" in said.replace("\n", " ").replace("      ", " ") and "snapshot_items" in said, said)
        stream = world.status(config)["accounts"][0]["streams"][0]
        check(stream["state"] == "retrying" and "Raise the limit" in said, f"it goes on by itself: {stream}")
        queue.take("item-0", "item-1", "item-2")
        world.run_once(config, code=1)
        world.run_once(config, code=1)  # there is room behind it
        world.run_once(config)
        check(len(told(world)) == 12 and told(world)["item-11"] == [APPEARED], told(world))
        check("wait" not in world.postern("status", "-c", config, code=None).stdout, "it still says so")


def test_a_new_name_and_refused_credentials_change_nothing(world):
    queue = Queue()
    queue.put("a", "b")
    with served(world, queue) as parts:
        config = configured(world, parts)
        world.run_once(config)
        queue.refuses = True
        queue.take("a")
        world.postern("run", "--once", "--timeout", "3s", "-c", config, code=1)
        queue.refuses = False
        renamed = configured(world, (parts[0], parts[1].replace('"acme"', '"globex"').replace(" }", ', was = "acme" }')))
        for _ in range(2):
            world.run_once(renamed)
        check(told(world) == {"a": [APPEARED, LEFT], "b": [APPEARED]}, told(world))


def test_check_live_asks_and_keeps_nothing(world):
    queue = Queue()
    queue.put("a")
    with served(world, queue) as parts:
        config = configured(world, parts)
        done = world.postern("check", "--live", "-c", config, code=None)
        check(queue.polls == 1 and "queue" in done.stdout, done.stdout + done.stderr)
        queue.refuses = True
        done = world.postern("check", "--live", "-c", config, code=None)
        check("refuses the token" in done.stdout + done.stderr, done.stdout + done.stderr)


POINTS = ("journal-before-commit", "journal-after-commit", "deliver-before-commit", "deliver-after-commit")


def test_kills_lose_and_repeat_nothing(world):
    """The list moves all the time, between the pages of a poll too, while the daemon is killed again and again."""
    chance = random.Random(5)
    names = [f"item-{n}" for n in range(60)]
    queue = Queue(page=7)
    queue.put(*names[:30], version=0)

    def move(moved):
        for name in chance.sample(names, 2):
            here = [item for item in moved.items if item["id"] == name]
            if here:
                moved.items.remove(here[0])
            else:
                moved.items.insert(chance.randint(0, len(moved.items)), {"id": name, "version": chance.random()})

    queue.between = lambda moved: move(moved) if chance.random() < 0.2 else None
    kills = 40 if not world.sanitized else 12
    hits = collections.Counter()
    with served(world, queue) as parts:
        config = configured(world, parts, 'source "queue" { interval = "100ms" }', "journal { page_events = 3 }")
        for number in range(kills):
            point = (*POINTS, None)[number % 5]
            environment = {"POSTERN_FAILPOINT": f"{point}:{chance.randint(1, 25)}"} if point else {}
            daemon = world.daemon(config, environment=environment)
            deadline = time.monotonic() + chance.uniform(0.4, 1.5)
            while daemon.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
                with queue.lock:
                    move(queue)
            hits[point if daemon.process.poll() == -signal.SIGKILL else "at a random time"] += 1
            daemon.process.kill()
            code = daemon.process.wait()
            check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
        queue.between = None
        daemon = world.daemon(config)
        polls = queue.polls
        wait_until(lambda: queue.polls > polls + 5, "five polls of a list that stands still", 120)
        check(daemon.stop()[0] == 0, daemon.logged()[-2000:])
        world.run_once(config)
    print(f"kills: {dict(hits)}, polls: {queue.polls}, events: {sum(map(len, told(world).values()))}")
    there = {item["id"] for item in queue.items}
    for name, events in told(world).items():
        expected = [(APPEARED, LEFT)[n % 2] for n in range(len(events))]
        check(events == expected, f"{name} appears or leaves twice in a row: {events}")
        check((events[-1] == APPEARED) == (name in there), f"{name}: {events}, and it is {'' if name in there else 'not '}there")
    check(there <= set(told(world)), f"never told: {there - set(told(world))}")


def test_what_is_stored_of_a_long_answer_is_delivered_while_it_is_read(world):
    queue, held = Queue(page=5000), world.path / "held"
    queue.put(*(f"item-{number}" for number in range(5000)), text="x" * 100)
    queue.hold = str(held)
    held.touch()
    with served(world, queue) as parts:
        config = configured(world, parts, 'limits { workers = 1 } journal { commit_size = "64KiB" }')
        daemon = world.daemon(config)
        wait_until(lambda: len(told(world)) >= 4000, "what came of an answer that is still being read")
        check(queue.polls == 1 and len(told(world)) < 5000, (queue.polls, len(told(world))))
        held.unlink()
        wait_until(lambda: len(told(world)) == 5000, "the rest")
        daemon.stop()

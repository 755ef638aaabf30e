"""The sink "redis" against the real redis-server: exactly once, whatever dies; every refusal waits with advice."""
import json
import shutil
import sqlite3

from harness import check, free_port, wait_until
from servers.certificates import Certificates
from servers.redis_server import RedisServer
from trial import Journal, trial

KEY = "mimecast:%{account}"


def declared(server, options="", key=KEY, scheme="redis", batch=100):
    return (f'sink "trial" {{ type = "redis", target = "{scheme}://127.0.0.1:{server.port}", key = "{key}", batch_events = {batch}, '
            f'timeout = "2s", connect_timeout = "2s", transaction = 30, {options} }}')


def seen(server, key="mimecast:acme", database=0):
    """Read through the event itself; the field "id" says the same."""
    entries = server.entries(key, database)
    check(all(name == json.loads(event)["postern_id"] for _, name, event in entries), "the field id is not the event's")
    return [name for _, name, _ in entries]


def test_nothing_is_lost_or_repeated_whatever_dies(world):
    server = RedisServer(world).start()
    trial(world, declared(server), lambda: seen(server), troubles=(server.killed, server.restarted, server.standing_still))


def test_readers_that_remove_entries_make_no_repeat(world):
    """What a crash left unconfirmed is not written again because it was read and removed meanwhile."""
    journal, server, taken = Journal(world, 400), RedisServer(world).start(), []
    config = journal.config(declared(server, batch=50))
    for _ in range(6):
        world.daemon(config, environment={"POSTERN_FAILPOINT": "deliver-before-commit:1"}).process.wait()
        found = server.entries("mimecast:acme")
        taken += [name for _, name, _ in found]
        if found:
            server.ask("XDEL", "mimecast:acme", *(entry for entry, _, _ in found))
    world.run_once(config)
    lost, again, strange = journal.compare(taken + seen(server))
    check(not lost and not again and not strange, f"lost {len(lost)}, repeated {again}, strange {len(strange)}")


def noted_place(world):
    """The first part of the ids that the batch in hand has on record."""
    base = sqlite3.connect(f"file:{world.state}/journal.db?mode=ro", uri=True)
    [(value,)] = base.execute("SELECT value FROM sink_state WHERE sink = 'trial'").fetchall()
    base.close()
    return (value.decode() if isinstance(value, bytes) else value).split()[-1]


def die_at(world, config, point):
    world.daemon(config, environment={"POSTERN_FAILPOINT": f"{point}:1"}).process.wait()


def expect_each_once(world, journal, server, config, what, taken=()):
    world.run_once(config)
    entries = server.entries("mimecast:acme")
    lost, again, _ = journal.compare([*taken, *(name for _, name, event in entries if "of another" not in event)])
    check(not lost and not again, f"{what}: lost {len(lost)}, repeated {again}")
    server.stop()


OF_ANOTHER = ("id", "other", "event", "of another writer")


def test_entries_of_another_writer_are_not_taken_for_ours(world):
    """They stand where a batch was to stand that is on record and not written, or behind one that was half written."""
    journal = Journal(world, 120)
    kept = world.state.rename(world.path / "kept")

    def begin(name, point):
        shutil.rmtree(world.state, ignore_errors=True)
        shutil.copytree(kept, world.state)
        server = RedisServer(world, name).start()
        config = journal.config(declared(server, batch=20))
        die_at(world, config, point)
        return server, config, noted_place(world)

    for name, numbers, removed in (("small", range(5), False), ("gone", range(5), True), ("last", (2**64 - 1,), False),
                                   ("time", (1764370000000, 1764370000000000), True), ("later", None, False)):
        server, config, place = begin(name, "deliver-after-state")
        ids = ["*"] if numbers is None else [f"{place}-{number}" for number in numbers]
        added = [server.ask("XADD", "mimecast:acme", one, *OF_ANOTHER)[0] for one in ids]
        if removed:
            server.ask("XDEL", "mimecast:acme", *added)
        expect_each_once(world, journal, server, config, name)
    for name in ("behind", "behind-and-gone"):
        server, config, place = begin(name, "deliver-before-commit")
        check(server.entries("mimecast:acme"), "the batch was written")
        added = server.ask("XADD", "mimecast:acme", f"{place}-*", *OF_ANOTHER)
        if name == "behind-and-gone":
            server.ask("XDEL", "mimecast:acme", *added)
        expect_each_once(world, journal, server, config, name)


def test_events_of_a_twin_that_stand_elsewhere_are_not_ours(world):
    """Two deliveries of the same events into one stream: each entry counts for the one that wrote it."""
    journal, server = Journal(world, 60), RedisServer(world).start()
    config = journal.config(declared(server, batch=100))
    die_at(world, config, "deliver-after-state")
    place = noted_place(world)
    names = list(journal.expected())
    for number, name in enumerate(names):
        server.ask("XADD", "mimecast:acme", f"{place}-{number}", "id", name, "event", "of another delivery")
    expect_each_once(world, journal, server, config, "twin")


def test_a_stream_for_each_source_in_another_database(world):
    journal, server = Journal(world, 300), RedisServer(world).start()
    world.run_once(journal.config(declared(server, "database = 3", key="mail:%{source}")))
    keys = server.ask("KEYS", "*", database=3)
    check(len(keys) > 2, keys)
    lost, again, _ = journal.compare(name for key in keys for name in seen(server, key, 3))
    check(not lost and not again, f"lost {len(lost)}, repeated {again}")


def test_tls_and_a_user_with_few_rights(world):
    journal, certificates = Journal(world, 100), Certificates(world.path / "own")
    server = RedisServer(world, certificates=certificates).start()
    server.ask("ACL", "SETUSER", "writer", "on", ">hush-word", "~mimecast:*", "+xadd", "+xrange", "+xinfo", "+multi", "+exec", "+ping")
    world.variables["REDIS_WORD"] = "hush-word"
    options = f'user = "writer", password = env "REDIS_WORD", {certificates.known()}'
    done = world.run_once(journal.config(declared(server, options, scheme="rediss")))
    lost, again, _ = journal.compare(seen(server))
    check(not lost and not again, f"lost {len(lost)}, repeated {again}")
    check("does not say" in done.stderr and "hush-word" not in done.stderr, done.stderr)


def test_old_entries_make_room(world):
    journal, server = Journal(world, 1000), RedisServer(world).start()
    world.run_once(journal.config(declared(server, "maxlen = 200")))
    check(200 <= len(seen(server)) < 400, f"{len(seen(server))} entries")


# ---- Refusals ----

def expect_told(world, config, *words):
    """The delivery waits with these words, and nothing goes to the dead letters."""
    daemon = world.daemon(config)
    wait_until(lambda: any(all(word in f"{one.get('error')} {one.get('remedy')}" for word in words)
                           for one in world.status(config)["deliveries"]), lambda: f"{words}: {daemon.logged()[-3000:]}")
    daemon.stop()
    check(not world.status(config)["journal"]["dead_letters"], "dead letters of a mistake of configuration")


def test_refusals_name_what_to_mend(world):
    journal, server = Journal(world, 60), RedisServer(world, password="hush-word").start()
    world.variables.update({"RIGHT_WORD": "hush-word", "WRONG_WORD": "hush-wrong"})
    right = 'password = env "RIGHT_WORD"'
    server.ask("SET", "taken", "x")
    expect_told(world, journal.config(declared(server)), "NOAUTH", "set password")
    expect_told(world, journal.config(declared(server, 'password = env "WRONG_WORD"')), "WRONGPASS")
    expect_told(world, journal.config(declared(server, right, key="taken")), "WRONGTYPE", "another key")
    expect_told(world, journal.config(declared(server, right + ", database = 99")), "DB index", "database")
    expect_told(world, journal.config(declared(server, right, scheme="rediss")), "the target says TLS")
    log = (world.path / "postern.log").read_text()
    check("hush" not in log, log)
    server.ask("CONFIG", "SET", "maxmemory", "1")
    expect_told(world, journal.config(declared(server, right)), "OOM")
    server.ask("CONFIG", "SET", "maxmemory", "0")
    world.run_once(journal.config(declared(server, right)))
    lost, again, _ = journal.compare(seen(server))
    check(not lost and not again, f"lost {len(lost)}, repeated {again}")


def test_a_node_of_a_cluster_names_the_other(world):
    journal = Journal(world, 60)
    nodes = [RedisServer(world, name, options=("--cluster-enabled", "yes", "--cluster-port", free_port())).start()
             for name in ("low", "high")]
    expect_told(world, journal.config(declared(nodes[0])), "CLUSTERDOWN")
    nodes[0].ask("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
    nodes[1].ask("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
    nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", nodes[1].port, nodes[1].words[nodes[1].words.index("--cluster-port") + 1])
    wait_until(lambda: all("cluster_state:ok" in node.ask("CLUSTER", "INFO") for node in nodes), "they are a cluster")
    slot = int(nodes[0].ask("CLUSTER", "KEYSLOT", "mimecast:acme")[0])
    right, wrong = nodes if slot < 8192 else reversed(nodes)
    expect_told(world, journal.config(declared(wrong)), "MOVED", f"127.0.0.1:{right.port}", "name the node")
    world.run_once(journal.config(declared(right)))
    lost, again, _ = journal.compare(seen(right))
    check(not lost and not again, f"lost {len(lost)}, repeated {again}")


def test_what_a_crash_may_take_is_told(world):
    journal, server = Journal(world, 60), RedisServer(world, sync="everysec").start()
    done = world.run_once(journal.config(declared(server)))
    check("can be lost when it crashes" in done.stderr and "appendfsync everysec" in done.stderr, done.stderr)


def test_two_deliveries_into_one_stream(world):
    """Each has its own place in it; a crash between them repeats nothing."""
    journal, server = Journal(world, 400), RedisServer(world).start()
    text = journal.config(declared(server, batch=40)).read_text()
    second = f'pipeline "second" {{ from = {{ "*" }}, start = "oldest", transform = {{ "{journal.stamp}" }}, to = {{ "trial" }} }}\n'
    config = world.path / "two.lua"
    config.write_text(text + second)
    for number in range(6):
        world.daemon(config, environment={"POSTERN_FAILPOINT": f"deliver-before-commit:{number % 3 + 1}"}).process.wait()
    world.run_once(config)
    names = seen(server)
    lost, again, strange = journal.compare(names)
    check(not lost and not strange and again == len(journal.expected()), f"lost {len(lost)}, {again} again of {len(journal.expected())}")
    check(max(map(names.count, set(names))) == 2, "one came more often than twice")

"""A receiver that takes a connection and never says a word, and one to which none comes about: Postern's end does not wait for it, with
whatever library the sink connects. Each may take as long for a connection as its settings allow: so it is the end that ends it."""
import contextlib

from harness import check, wait_until
from servers.silent import Silent, Swallowing
from trial import Journal

LONG = 'connect_timeout = "10m", timeout = "10m"'
# By name: what stands in the declaration beside the kind. A library that is not there has no module.
SINKS = {
    "nats": ("nats", 'servers = {{ "{place}" }}, tls = false, stream = "S", subject = "s", ' + LONG),
    "nats-tls": ("nats", 'servers = {{ "{place}" }}, stream = "S", subject = "s", ' + LONG),
    "amqp": ("amqp", 'servers = {{ "{place}" }}, tls = false, user = "u", routing_key = "k", ' + LONG),
    "amqp-tls": ("amqp", 'servers = {{ "{place}" }}, user = "u", routing_key = "k", ' + LONG),
    "kafka": ("kafka", 'servers = {{ "{place}" }}, tls = false, topic = "t", connect_timeout = "60s"'),
    "kafka-tls": ("kafka", 'servers = {{ "{place}" }}, topic = "t", connect_timeout = "60s"'),
    "postgresql": ("postgresql", 'host = "{place}", tls = "disable", database = "d", user = "u", table = "t", ' + LONG),
    "postgresql-tls": ("postgresql", 'host = "{place}", tls = "require", database = "d", user = "u", table = "t", ' + LONG),
    "redis": ("redis", 'target = "redis://{place}", key = "k", ' + LONG),
    "redis-tls": ("redis", 'target = "rediss://{place}", key = "k", ' + LONG),
    "syslog-tls": ("syslog", 'target = "tls://{place}", ' + LONG),
    "relp": ("syslog", 'target = "relp://{place}", ' + LONG),
    "relp-tls": ("syslog", 'target = "relps://{place}", ' + LONG),
    "webhook": ("webhook", 'url = "http://{place}/", connect_timeout = "10m", timeout = "10m"'),
    "webhook-tls": ("webhook", 'url = "https://{place}/", connect_timeout = "10m", timeout = "10m"'),
}
MODULES = {"webhook": "http"}  # those that are not called as their sink


def end_before(world, make_receiver):
    journal = Journal(world, events=20)
    for name, (kind, options) in SINKS.items():
        if not (world.build / "modules" / f"{MODULES.get(kind, kind)}.so").exists():
            continue  # the build has said that its library is not there
        with contextlib.closing(make_receiver()) as receiver:
            config = journal.config(f'sink "trial" {{ type = "{kind}", {options.format(place=f"127.0.0.1:{receiver.port}")} }}')
            daemon = world.daemon(config)
            wait_until(lambda: receiver.count() or daemon.process.poll() is not None, f"{name} asks for a connection")
            check(daemon.process.poll() is None, lambda: f"{name}: {daemon.logged()[-2000:]}")
            code, seconds = daemon.stop()
            print(f"{name}: ended after {seconds:.1f} s")
            check(code == 0 and "left alone" not in daemon.logged(), lambda: f"{name}: {code}: {daemon.logged()[-2000:]}")


def test_receivers_that_say_nothing(world):
    end_before(world, Silent)


def test_receivers_that_are_not_reached(world):
    end_before(world, Swallowing)

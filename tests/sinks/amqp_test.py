"""The sink "amqp" against RabbitMQ: nothing is lost, and what repeats has the same id."""
import contextlib
import json

from harness import check, free_port, wait_until
from servers.rabbitmq import RabbitMQ
from servers.relay import Relay
from servers.silent import Silent, Swallowing
from trial import Journal, trial


def sink(server, more="", port=None, key="events", user="writer", host="127.0.0.1", before=()):
    """`before`: other brokers that are tried before this one."""
    places = ", ".join(f'"{place}"' for place in (*before, f"{host}:{port or server.port}"))
    secret = server.folder / "password"
    secret.write_text("right-word")
    return (f'sink "trial" {{ type = "amqp", servers = {{ {places} }}, user = "{user}", '
            f'password = file "{secret}", routing_key = "{key}", batch_events = 100, {more} }}')


def plain(server, more="", **others):
    return sink(server, f"tls = false, {more}", **others)


def test_kills_lose_nothing_and_repeats_have_the_same_id(world):
    server = RabbitMQ(world).start()
    with server.client() as client:
        client.declare_queue("events", queue_type="quorum")
    trial(world, plain(server, "timeout = \"2s\""), server.seen, troubles=(server.standing_still, server.killed, server.standing_still),
          may_repeat=True)


def run_until_said(world, config, words):
    """The daemon says so, and what it cannot deliver waits: nothing becomes a dead letter."""
    daemon = world.daemon(config)
    wait_until(lambda: words in daemon.logged(), lambda: f"it says {words!r}: {daemon.logged()[-3000:]}")
    check(not world.status(config)["journal"]["dead_letters"], "there are dead letters")
    return daemon


def expect_all(server, journal):
    wait_until(lambda: len(set(server.seen())) >= len(journal.expected()), "all has arrived")
    lost, again, strange = journal.compare(server.seen())
    check(not lost and not again and not strange, (lost, again, strange))


def test_refusals_are_said_and_lose_nothing(world):
    """One server, for it takes long to start: login, exchange, queue and permissions that are not as they must be."""
    server = RabbitMQ(world).start()
    journal = Journal(world, events=20)
    tried = world.postern("sink", "test", "trial", "-c", journal.config(plain(server, 'exchange = "missing"')), code=78)
    check("connected to RabbitMQ 3." in tried.stdout and "404 NOT_FOUND" in tried.stderr, tried.stdout + tried.stderr)
    for declaration, words in ((plain(server, user="nobody"), "403 ACCESS_REFUSED"),
                               (plain(server, 'vhost = "elsewhere"'), "vhost elsewhere not found"),
                               (plain(server, user="stranger"), "403 ACCESS_REFUSED"),
                               (plain(server, 'exchange = "missing"'), "404 NOT_FOUND"),
                               (plain(server, key="nowhere-%{account}"), "returned with 312 NO_ROUTE")):
        daemon = run_until_said(world, journal.config(declaration), words)
        check("right-word" not in daemon.logged(), "the log shows the password")
        daemon.stop()
    with server.client() as client:
        client.declare_queue("events", max_length=0, overflow="reject-publish")
    run_until_said(world, journal.config(plain(server)), "did not take it (nack)").stop()
    with server.client() as client:
        client.delete_queue("events")
        client.declare_queue("events")
    world.run_once(journal.config(plain(server)))
    expect_all(server, journal)


def test_brokers_that_refuse_or_are_silent_are_passed_over(world):
    """The real one is the last: each of the others, which refuse, are silent or not reached, costs its time and no event."""
    server = RabbitMQ(world).start()
    with server.client() as client:
        client.declare_queue("events", queue_type="quorum")
    journal = Journal(world, events=200)
    with contextlib.closing(Silent()) as silent, contextlib.closing(Swallowing()) as swallowing:
        before = [f"127.0.0.1:{port}" for port in (free_port(), silent.port, swallowing.port)]
        config = journal.config(plain(server, 'connect_timeout = "1s", timeout = "5s"', before=before))
        world.run_once(config)
        expect_all(server, journal)
        tried = world.postern("sink", "test", "trial", "-c", config)
        check("connected to RabbitMQ 3." in tried.stdout, tried.stdout + tried.stderr)
        server.stop()
        tried = world.postern("sink", "test", "trial", "-c", config, code=1)
        check(f"no connection to 127.0.0.1:{server.port}" in tried.stderr, tried.stdout + tried.stderr)


def test_the_broker_in_use_goes_away(world):
    """In the midst of a batch, and for good: the next one gets what was not confirmed."""
    server = RabbitMQ(world).start()
    with server.client() as client:
        client.declare_queue("events", queue_type="quorum")
    journal = Journal(world, events=400)
    with contextlib.closing(Relay(server.port, 100_000)) as first:
        world.run_once(journal.config(plain(server, 'connect_timeout = "2s", timeout = "5s"', before=(f"127.0.0.1:{first.port}",))))
        check(first.is_gone(), f"it could have sent {first.left} bytes more")
    lost, again, strange = journal.compare(server.seen())
    print(f"{again} events came again")
    check(not lost and not strange, (lost, strange))
    check(again <= 100, f"more than one batch came again: {again}")


def test_what_a_message_carries_and_several_batches_at_once(world):
    server = RabbitMQ(world).start()
    with server.client() as client:
        client.declare_exchange("logs")
        client.declare_queue("all", "logs", "postern.acme.#")
        client.declare_queue("audit", "logs", "postern.*.audit")
    journal = Journal(world, events=600)
    world.run_once(journal.config(plain(server, 'exchange = "logs", parallel = 3, window = 20', key="postern.%{account}.%{source}")))
    with server.client() as client:
        messages = client.read("all")
        audits = client.count("audit")
    check(len(messages) == len(journal.expected()), f"{len(messages)} of {len(journal.expected())}")
    check(audits == sum(key == "postern.acme.audit" for _, key, _ in messages) > 0, audits)
    for properties, _, text in messages:
        event = json.loads(text)
        check(event["postern_id"].encode() in properties and b"application/json" in properties, properties)


def test_a_blocked_broker_is_waited_for_and_said(world):
    server = RabbitMQ(world).start()
    with server.client() as client:
        client.declare_queue("events")
    server.control("set_vm_memory_high_watermark", "absolute", "1MB")
    journal = Journal(world, events=200)
    config = journal.config(plain(server, 'timeout = "5s"'))
    daemon = run_until_said(world, config, "the broker takes nothing for now: low on memory")
    server.control("set_vm_memory_high_watermark", "0.4")
    wait_until(lambda: "the broker takes messages again" in daemon.logged(), "it goes on")
    expect_all(server, journal)
    server.control("set_vm_memory_high_watermark", "absolute", "1MB")
    code, _ = daemon.stop()
    check(code == 0 and "left alone" not in daemon.logged(), lambda: f"{code}: {daemon.logged()[-2000:]}")


def test_a_message_that_the_broker_finds_too_large_is_a_dead_letter(world):
    server = RabbitMQ(world, settings="max_message_size = 20000").start()
    with server.client() as client:
        client.declare_queue("events")
    large = world.path / "large.lua"
    large.write_text('local count = 0\nreturn function(event) count = count + 1 '
                     'if count % 10 == 3 then event.filler = string.rep("x", 30000) end return event end\n')
    journal = Journal(world, events=60)
    config = journal.config(plain(server), scripts=(large,))
    world.run_once(config)
    lost, _, strange = journal.compare(server.seen())
    check(lost and not strange, (lost, strange))
    check(world.status(config)["journal"]["dead_letters"] == len(lost), "the lost ones are no dead letters")


def test_tls_is_checked(world):
    """The broker's certificate is for localhost and 127.0.0.1: what nobody vouches for, or has another name, is refused."""
    server = RabbitMQ(world, tls=True).start()
    with server.client() as client:
        client.declare_queue("events")
    journal = Journal(world, events=20)
    trusted = f'ca_file = "{world.certificates}/ca.pem"'
    for more, host, port, words in (("", "localhost", server.tls_port, "peer cert verification failed"),
                                    (trusted, "127.0.0.2", server.tls_port, "ca_file"),
                                    (trusted, "localhost", server.port, "no connection")):
        run_until_said(world, journal.config(sink(server, more, port=port, host=host)), words).stop()
    world.run_once(journal.config(sink(server, trusted, port=server.tls_port, host="localhost")))
    expect_all(server, journal)

"""The sink "nats" against nats-server: nothing is lost and nothing repeats within the stream's duplicate window."""
import json

from harness import check, wait_until
from servers.nats import Nats
from trial import Journal, trial


def sink(server, more=""):
    return (f'sink "trial" {{ type = "nats", servers = {{ "127.0.0.1:{server.port}" }}, tls = false, stream = "EVENTS", '
            f'subject = "postern.%{{account}}.%{{source}}", batch_events = 100, {more} }}')


def started(world, **more):
    server = Nats(world, **more).start()
    server.add_stream()
    return server


def test_kills_lose_and_repeat_nothing(world):
    server = started(world)
    trial(world, sink(server, "timeout = \"1s\""), server.seen, troubles=(server.killed, server.standing_still))


def test_several_batches_at_once(world):
    server = started(world)
    trial(world, sink(server, "parallel = 4, timeout = \"1s\""), server.seen, troubles=(server.killed,))


def test_what_a_message_carries(world):
    server = started(world)
    journal = Journal(world, events=60)
    config = journal.config(sink(server))
    world.run_once(config)
    stored = server.messages()
    check(len(stored) == len(journal.expected()), f"{len(stored)} of {len(journal.expected())}")
    for headers, text in stored:
        event = json.loads(text)
        check(f"Nats-Msg-Id: {event['postern_id']}\r\n".encode() in headers, headers)
    with server.client() as client:
        subjects = client.ask("STREAM.INFO.EVENTS", {"subjects_filter": ">"})["state"]["subjects"]
    check("postern.acme.audit" in subjects and all(name.startswith("postern.acme.") for name in subjects), subjects)


def test_a_short_duplicate_window_is_said(world):
    server = Nats(world).start()
    server.add_stream(window=2 * 60 * 10**9)
    done = world.run_once(Journal(world, events=20).config(sink(server)))
    check("recognises a repeat for 120 s only, and duplicate_window says 7200 s" in done.stderr, done.stderr)


def run_until_said(world, config, words):
    """The daemon says so, and what it cannot deliver waits: nothing becomes a dead letter."""
    daemon = world.daemon(config)
    wait_until(lambda: words in daemon.logged(), lambda: f"it says {words!r}: {daemon.logged()[-3000:]}")
    check(not world.status(config)["journal"]["dead_letters"], "there are dead letters")
    return daemon


def expect_all(world, server, journal, daemon):
    wait_until(lambda: len(server.messages()) >= len(journal.expected()), "all has arrived")
    lost, again, strange = journal.compare(server.seen())
    check(not lost and not again and not strange, (lost, again, strange))
    check(daemon.stop()[0] == 0, daemon.logged())


def test_a_missing_stream_is_waited_for_and_then_said(world):
    server = Nats(world).start()
    journal = Journal(world, events=20)
    config = journal.config(sink(server, 'no_stream_wait = "1s"'))
    daemon = run_until_said(world, config, "stream EVENTS")
    wait_until(lambda: "the stream so that it takes this subject" in daemon.logged(), "the advice")
    daemon.stop()
    server.add_stream()
    expect_all(world, server, journal, world.daemon(config))


def test_a_subject_that_no_stream_takes(world):
    server = Nats(world).start()
    server.add_stream(subjects=("elsewhere.>",))
    config = Journal(world, events=20).config(sink(server, 'no_stream_wait = "0s"'))
    daemon = run_until_said(world, config, "no stream takes the subject")
    check("the stream so that it takes this subject" in daemon.logged(), daemon.logged())


def test_another_streams_answer_does_not_count(world):
    server = Nats(world).start()
    server.add_stream("OTHER")
    server.add_stream("EVENTS", subjects=("elsewhere.>",))
    run_until_said(world, Journal(world, events=20).config(sink(server)), "expected stream does not match")


def test_a_wrong_password_and_a_missing_permission_are_configuration(world):
    users = ('authorization { users = [ { user: writer, password: "right-word" }, '
             '{ user: reader, password: "right-word", permissions { publish: { deny: "postern.>" } } } ] }')
    server = started(world, settings=users, login={"user": "writer", "pass": "right-word"})
    journal = Journal(world, events=20)
    secret = world.path / "password"
    for user, password, words in (("writer", "wrong-word", "user, password, token"), ("reader", "right-word", "Permissions Violation")):
        secret.write_text(password)
        config = journal.config(sink(server, f'user = "{user}", password = file "{secret}"'))
        daemon = run_until_said(world, config, words)
        check(password not in daemon.logged(), "the log shows the password")
        daemon.stop()
    config = journal.config(sink(server, f'user = "writer", password = file "{secret}"'))
    expect_all(world, server, journal, world.daemon(config))


# A pair made for tests, as `nk -gen user -pubout` makes one.
NKEY, SEED = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4", "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"


def test_an_nkey_logs_in(world):
    users = f'authorization {{ users = [ {{ user: reader, password: "right-word" }}, {{ nkey: {NKEY} }} ] }}'
    server = started(world, settings=users, login={"user": "reader", "pass": "right-word"})
    journal = Journal(world, events=20)
    secret = world.path / "seed"
    secret.write_text(SEED)
    expect_all(world, server, journal, world.daemon(journal.config(sink(server, f'nkey = "{NKEY}", nkey_seed = file "{secret}"'))))


def test_a_full_stream_is_tried_again(world):
    server = Nats(world).start()
    server.add_stream(max_msgs=5, discard="new")
    journal = Journal(world, events=20)
    daemon = run_until_said(world, journal.config(sink(server)), "maximum messages exceeded")
    with server.client() as client:
        config = client.ask("STREAM.INFO.EVENTS")["config"]
        client.ask("STREAM.UPDATE.EVENTS", {**config, "max_msgs": -1})
    expect_all(world, server, journal, daemon)


def test_one_event_that_is_too_large_is_a_dead_letter(world):
    server = started(world, settings="max_payload: 20000")
    large = world.path / "large.lua"
    large.write_text('local count = 0\nreturn function(event) count = count + 1 '
                     'if count % 10 == 3 then event.filler = string.rep("x", 30000) end return event end\n')
    journal = Journal(world, events=60)
    config = journal.config(sink(server), scripts=(large,))
    world.run_once(config)
    lost, again, strange = journal.compare(server.seen())
    check(lost and not again and not strange, (lost, again, strange))
    check(world.status(config)["journal"]["dead_letters"] == len(lost), "the lost ones are no dead letters")
    letters = world.postern("dead", "list", "-c", config).stdout
    check("larger than the server's max_payload" in letters, letters)


def test_tls_is_checked(world):
    """The server's certificate is for localhost and 127.0.0.1: what nobody vouches for, or has another name, is refused."""
    trusted = f'ca_file = "{world.certificates}/ca.pem"'
    server, other = Nats(world, tls=True).start(), Nats(world, tls=True, host="127.0.0.2").start()
    plain = Nats(world).start()
    server.add_stream()
    journal = Journal(world, events=20)

    def config(address, more):
        return journal.config(f'sink "trial" {{ type = "nats", servers = {{ "{address}" }}, stream = "EVENTS", '
                              f'subject = "postern.%{{account}}", {more} }}')

    for address, more, words in ((f"localhost:{server.port}", "", "unable to get local issuer certificate"),
                                 (f"127.0.0.2:{other.port}", trusted, "ca_file"),
                                 (f"localhost:{plain.port}", trusted, "offers no TLS")):
        run_until_said(world, config(address, more), words).stop()
    expect_all(world, server, journal, world.daemon(config(f"localhost:{server.port}", trusted)))


def test_what_stands_in_the_way_is_seen_before_anything_is_delivered(world):
    server = Nats(world).start()
    config = Journal(world, events=20).config(sink(server, 'no_stream_wait = "0s"'))
    done = world.postern("sink", "test", "trial", "-c", config, code=78)
    check("stream EVENTS: " in done.stderr, done.stdout + done.stderr)
    server.add_stream()
    done = world.postern("sink", "test", "trial", "-c", config)
    for words in ("stream EVENTS: 0 messages, 0 bytes, 1 replicas, in files", "repeats are recognised for 7200 s"):
        check(words in done.stdout, f"{words!r} is not in {done.stdout}")
    [(_, text)] = server.messages()
    check("postern_test" in text.decode(), text)

"""The sink loki: streams of few labels, entries that are refused by name, repeats that are ignored."""
from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.loki import Loki
from trial import trial


def check_all(world, config, receiver):
    found = [identity for identity, _ in receiver.seen()]
    check(len(found) > 100 and len(set(found)) == len(found), f"{len(found)} entries, {len(set(found))} different")
    check(not receiver.wrong, receiver.wrong[:3])
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")


def test_each_account_is_a_tenant_and_has_its_streams(world):
    world.use_clock(rate=20.0)
    simulator = world.simulate("--events", "200", "--history", "30m", "--quirks", "off", "--accounts", "2")
    receiver = Loki(tenants={"acme", "globex"})
    receiver.max_body = 30_000
    config = world.config(world.account(simulator, "acme"), world.account(simulator, "globex", 1),
                          sink=declare(world, "loki", url=receiver.url, tenant="%{account}", metadata={"kind": "%{type}"}))
    world.run_once(config)
    check_all(world, config, receiver)
    check(all(labels["account"] == tenant and labels["service_name"] == "mimecast" and "source" in labels
              for tenant, labels in receiver.labels), receiver.labels[:2])
    check({tenant for tenant, _ in receiver.labels} == receiver.tenants, "not both accounts")
    check(any(len(request.body) > receiver.max_body for request in receiver.requests), "no request was ever too large")
    receiver.stop()


def test_what_is_refused_is_a_dead_letter_and_nothing_else(world):
    receiver = Loki()
    receiver.refuses = OneIn(10)
    config, _ = deliver(world, "loki", url=f"{receiver.url}/loki/api/v1/push", labels={"job": "mimecast"})
    letters = world.postern("dead", "list", "-c", config).stdout
    found = [identity for identity, _ in receiver.seen()]
    check(len(receiver.refused) > 10 and letters.count("Loki: entry too far behind") == len(receiver.refused), letters)
    check(len(found) > 100 and len(found) == len(set(found)) and not set(found) & set(receiver.refused), f"{len(found)} entries")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_labels_that_make_a_stream_of_each_event_are_refused(world):
    account = world.account(world.simulate("--events", "1"), "acme")
    for labels, words in (({"id": "%{id}"}, "labels: id"), ({"user": "%{.user.email}"}, "labels: user"), ({"day": "%{date}"}, "labels: day"),
                          ({"a-b": "x"}, '"a-b" is no name'), ({"replay": "x"}, "replay is the label")):
        config = world.config(account, sink=declare(world, "loki", url="http://127.0.0.1:1", labels=labels))
        done = world.postern("run", "--once", "-c", config, code=78)
        check(words in done.stderr, done.stderr)


def test_whoever_may_not_write_loses_nothing(world):
    receiver = Loki(tenants={"acme"})
    config, _ = deliver(world, "loki", until=("the receiver answers 401: no org id", "heck tenant"), url=receiver.url)
    receiver.tenants = None
    for status, words in ((260, "may not write for now"), (200, "answers 204 when it has taken")):
        receiver.next_answers = [(status, "blocked")] * 1000
        world.run_until(config, words)
    receiver.next_answers, receiver.takes_metadata = [], False
    world.run_until(config, "llow structured metadata")
    receiver.takes_metadata = True
    world.run_once(config)
    check_all(world, config, receiver)
    receiver.stop()


def test_trial(world):
    receiver = Loki()
    sink = declare(world, "loki", name="trial", url=receiver.url, batch_events=300)
    trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver))
    check(receiver.known > 0, "no entry ever came again")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()

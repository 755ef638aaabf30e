"""The sink "kafka" against a mocked cluster: nothing is lost, and what repeats has the same id."""
import re
import shutil

from harness import check, wait_until
from servers.kafka import BROKERS, Kafka
from trial import Journal, trial


def servers_of(cluster):
    return ", ".join(f'"{server}"' for server in cluster.servers.split(","))


def sink(cluster, more="", topic="events", key="%{id}"):
    return (f'sink "trial" {{ type = "kafka", servers = {{ {servers_of(cluster)} }}, tls = false, topic = "{topic}", key = "{key}", '
            f'batch_events = 100, {more} }}')


def test_kills_lose_nothing_and_repeats_have_the_same_id(world):
    cluster = Kafka(world).add_topic("events", 32)
    troubles = (cluster.one_down, cluster.all_down, cluster.answering(6, 5), cluster.answering(19, 5))
    trial(world, sink(cluster, 'delivery_timeout = "10s"'), cluster.seen, troubles=troubles, may_repeat=True)


def test_several_batches_at_once(world):
    cluster = Kafka(world).add_topic("events", 32)
    trial(world, sink(cluster, "parallel = 4"), cluster.seen, troubles=(cluster.all_down,), may_repeat=True)


def test_brokers_that_come_and_go_repeat_nothing_while_postern_lives(world):
    cluster = Kafka(world).add_topic("events", 32)
    journal = Journal(world)
    daemon = world.daemon(journal.config(sink(cluster)))
    for number in range(3):
        wait_until(lambda least=number * 300: len(cluster.seen()) > least, "some have arrived")
        with cluster.one_down():
            cluster.fail_next(7, 3)  # timed out: written or not, nobody knows
        with cluster.all_down():
            pass
    wait_until(lambda: len(cluster.seen()) >= len(journal.expected()), "all have arrived")
    check(daemon.stop()[0] == 0, daemon.logged())
    lost, again, strange = journal.compare(cluster.seen())
    check(not lost and not again and not strange, (len(lost), again, len(strange)))


def test_what_a_message_carries(world):
    cluster = Kafka(world)
    for source in ("siem", "audit"):
        cluster.add_topic(f"postern-{source}")
    journal = Journal(world, events=60, sources=[f'source "{name}" {{ enabled = false }}' for name in (
        "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")])
    world.run_once(journal.config(sink(cluster, topic="postern-%{source}", key="%{account}")))
    lines = [line.split("|", 3) for source in ("siem", "audit") for line in cluster.read(f"postern-{source}", "%t|%k|%h|%s")]
    check(len(lines) == len(journal.expected()), f"{len(lines)} of {len(journal.expected())}")
    for topic, key, headers, text in lines:
        check(key == "acme" and f"postern-source={topic[8:]}" in headers, (topic, key, headers))
        given = dict(one.split("=") for one in headers.split(","))
        check(f'"postern_id":"{given["postern-id"]}"' in text and given["postern-received"].isdigit(), (headers, text))


def run_until_said(world, config, words, letters=0):
    daemon = world.daemon(config)
    wait_until(lambda: words in daemon.logged(), lambda: f"it says {words!r}: {daemon.logged()[-3000:]}")
    check(world.status(config)["journal"]["dead_letters"] == letters, "the dead letters are others")
    return daemon


def test_a_topic_that_may_not_be_written_waits(world):
    cluster = Kafka(world).add_topic("events")
    cluster.do("refuse events 29")  # it may not even be looked at
    journal = Journal(world, events=20)
    config = journal.config(sink(cluster))
    run_until_said(world, config, "llow this login to write").stop()
    cluster.do("refuse events 0")
    cluster.fail_next(29, 20)  # it may be looked at, and not be written
    run_until_said(world, config, "llow this login to write").stop()
    cluster.do("forget")
    world.run_once(config)
    lost, again, strange = journal.compare(cluster.seen())
    check(not lost and not again and not strange, (lost, again, strange))


def test_one_event_that_is_too_large_is_a_dead_letter(world):
    cluster = Kafka(world).add_topic("events")
    large = world.path / "large.lua"
    large.write_text('local count = 0\nreturn function(event) count = count + 1 '
                     'if count % 10 == 3 then event.filler = string.rep("x", 30000) end return event end\n')
    journal = Journal(world, events=60)
    config = journal.config(sink(cluster, 'max_message = "20KiB"'), scripts=(large,))
    world.run_once(config)
    lost, again, strange = journal.compare(cluster.seen())
    check(lost and not again and not strange, (lost, again, strange))
    check(world.status(config)["journal"]["dead_letters"] == len(lost), "the lost ones are no dead letters")


def one_source(world):
    """So that all batches but the last are full."""
    journal = Journal(world, events=60, sources=[f'source "{name}" {{ enabled = false }}' for name in (
        "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")])
    check(len(journal.expected()) >= 40, "there are enough")
    return journal


def refuse_some(world, journal, codes, more="batch_events = 4"):
    """Delivers the journal while the cluster answers so; (dead letters, their list, how many came again, how many
    were refused first)."""
    kept = world.path / "kept"
    if not kept.exists():
        shutil.copytree(world.state, kept)
    shutil.rmtree(world.state)
    shutil.copytree(kept, world.state)
    cluster = Kafka(world).add_topic("events", 1)
    for code in codes:
        cluster.fail_next(code, 1)
    # What is sent at once is one record batch: it lingers, and is not too large.
    config = journal.config(sink(cluster, f'linger = "300ms", {more}', key="one").replace("batch_events = 100, ", ""))
    done = world.run_once(config)
    lost, again, strange = journal.compare(cluster.seen())
    letters = world.status(config)["journal"]["dead_letters"]
    check(len(lost) == letters and not strange, f"{codes}: lost {len(lost)}, dead letters {letters}")
    together = re.search("refused ([0-9]+) messages together", done.stderr)
    check(together, done.stderr)
    return letters, world.postern("dead", "list", "-c", config).stdout, again, int(together[1])


def test_only_what_is_refused_alone_is_a_dead_letter(world):
    """A broker refuses all messages of a record batch for one of them, or for its own size."""
    journal = one_source(world)
    for code, words in ((10, "max.message.bytes"), (87, "an invalid record"), (18, "segment.bytes")):
        letters, _, again, count = refuse_some(world, journal, [code])  # these together, and no part of them
        check(letters == 0 and again == 0 and count > 3, f"{code}: {letters} dead letters, {again} again of {count}")
        # All of them, the first half, its first half, down to the first alone.
        letters, listed, again, _ = refuse_some(world, journal, [code] * count.bit_length())
        check(letters == 1 and again == 0 and words in listed and "alone" in listed, f"{code}: {letters}, {again}: {listed}")


def test_what_is_refused_together_waits_where_something_fails(world):
    """A failure while parts are sent again: what was accepted stays so, the rest comes with the next try and is no dead letter."""
    journal = one_source(world)
    for codes in ([10, 0, 42], [10, 10, 42]):
        letters, _, again, _ = refuse_some(world, journal, codes)
        check(letters == 0 and again == 0, f"{codes}: {letters} dead letters, {again} again")


def test_several_writes_are_refused_together(world):
    """One after the other sends its part again, while the rest wait for that."""
    letters, _, again, _ = refuse_some(world, one_source(world), [10] * 2, "batch_events = 8, parallel = 4")
    check(letters == 0 and again == 0, f"{letters} dead letters, {again} again")


def test_a_cluster_that_is_away_is_said_and_stopping_does_not_wait(world):
    cluster = Kafka(world).add_topic("events")
    journal = Journal(world, events=60)
    config = journal.config(sink(cluster, 'connect_timeout = "1s"'))
    with cluster.all_down():
        daemon = run_until_said(world, config, "no broker answers")
        code, _ = daemon.stop()
        check(code == 0 and "left alone" not in daemon.logged(), (code, daemon.logged()))
    world.run_once(config)
    lost, again, strange = journal.compare(cluster.seen())
    check(not lost and not again and not strange, (lost, again, strange))


def test_stopping_gives_up_what_is_not_acknowledged(world):
    """Brokers that answer only after minutes: the batch in hand is given up, and comes again."""
    cluster = Kafka(world).add_topic("events")
    for broker in BROKERS:
        cluster.do(f"stall {broker} 20 300000")
    journal = Journal(world, events=60)
    config = journal.config(sink(cluster))
    daemon = world.daemon(config)
    wait_until(lambda: cluster.seen(), "something is written and not acknowledged")
    code, _ = daemon.stop()
    check(code == 0 and "left alone" not in daemon.logged(), (code, daemon.logged()))
    another = Kafka(world).add_topic("events")
    config = journal.config(sink(another))
    world.run_once(config)
    lost, _, strange = journal.compare(another.seen())
    check(not lost and not strange, (lost, strange))


def test_settings_that_are_not_the_users_are_refused(world):
    cluster = Kafka(world)
    journal = Journal(world, events=20)
    secret = world.path / "secret"
    secret.write_text("hush-word")
    for setting, words in (('["enable.ssl.certificate.verification"] = "false"', "certificates are always checked"),
                           ('acks = "1"', "it is always all"),
                           ('["no.such.setting"] = "1"', 'no setting "no.such.setting"'),
                           (f'["linger.ms"] = file "{secret}"', "use the option linger"),
                           (f'["retry.backoff.ms"] = file "{secret}"', 'does not take the value of "retry.backoff.ms"')):
        done = world.postern("run", "--once", "-c", journal.config(sink(cluster, f"options = {{ {setting} }}")), code=78)
        check(words in done.stderr and "hush-word" not in done.stderr, done.stderr)


def test_what_stands_in_the_way_is_seen_before_anything_is_delivered(world):
    cluster = Kafka(world).add_topic("events")
    config = Journal(world, events=20).config(sink(cluster))
    cluster.do("refuse events 29")
    done = world.postern("sink", "test", "trial", "-c", config, code=78)
    check("Topic authorization failed" in done.stderr, done.stdout + done.stderr)
    cluster.do("refuse events 0")
    done = world.postern("sink", "test", "trial", "-c", config)
    check("3 brokers; answered by" in done.stdout and "topic events: 4 partitions" in done.stdout, done.stdout)
    [text] = cluster.read("events")
    check("postern_test" in text, text)

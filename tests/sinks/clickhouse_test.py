"""The sink clickhouse: inserts that are recognised, rows that are refused, exceptions by their number."""
from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.clickhouse import ClickHouse
from trial import trial

PASSWORD = {"password": "hush"}


def test_the_row_that_is_refused_is_a_dead_letter_and_exceptions_pass(world):
    receiver = ClickHouse()
    is_refused = OneIn(25)
    receiver.fails_row = lambda row: is_refused(row["id"])
    receiver.next_exceptions = [(252, "Too many parts"), (241, "Memory limit (total) exceeded")]
    config, done = deliver(world, "clickhouse", PASSWORD, url=receiver.url)
    letters = world.postern("dead", "list", "-c", config).stdout
    check(letters.count("Cannot parse DateTime: (at row") > 3, letters)
    check("Too many parts" in done.stderr, done.stderr)
    found = [identity for identity, _ in receiver.seen()]
    check(len(found) > 100 and len(found) == len(set(found)), f"{len(found)} events, {len(set(found))} different")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_a_missing_table_or_a_wrong_password_loses_nothing(world):
    receiver = ClickHouse(password="other", table="absent")
    config, log = deliver(world, "clickhouse", PASSWORD, until=("Authentication failed",), url=receiver.url)
    check("hush" not in log, log)
    receiver.password = "hush"
    world.run_until(config, "does not exist", "heck database and table")
    receiver.table = "mimecast"
    world.run_once(config)
    check(len({identity for identity, _ in receiver.seen()}) > 100, "they did not wait")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.stop()


def test_trial(world):
    receiver = ClickHouse()
    sink = declare(world, "clickhouse", PASSWORD, name="trial", url=receiver.url, batch_events=300)
    trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver))
    check(receiver.known > 0, "no insert ever came again")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()

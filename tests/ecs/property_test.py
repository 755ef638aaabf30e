"""Whatever Mimecast sends, what the packaged mapping makes of it is right: every line strict JSON with fields of ECS 8.17 of their
types, one line for each event, and nothing of an event lost.

POSTERN_ECS_EVENTS says how many fuzzed events there are. An event that failed, by its seed and line:
    tests/ecs/events.py LINE SEED | tail -n 1 | postern map -s ecs"""
import os
import random

import mapped
from harness import check

SEED = 1
# What the maps write, in events that are as they should be: were it missing, there would be nothing to check.
WRITTEN = """@timestamp client.ip destination.ip ecs.version email.attachments email.attachments.file.extension email.attachments.file.hash.md5
    email.attachments.file.hash.sha1 email.attachments.file.hash.sha256 email.attachments.file.mime_type email.attachments.file.name
    email.attachments.file.size email.direction email.from.address email.local_id email.message_id email.origination_timestamp email.subject email.to.address error.code
    error.message error.type event.action event.category event.created event.dataset event.id event.kind event.module event.outcome event.reason
    event.risk_score event.type file.extension file.name file.size observer.vendor organization.name related.hash related.hosts related.ip related.user rule.name
    source.domain source.ip tags threat.indicator.first_seen threat.indicator.modified_at threat.indicator.provider
    threat.indicator.type threat.indicator.file.hash.sha256 tls.cipher tls.established tls.version tls.version_protocol url.domain url.extension url.fragment url.full
    url.original url.path url.port url.query url.scheme user.domain user.email user.full_name user.name""".split()


def events_of(world, count):
    return int(os.environ.get("POSTERN_ECS_EVENTS", count // 10 if world.sanitized else count))


def expect_no_fault(world, *jobs):
    checkers = mapped.run_jobs(world.program("postern"), jobs, world.environment())
    for job, checker in zip(jobs, checkers, strict=True):
        check(checker.lines, f"{job}: no event at all")
        check(not checker.faults, lambda job=job, checker=checker: "\n".join([f"{job}:", *checker.report()]))
    return checkers


def test_fuzzed_events_of_all_sources(world):
    count = events_of(world, 100_000)
    checkers = expect_no_fault(world, ("stream", SEED, count // 2), ("stream", SEED + 1, count - count // 2))
    check(sum(checker.lines for checker in checkers) == count, "as many lines as events")
    seldom = [name for name in WRITTEN if sum(checker.seen.get(name, 0) for checker in checkers) < count // 5000]
    check(not seldom, f"hardly ever written: {seldom}")


def test_fuzzed_events_of_another_seed(world):
    seed = random.SystemRandom().randrange(10, 2**31)
    expect_no_fault(world, ("stream", seed, events_of(world, 20_000)))


def test_each_hostile_value_in_each_field(world):
    expect_no_fault(world, ("sweep", SEED))

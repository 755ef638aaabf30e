"""The sink "syslog" against the real rsyslog and syslog-ng: every transport, restarts, kills, a receiver that stands still."""
import json
import re

from harness import check, wait_until
from servers.certificates import Certificates
from servers.process import connections, seen_all
from servers.rsyslog import Rsyslog
from servers.syslog_ng import SyslogNg
from trial import Journal, trial

QUICK = 'timeout = "2s", connect_timeout = "2s", failback = "1s"'


def declared(*targets, options=QUICK, batch=100):
    listed = ", ".join(f'"{target}"' for target in targets)
    return f'sink "trial" {{ type = "syslog", target = {{ {listed} }}, max_size = "32KiB", batch_events = {batch}, {options} }}'


def deliver(world, journal, *targets, seen, options="", what=""):
    """All events to those targets, by one run; each arrives once."""
    world.run_once(journal.config(declared(*targets, options=f"{QUICK}, {options}")))
    lost, again, strange = journal.compare(seen_all(journal.expected(), seen))
    check(not lost and not again and not strange, f"{what or targets}: lost {len(lost)}, repeated {again}, strange {len(strange)}")


# ---- What arrives, by transport ----

def test_rsyslog_takes_tcp_in_both_framings_and_tells_the_fields(world):
    journal, server = Journal(world, 300), Rsyslog(world).start()
    deliver(world, journal, f"tcp://127.0.0.1:{server.tcp}", seen=server.seen,
            options='app = "mail", host = "gate", procid = "%{account}", severity = "err", facility = "user"')
    hostname, app, procid, msgid, pri, time, message = server.fields()[0].split("|", 6)
    check((hostname, app, procid, pri) == ("gate", "mail", "acme", "11"), server.fields()[0])
    check(json.loads(message.removeprefix(" ")) and msgid, message)
    check(re.search(rb'^<11>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z gate mail acme \S+ \[postern@32473 id="[0-9a-f]{32}" ',
                    server.raw()), server.raw()[:300])


def test_newline_framing_of_rfc3164(world):
    journal, server = Journal(world, 300), Rsyslog(world).start()
    deliver(world, journal, f"tcp://127.0.0.1:{server.tcp}", seen=server.seen,
            options='framing = "newline", format = "rfc3164", app = "mimecast", host = "gate"')
    check(re.match(rb"<134>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d gate mimecast: \{", server.raw()), server.raw()[:200])


def test_unix_sockets_of_both_kinds(world):
    journal = Journal(world, 300)
    for name in ("stream", "datagrams"):
        server = Rsyslog(world, name=f"rsyslog-{name}").start()
        config = journal.config(declared(f"unix://{server.folder}/{name}").replace('"trial"', f'"{name}"')).read_text()
        path = world.path / f"{name}.lua"
        path.write_text(config.replace('pipeline "trial"', f'pipeline "{name}"').replace('to = { "trial" }', f'to = {{ "{name}" }}'))
        world.run_once(path)
        lost, again, _ = journal.compare(seen_all(journal.expected(), server.seen))
        check(not lost and not again, f"{name}: lost {len(lost)}, repeated {again}")
        server.stop()


def test_udp_arrives_or_not_and_the_log_says_so(world):
    journal, server = Journal(world, 60), Rsyslog(world).start()
    done = world.run_once(journal.config(declared(f"udp://127.0.0.1:{server.udp}")))
    check("nobody knows what arrives" in done.stderr, done.stderr)
    wait_until(server.seen, "something arrives")


def test_tls_with_a_client_certificate(world):
    journal, certificates = Journal(world, 300), Certificates(world.path / "own")
    server = Rsyslog(world, certificates=certificates, client=True).start()
    deliver(world, journal, f"tls://127.0.0.1:{server.tcp}", seen=server.seen, options=certificates.known())
    check("non-properly terminated" not in server.log(), server.log)


def test_relp(world):
    journal, server = Journal(world, 300), Rsyslog(world).start()
    deliver(world, journal, f"relp://127.0.0.1:{server.relp}", seen=server.seen, options="window = 7")


def test_relp_with_tls(world):
    journal, certificates = Journal(world, 300), Certificates(world.path / "own")
    server = Rsyslog(world, certificates=certificates, client=True).start()
    deliver(world, journal, f"relps://127.0.0.1:{server.relp}", seen=server.seen, options=certificates.known())


def test_syslog_ng_takes_octet_counting_and_lines(world):
    journal, server = Journal(world, 300), SyslogNg(world).start()
    deliver(world, journal, f"tcp://127.0.0.1:{server.octet}", seen=server.seen, options='app = "mail", host = "gate"')
    check(re.match(rb"gate\|mail\|\S+\|info\|\{", server.messages()), server.messages()[:200])
    check("Invalid frame header" not in server.log(), server.log)


def test_syslog_ng_with_tls_wants_our_certificate(world):
    journal, certificates = Journal(world, 300), Certificates(world.path / "own")
    server = SyslogNg(world, certificates=certificates).start()
    target = f"tls://127.0.0.1:{server.octet}"
    expect_told(world, journal, target, options=certificates.trusted(), words=("TLS was refused", "client_certificate"))
    deliver(world, journal, target, seen=server.seen, options=certificates.known())


# ---- What does not fit together ----

def expect_told(world, journal, target, *, options="", words):
    """The delivery waits, and says these words."""
    config = journal.config(declared(target, options=f"{QUICK}, {options}" if options else QUICK))
    daemon = world.daemon(config)

    def told():
        texts = [f"{one.get('error', '')} {one.get('remedy', '')}" for one in world.status(config)["deliveries"]]
        return any(all(word in text for word in words) for text in texts)

    wait_until(told, lambda: f"{words} are told: {daemon.logged()[-3000:]}")
    daemon.stop()
    check(not world.status(config)["journal"]["dead_letters"], "dead letters of a mistake of configuration")


def test_tls_to_a_plain_port_and_the_reverse(world):
    journal, certificates = Journal(world, 60), Certificates(world.path / "own")
    plain, secure = Rsyslog(world, "plain").start(), SyslogNg(world, "secure", certificates=certificates).start()
    trusted = certificates.trusted()
    says_tls, says_none = ("the target says TLS", "one without"), ("the target says no TLS", "with TLS")
    expect_told(world, journal, f"tls://127.0.0.1:{plain.tcp}", options=trusted, words=says_tls)
    expect_told(world, journal, f"tcp://127.0.0.1:{secure.octet}", options=trusted, words=says_none)
    expect_told(world, journal, f"relps://127.0.0.1:{plain.relp}", options=trusted, words=("the target says TLS",))
    expect_told(world, journal, f"relp://127.0.0.1:{secure.octet}", options=trusted, words=("the target says RELP", "relps://"))
    expect_told(world, journal, f"relp://127.0.0.1:{plain.tcp}", options=trusted, words=("the target says RELP",))


def test_a_certificate_of_another_name_or_authority(world):
    journal, certificates, others = Journal(world, 60), Certificates(world.path / "own"), Certificates(world.path / "others")
    server = Rsyslog(world, certificates=certificates).start()
    target = f"tls://127.0.0.1:{server.tcp}"
    expect_told(world, journal, target, options=others.trusted(), words=("certificate is not accepted", "ca_file"))
    expect_told(world, journal, target, options=certificates.trusted() + ', server_name = "siem.example"',
                words=("certificate is not accepted", "server_name"))


def test_too_long_is_rejected_or_cut(world):
    journal, server = Journal(world, 300), Rsyslog(world).start()
    target = f"tcp://127.0.0.1:{server.tcp}"
    limit = 'max_size = "700B"'
    sink = declared(target, options=QUICK).replace('max_size = "32KiB"', limit)
    config = journal.config(sink)
    world.run_once(config)
    letters = world.status(config)["journal"]["dead_letters"]
    listed = world.postern("dead", "list", "-c", config).stdout
    check(0 < letters < len(journal.expected()) and "longer than max_size (700 bytes)" in listed, f"{letters}: {listed[:500]}")
    wait_until(lambda: len(set(server.seen())) >= len(journal.expected()) - letters, "the others have arrived")
    lost, _, _ = journal.compare(server.seen())
    check(len(lost) == letters, f"{len(lost)} did not arrive, and {letters} dead letters")


# ---- Receivers that go away ----

def test_fail_over_and_back(world):
    journal, first, second = Journal(world, 300), Rsyslog(world, "first"), Rsyslog(world, "second").start()
    config = journal.config(declared(f"relp://127.0.0.1:{first.relp}", f"relp://127.0.0.1:{second.relp}", batch=20))
    daemon = world.daemon(config)
    wait_until(lambda: not set(journal.expected()) - set(second.seen()), "the second takes over")
    check(f"messages go to relp://127.0.0.1:{second.relp} from now on" in daemon.logged(), daemon.logged)
    first.start()
    wait_until(lambda: f"messages go to relp://127.0.0.1:{first.relp} again" in daemon.logged(), "it goes back")
    daemon.stop()
    check(not first.seen(), "a message went to both")


def test_what_a_killed_receiver_had_not_read_is_sent_again(world):
    """A receiver that stands still has messages in its system only; then it dies."""
    journal, server = Journal(world, 300), Rsyslog(world).start()
    with server.standing_still(0):
        daemon = world.daemon(journal.config(declared(f"tcp://127.0.0.1:{server.tcp}", batch=20)))
        wait_until(lambda: "acknowledged nothing" in daemon.logged(), "no more goes into the receiver's system")
        server.kill()
    check(not server.seen(), "it did not stand still")
    server.start()
    lost, _, _ = journal.compare(seen_all(journal.expected(), server.seen, 60))
    check(not lost and "were sent again" in daemon.logged(), f"{len(lost)} are lost: {daemon.logged()}")
    daemon.stop()


def test_a_receiver_that_closes_at_once_gets_nothing_counted_as_delivered(world):
    """Lines to a port that counts octets: nothing is lost, though the receiver's system had acknowledged it."""
    journal, server = Journal(world, 60), SyslogNg(world).start()
    target = f"tcp://127.0.0.1:{server.octet}"
    expect_told(world, journal, target, options='framing = "newline"', words=("after the first messages", "framing"))
    deliver(world, journal, target, seen=server.seen)


def test_an_idle_connection_is_closed_by_us_and_nothing_is_lost(world):
    journal, server = Journal(world, 300), Rsyslog(world).start()
    options = QUICK + ', idle_close = "1s"'
    daemon = world.daemon(journal.config(declared(f"tcp://127.0.0.1:{server.tcp}", options=options)))
    wait_until(lambda: not set(journal.expected()) - set(server.seen()), "all has arrived")
    wait_until(lambda: not connections(server.tcp), "the connection is closed")
    check("may be lost" not in daemon.logged(), daemon.logged)
    daemon.stop()


# ---- The trial ----

def tried(world, server, target, seen, **more):
    journal = Journal(world)
    return trial(world, declared(target, options='timeout = "2s", connect_timeout = "2s"'),
                 lambda: seen_all(journal.expected(), seen), may_repeat=True, journal=journal, **more)


def test_relp_loses_nothing_whatever_dies(world):
    server = Rsyslog(world).start()
    tried(world, server, f"relp://127.0.0.1:{server.relp}", server.seen,
          troubles=(server.killed, server.restarted, server.standing_still))


def test_tcp_and_a_receiver_that_is_killed(world):
    """With rsyslog's queue in memory: what it had read and not written is lost with it, unless that is young enough to be sent again.
    The count is printed; a loss that is larger than what the queue held would be ours."""
    server, journal = Rsyslog(world, queue='queue.type="linkedlist" queue.size="500"').start(), Journal(world)
    config = journal.config(declared(f"tcp://127.0.0.1:{server.tcp}"))
    daemon = world.daemon(config)
    for _ in range(3):
        count = len(server.seen())
        wait_until(lambda: len(server.seen()) > count or not set(journal.expected()) - set(server.seen()), "some have arrived")
        with server.killed(0.1):
            pass
    wait_until(lambda: journal.is_delivered(config), "all is sent")
    daemon.stop()
    lost, again, strange = journal.compare(seen_all(journal.expected(), server.seen, 5))
    print(f"{len(journal.expected())} events, a receiver killed 3 times: lost {len(lost)}, repeated {again}")
    check(len(lost) <= 3 * 500 and not strange, f"lost {len(lost)}")


def test_tcp_loses_nothing_when_receivers_restart_in_order(world):
    server = Rsyslog(world).start()
    tried(world, server, f"tcp://127.0.0.1:{server.tcp}", server.seen, troubles=(server.restarted, server.standing_still))


def test_tcp_loses_nothing_when_syslog_ng_restarts_in_order(world):
    server = SyslogNg(world).start()
    tried(world, server, f"tcp://127.0.0.1:{server.octet}", server.seen, troubles=(server.restarted, server.standing_still))

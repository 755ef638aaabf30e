"""The sink sumo: a URL that lets in, headers that describe, and a 408 that stored a part."""
import json

from declare import declare, deliver, ids_of, troubles
from harness import check
from servers.sumo import Sumo
from trial import STAMP, trial


def test_the_url_is_a_secret_and_a_wrong_one_loses_nothing(world):
    receiver = Sumo(code="right")
    said = "the receiver answers 401: Unauthorized", "whole URL as the console shows it"
    config, log = deliver(world, "sumo", {"url": f"{receiver.url}/receiver/v1/http/wrong-code"}, until=said, script=STAMP)
    shown = json.dumps(world.status(config)) + log + world.postern("sink", "list", "-c", config).stdout
    check("wrong-code" not in shown, "the URL is shown")
    done = world.postern("sink", "test", "files", "-c", config, code=None)
    check("wrong-code" not in done.stdout + done.stderr and "answered 401" in done.stdout, done.stdout + done.stderr)
    receiver.fault("reset")  # it takes the request, and ends without a word
    done = world.postern("sink", "test", "files", "-c", config, code=None)
    check("wrong-code" not in done.stdout + done.stderr and "no answer" in done.stdout, done.stdout + done.stderr)
    receiver.kill()
    log = world.run_until(config, "no connection")
    check("wrong-code" not in log and "/receiver/" not in log, log)
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.start()
    receiver.code, receiver.wrong = "wrong-code", []
    world.run_once(config)
    check(len(set(ids_of(receiver))) > 100, "they did not wait")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_events_are_described_by_headers_and_long_ones_are_not_sliced(world):
    receiver = Sumo()
    long_one = 'return function(event, ctx) event.postern_id = ctx.id ' \
               'if ctx.id:sub(1, 1) == "0" then event.x = string.rep("x", 70000) end return event end\n'
    config, _ = deliver(world, "sumo", {"url": receiver.source}, script=long_one, fields="account=%{account},kind=%{type}")
    found = ids_of(receiver)
    check(len(found) > 100 and len(found) == len(set(found)), f"{len(found)} events, {len(set(found))} different")
    check("it is longer than max_event" in world.postern("dead", "list", "-c", config).stdout, "what is too long went")
    names = {headers["x-sumo-category"] for headers in receiver.last_headers}
    check(len(names) > 2 and all(name.startswith("mimecast/") for name in names), names)
    check(all(headers["x-sumo-fields"].startswith("account=acme,kind=") and headers["x-sumo-host"] == "acme"
              for headers in receiver.last_headers), receiver.last_headers[:2])
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_what_was_stored_in_part_comes_again_with_the_same_ids(world):
    receiver = Sumo()
    receiver.halves = 3
    deliver(world, "sumo", {"url": receiver.source}, script=STAMP, max_events=50)
    found = ids_of(receiver)
    check(len(set(found)) > 100 and receiver.halves == 0, f"{len(set(found))} events")
    check(0 < len(found) - len(set(found)) <= 75, f"{len(found) - len(set(found))} came again")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = Sumo()
    receiver.halves = 3
    sink = declare(world, "sumo", {"url": receiver.source}, name="trial", batch_events=300)
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()

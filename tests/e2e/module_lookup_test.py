"""`postern module test` on lookups: the checks of sources, with parameters in the place of a pass."""
import json
import time

from harness import check
from module_test_test import as_told, ask_simulator, built, failed, make_case, run

# The flaws of broken_lookup.c: which check finds each, and in which words.
FLAWS = {
    "next": ("next", "asked again at another time, next makes another request"),
    "again": ("again", "keeps a state"),
    "damaged": ("damaged", "taken for whole with 0 of 3 events"),
    "refused": ("refused", "with HTTP status 400 it succeeds"),
    "arena": ("arena", "crashed with signal 11 (Segmentation fault) in next"),
    "position": ("memory", "the position, left by on_response, is overwritten by later calls"),
    "object": ("events", "line 1 of events.ndjson"),
}


def make_cases(world):
    folder, words = world.path / "cases", {"lookup": "trace", "parameters": {"word": "a b", "since": "2h"}, "now": 10_000_000}
    make_case(folder / "1-first", {"found": [{"n": n} for n in range(3)], "next": "two"}, **words)
    make_case(folder / "2-last", {"found": [{"n": n} for n in range(3, 6)]}, position="two", **words)
    return folder


def test_a_lookup_is_recorded_and_held_against_that(world):
    folder, file = make_cases(world), built(world, "e2e-broken/broken_lookup_none.so")
    run(world, file, "--fixtures", folder, "--record")
    check(json.loads((folder / "1-first/request.json").read_text())["path"] == "/find?since=2800000&word=a%20b&page=_", "another request")
    check((folder / "2-last/events.ndjson").read_text().splitlines()[0] == '{"type":"trace","time":0,"event":{"n": 3}}', "another result")
    after = [json.loads((folder / name / "after.json").read_text()) for name in ("1-first", "2-last")]
    check([(one["outcome"], one["position"]) for one in after] == [("more", "two"), ("end", "")], after)
    checks = run(world, file, "--fixtures", folder, "--lookup", "trace")
    check(all(item["finding"] == "passed" for item in checks.values()) and "lookup trace: concurrent" in checks, checks)


def test_each_flaw_of_a_lookup_is_found_by_the_check_for_it(world):
    folder = make_cases(world)
    run(world, built(world, "e2e-broken/broken_lookup_none.so"), "--fixtures", folder, "--record")
    for flaw, (name, words) in FLAWS.items():
        found = failed(run(world, built(world, f"e2e-broken/broken_lookup_{flaw}.so"), "--fixtures", folder, "--check", name, code=1))
        check(list(found) == [f"lookup trace: {name}"] and as_told(world, words) in str(found), f"{flaw}: {found}")


def test_what_is_wrong_with_a_case_is_said(world):
    file = built(world, "e2e-broken/broken_lookup_none.so")
    for words, said in (({"parameters": {"words": "x"}}, '"words" is none of its parameters'),
                        ({"parameters": {"since": "x"}}, "--since takes a point in time"),
                        ({"parameters": {"word": ["a", "b"]}}, "--word comes more than once"),
                        ({"auth": "other"}, "names no authentication")):
        folder = world.path / said[:12].replace(" ", "-")
        make_case(folder / "case", {"found": []}, lookup="trace", **words)
        checks = run(world, file, "--fixtures", folder, "--check", "next", code=1)
        check(said in checks["lookup trace: next"]["seen"], checks)
    world.postern("module", "test", file, "--lookup", "nope", code=2)
    world.postern("module", "test", file, "--lookup", "trace", "--option", "word=x", code=2)


def test_mimecast_s_trace_with_what_the_simulator_answers(world):
    """With details, which are asked for one by one, and without: each answer becomes a case, whose position leads to the next."""
    simulator = world.simulate("--events", "2000", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    file, folder = built(world, "modules/mimecast.so"), world.path / "cases"
    for details in (False, True):
        position, pages = "", 0
        while pages == 0 or (position and pages < 4):
            case = folder / f"{details}-{pages}"
            make_case(case, {}, lookup="trace", auth="mimecast/2.0", position=position, now=int(time.time() * 1000),
                      parameters={"from": "@", **({"details": True} if details else {})})
            run(world, file, "--lookup", "trace", "--fixtures", folder, "--record", "--check", "next")
            body, _ = ask_simulator(world, simulator, json.loads((case / "request.json").read_text()))
            (case / "answer.json").write_bytes(body)
            run(world, file, "--lookup", "trace", "--fixtures", folder, "--record", "--check", "events")
            position, pages = json.loads((case / "after.json").read_text())["position"], pages + 1
        check(pages > 1 or not details, "no details were asked for")
    checks = run(world, file, "--lookup", "trace", "--fixtures", folder)
    check(all(item["finding"] == "passed" for item in checks.values()), failed(checks))

"""What the author of a script is told: by map, check, test, and by a daemon."""
from harness import check


def rows_behind(text, head):
    """The indented lines behind the line that begins with `head`."""
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines) if line.startswith(head)), None)
    check(at is not None, f"no line begins with {head!r}:\n{text}")
    rows = []
    for line in lines[at + 1:]:
        if not line.startswith("  "):
            break
        rows.append(line.strip())
    return rows


def test_map_names_what_a_map_could_not_read(world):
    script = world.path / "ips.lua"
    script.write_text('local map = postern.map\nlocal field = map.field\nreturn map {\n'
                      '  { "source.ip", field "IP":ip() },\n  { "size", field("Size", "Bytes"):integer() },\n}\n')
    events = world.path / "events.ndjson"
    events.write_text('{"IP":"192.0.2.1","Size":"7"}\n\n{"IP":"Internal IP"}\n{"IP":"\\u001b[31mred","Bytes":"many"}\n')
    done = world.postern("map", "-s", script, events)
    rows = rows_behind(done.stderr, "postern: what a map could not read")
    check(rows == [f'source.ip: field "IP" is no IP address (ip): 2 events, first {events}:3: "Internal IP" (map at {script}:3)',
                   f'size: field "Size" or "Bytes" is no whole number (integer): 1 event, first {events}:4: "many" '
                   f'(map at {script}:3)'], rows)
    check("3 kept, 0 dropped, 0 failed" in done.stderr, done.stderr)
    events.write_text('{"IP":"192.0.2.1","Size":"7"}\n')
    check(world.postern("map", "-s", script, events).stderr == "", "there is nothing to say")


def test_a_misspelt_name_is_refused_when_the_script_is_loaded(world):
    script = world.path / "triage.lua"
    script.write_text("return function(event)\n  event.seen = true\n  return evnt\nend\n")
    (world.path / "triage_test.lua").write_text('return { { name = "keeps", input = {}, expect = { seen = true } } }\n')
    words = f'{script}:3: there is no variable "evnt", did you mean "event"?'
    said = world.postern("map", "-s", script, stdin='{"a":1}\n', code=78)
    check(words in said.stderr and said.stdout == "", said)
    said = world.postern("test", world.path / "triage_test.lua", code=1)
    check(words in said.stdout, said)
    simulator = world.simulate("--events", "10", "--history", "1h", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), transform=f'"{script}"')
    for command in (["check"], ["run", "--once"]):
        said = world.postern(*command, "-c", config, code=78)
        check(words in said.stderr + said.stdout, said)
    script.write_text("return function(event)\n  event.seen = true\n  return event\nend\n")
    world.postern("test", world.path / "triage_test.lua")

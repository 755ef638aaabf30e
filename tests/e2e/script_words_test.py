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
                   f'size: field "Bytes" is no whole number (integer): 1 event, first {events}:4: "many" '
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


LUA = 'return function(e, ctx) e.team = ctx.lookup("teams.csv", e.d) return e end\n'
EVENT = '{"d":"example.com"}\n'


def test_a_lookup_file_that_is_no_utf8_is_refused(world):
    script = world.path / "teams.lua"
    text = "domain,team\r\nexample.com,röd\r\n"
    script.write_text(LUA)
    for encoding, words in (("utf-16", "it looks like UTF-16"), ("utf-16-le", "it looks like UTF-16"),
                            ("utf-16-be", "it looks like UTF-16"), ("utf-32", "it looks like UTF-32"),
                            ("utf-32-be", "it looks like UTF-32"), ("latin-1", "line 2 is no UTF-8")):
        for name in ("teams.csv", "teams.json"):
            script.write_text(LUA.replace("teams.csv", name))
            (world.path / name).write_bytes((text if name == "teams.csv" else '{\n"example.com":"röd"}').encode(encoding))
            said = world.postern("map", "-s", script, stdin=EVENT, code=78).stderr
            check(words in said and "save it as UTF-8" in said and name in said, (encoding, said))
    script.write_text(LUA)
    for mark in ("", "\ufeff"):
        (world.path / "teams.csv").write_bytes((mark + text).encode())
        out = world.postern("map", "-s", script, stdin=EVENT).stdout
        check('"team":"röd"' in out, out)
        script.write_text(LUA.replace("teams.csv", "teams.json"))
        (world.path / "teams.json").write_bytes((mark + '{"example.com":"röd"}\r\n').encode())
        out = world.postern("map", "-s", script, stdin=EVENT).stdout
        check('"team":"röd"' in out, out)
        script.write_text(LUA)


def test_byte_order_marks_of_what_map_reads(world):
    script = world.path / "keep.lua"
    script.write_bytes(b"\xef\xbb\xbfreturn function(e)\r\n  return e\r\nend\r\n")
    events = world.path / "events.ndjson"
    for options in (["-s", script], []):
        for text in ("{}\r\n{}", "{}\n", "{}", '{"a":1}\r\n{"b":2}\r\n', ""):
            events.write_bytes(b"\xef\xbb\xbf" + text.encode())
            done = world.postern("map", *options, events)
            check(done.stdout.split() == text.split(), (text, done))
        for encoding, name in (("utf-16", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32-le", "UTF-32")):
            events.write_bytes('{"a":1}\n{"b":2}\n'.encode(encoding))
            done = world.postern("map", *options, events, code=1)
            words = f"{events}: the file is no UTF-8 (it looks like {name}): save it as UTF-8"
            check(done.stdout == "" and done.stderr.count(words) == 1 and len(done.stderr.splitlines()) <= 2, done)
    script.write_bytes("return function(e) return e end".encode("utf-16"))
    said = world.postern("map", "-s", script, stdin="{}", code=78).stderr
    check("the file is no UTF-8 (it looks like UTF-16): save it as UTF-8" in said and str(script) in said, said)


def test_a_configuration_with_a_byte_order_mark(world):
    simulator = world.simulate("--events", "10", "--history", "1h", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"))
    text = config.read_text()
    config.write_bytes(("\ufeff" + text.replace("\n", "\r\n")).encode())
    world.postern("check", "-c", config)
    config.write_bytes(text.encode("utf-16"))
    said = world.postern("check", "-c", config, code=78)
    check("the file is no UTF-8 (it looks like UTF-16): save it as UTF-8" in said.stdout + said.stderr, said)


def test_map_says_why_events_were_dropped(world):
    script = world.path / "triage.lua"
    script.write_text('return function(e)\n  if e.n == 1 then return nil, "too small" end\n  if e.n == 2 then return nil end\n'
                      '  if e.n == 3 then return {} end\n  return e\nend\n')
    lines = "".join(f'{{"n":{n}}}\n' for n in (1, 2, 3, 4, 1, 1))
    said = world.postern("map", "-s", script, stdin=lines).stderr
    check(rows_behind(said, "postern: 5 events were dropped:") == ["3: too small", "2: no reason given"], said)
    check("1 kept, 5 dropped, 0 failed" in said, said)
    script.write_text("return function(e)\n  e.seen = true\nend\n")
    said = world.postern("map", "-s", script, stdin=lines).stderr
    check('the script returned nothing for all 6 events: does it end with "return event"?' in said, said)
    script.write_text('return function(e) return nil, "reason " .. e.n end\n')
    said = world.postern("map", "-s", script, stdin="".join(f'{{"n":{n}}}\n' for n in range(100))).stderr
    check(rows_behind(said, "postern: 100 events were dropped:")[-1] == "70: other reasons", said)


def test_map_names_where_it_looked_for_a_script(world):
    for name in ("./nosuch.lua", "nosuch.lua", "no/such"):
        said = world.postern("map", "-s", name, stdin="{}\n", code=78).stderr
        check(f"cannot open {name}: No such file or directory" in said and "share" not in said, said)
    said = world.postern("map", "-s", world.path, stdin="{}\n", code=78).stderr
    check(str(world.path) in said, said)


def test_status_says_why_events_were_dropped(world):
    script = world.path / "triage.lua"
    script.write_text('return function(e, ctx)\n  if ctx.source == "audit" then return nil, "audit is not wanted" end\n'
                      '  if ctx.source == "siem" then return nil end\n  return e\nend\n')
    simulator = world.simulate("--events", "600", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), transform=f'"{script}"')
    world.run_once(config)
    delivery = world.status(config)["deliveries"][0]
    reasons = {row["reason"]: row["events"] for row in delivery["drop_reasons"]}
    check(set(reasons) == {"audit is not wanted", ""} and sum(reasons.values()) == delivery["dropped"] > 0, delivery)
    text = world.postern("status", "-c", config, code=None).stdout
    check(f'dropped {reasons[""]}: no reason given' in text
          and f'dropped {reasons["audit is not wanted"]}: audit is not wanted' in text, text)

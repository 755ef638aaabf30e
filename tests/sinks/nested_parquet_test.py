"""Nested columns in Parquet: each row, as a reader of another family has it, against the event's own JSON."""
import datetime
import gzip
import json
import pathlib

from harness import check
from parquet_test import read, sink, store_for
from trial import Journal

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples/scripts"
SCHEMA = """postern_id  string
flat      int64
tags      list<string>
matrix    list<list<int64>>
who       struct
  name    string
  flags   list<boolean>
  place   struct
    x     double
    when  timestamp
items     list<struct>
  id      int64
  subs    list<struct>
    n     int64
    words list<string>
  note    json
"""
RANDOM = """local state
local function chance(n) state = (state * 1103515245 + 12345) % 2147483648 return (state // 65536) % n end
local function some(make) local c = chance(4) if c == 0 then return nil end if c == 1 then return postern.null end return make() end
local function list(make)
  local all = postern.list {}
  for i = 1, chance(4) do local value = make() if value == nil then value = postern.null end all[i] = value end
  return all
end
local function number() return chance(1000) - 500 end
local function text() return "w" .. chance(50) .. "é" end
return function(event, ctx)
  state = tonumber(string.sub(ctx.id, 1, 7), 16)
  return {
    postern_id = ctx.id, flat = some(number), tags = some(function() return list(text) end),
    matrix = some(function() return list(function() return some(function() return list(number) end) end) end),
    who = some(function() return { name = some(text), flags = some(function() return list(function() return chance(2) == 0 end) end),
      place = some(function() return { x = chance(100) / 8, when = some(function() return 1764244800000 + chance(100000) end), z = 1 } end) } end),
    items = some(function() return list(function() return some(function() return { id = some(number),
      subs = some(function() return list(function() return { n = some(number), words = some(function() return list(text) end) } end) end),
      note = some(function() return { any = number() } end) } end) end) end),
  }
end
"""


def fields_of(lines):
    """The schema file as (name, lists, type or fields)."""
    fields = []
    while lines:
        indent = len(lines[0]) - len(lines[0].lstrip())
        name, kind, *_ = lines.pop(0).split()
        inner = []
        while lines and len(lines[0]) - len(lines[0].lstrip()) > indent:
            inner.append(lines.pop(0))
        kind, lists = kind.replace("list<", "").rstrip(">"), kind.count("list<")
        fields.append((name, lists, fields_of(inner) if kind == "struct" else kind))
    return fields


def schema_of(text):
    lines = [line.split("#")[0].rstrip() for line in text.splitlines()]
    return fields_of([line for line in lines if line])


def rough(value):
    """JSON as the reader has it, which reads numbers into doubles."""
    return json.loads(value if isinstance(value, str) else json.dumps(value), parse_int=float)


def wanted(value, lists, kind):
    """An event's value as its column has it."""
    if value is None:
        return None
    if lists:
        return [wanted(one, lists - 1, kind) for one in value]
    if isinstance(kind, list):
        return {name: wanted(value.get(name), inner_lists, inner) for name, inner_lists, inner in kind}
    if kind == "int64":
        return f"int:{value}"
    if kind == "json":
        return rough(value)
    if kind == "timestamp":
        moment = datetime.datetime.fromtimestamp(value / 1000, datetime.timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def given(value, lists, kind):
    """A value as the reader gives it, with what it leaves open made plain: what is absent in a struct is null."""
    if value is None:
        return None
    if lists:
        return [given(one, lists - 1, kind) for one in value]
    if isinstance(kind, list):
        return {name: given(value.get(name), inner_lists, inner) for name, inner_lists, inner in kind}
    return rough(value) if kind == "json" else value


def deliver(world, store, journal, script, schema):
    """The same events as rows and as lines, both by that key."""
    plain = sink(store, 'key = "plain/%{source}/%{token}.%{suffix}"').replace('"trial"', '"plain"').replace('format = "parquet",', "")
    nested = sink(store, f'schema = "{schema}", key = "nested/%{{source}}/%{{token}}.%{{suffix}}"')
    config = journal.config(nested + "\n" + plain, scripts=[script])
    config.write_text(config.read_text().replace('to = { "trial" }', 'to = { "trial", "plain" }'))
    world.run_once(config)
    parts = {folder: [content for name, content in store.objects.items() if name.startswith(folder)] for folder in ("nested/", "plain/")}
    rows = [row for table in read(world, parts["nested/"]) for row in table["rows"]]
    return rows, [json.loads(line) for content in parts["plain/"] for line in gzip.decompress(content).splitlines()]


def check_rows(rows, events, schema, key):
    by_key = {key(event): event for event in events}
    check(len(rows) == len(events) == len(by_key) > 100, f"{len(rows)} rows, {len(events)} events")
    for row in rows:
        event = by_key.pop(key(row))
        for name, lists, kind in schema:
            left, right = given(row.get(name), lists, kind), wanted(event.get(name), lists, kind)
            check(left == right, lambda: f"{name}: {json.dumps(left)} is not {json.dumps(right)}")  # noqa: B023
    check(not by_key, "each event is a row")


def test_random_values(world):
    with store_for(world) as store:
        journal, script, columns = Journal(world, events=900), world.path / "random.lua", world.path / "columns"
        script.write_text(RANDOM)
        columns.write_text(SCHEMA)
        rows, events = deliver(world, store, journal, script, columns)
        check_rows(rows, events, schema_of(SCHEMA), lambda row: row["postern_id"])
        for row in rows:  # "z" is in no column: all of its member is kept beside
            odd = bool(((row.get("who") or {}).get("place") or {}).get("x") is not None)
            rest = json.loads(row["rest"]) if isinstance(row["rest"], str) else row["rest"] or {}
            check(rest.keys() == ({"who"} if odd else set()), f"{row}")


def test_the_example_for_security_lake(world):
    """Every field that the packaged mapping fills has its column."""
    with store_for(world) as store:
        columns = EXAMPLES / "ocsf/email_activity.columns"
        rows, events = deliver(world, store, Journal(world, events=900), EXAMPLES / "ocsf_email_activity.lua", columns)
        check_rows(rows, events, schema_of(columns.read_text()), lambda row: row["metadata"]["uid"])
        left = [row["rest"] for row in rows if row["rest"] is not None]
        check(not left, f"{len(left)} rows have more than the columns, such as {left[:1]}")

"""Objects in Parquet, read back with a reader of another family."""
import json
import pathlib
import subprocess

from harness import check
from servers.npm import installed
from servers.strict_store import StrictS3
from trial import Journal, trial

READER = pathlib.Path(__file__).parent / "servers/read_parquet.mjs"
TYPES = """return function(event, ctx)
  local n = tonumber(string.sub(ctx.id, 1, 4), 16)
  return { postern_id = ctx.id, number = n, long = n * 4294967296, half = n + 0.5, flag = n % 2 == 0, text = 'a "quoted" \\n ü€𝄞 ' .. n,
           when = "2026-11-27T04:00:00.25+01:00",
           exactly = "2026-11-27T04:00:00.123456Z", cut = "2026-11-27T04:00:00.123456Z", mixed = n % 3 == 0 and n or "text", nested = { inner = { deep = n } },
           list = { n, "x" }, sometimes = n % 5 == 0 and n or nil }
end
"""
SCHEMA = """# column  type  path
event_id   string     %{id}
number     int64
half       double
flag       boolean
when       timestamp            # a remark
exactly    timestamp_us
cut        timestamp
deep       int64      nested.inner.deep
list       json
mixed      int64
received   timestamp  %{received}
absent     string
"""


def store_for(world):
    world.variables.update(S3_ACCESS="AKIDPOSTERN", S3_SECRET="not/a+real/secret")
    return StrictS3({"AKIDPOSTERN": "not/a+real/secret"})


def sink(store, more):
    return (f'sink "trial" {{ type = "s3", bucket = "logs", region = "eu-west-1", endpoint = "{store.url}", access_key = env "S3_ACCESS", '
            f'secret_key = env "S3_SECRET", format = "parquet", batch_events = 300, {more} }}')


def read(world, contents):
    """What the other reader finds in each object; one process of it for many, because its start takes longer than reading."""
    modules = installed(world, {"hyparquet": "1.33.0", "hyparquet-compressors": "1.1.2"})
    for begin in range(0, len(contents), 100):
        files = []
        for number, content in enumerate(contents[begin:begin + 100]):
            files.append(str(world.path / f"object-{number}.parquet"))
            pathlib.Path(files[-1]).write_bytes(content)
        done = subprocess.run(["node", str(READER), str(modules), *files], capture_output=True, text=True, check=False)
        check(done.returncode == 0, lambda: f"the reader refuses a file: {done.stderr[-2000:]}")
        yield from map(json.loads, done.stdout.split("\n")[:-1])


def script_for(world):
    script = world.path / "types.lua"
    script.write_text(TYPES)
    return script


def whole(number):
    """An int64 as the reader prints it."""
    return f"int:{number}"


def test_columns_of_a_schema(world):
    with store_for(world) as store:
        journal, schema = Journal(world, events=600), world.path / "columns"
        schema.write_text(SCHEMA)
        for compression, codec in (("gzip", "GZIP"), ("zstd", "ZSTD"), ("none", "UNCOMPRESSED")):
            key = f'key = "{compression}/%{{source}}/%{{token}}.%{{suffix}}", compression = "{compression}"'
            name = f'"{compression}"'
            declared = sink(store, f'schema = "{schema}", {key}').replace('sink "trial"', f"sink {name}")
            config = journal.config(declared, scripts=[script_for(world)])
            config.write_text(config.read_text().replace('pipeline "trial"', f"pipeline {name}").replace('to = { "trial" }', f"to = {{ {name} }}"))
            world.run_once(config)
            rows = []
            for table in read(world, [content for name, content in store.objects.items() if name.startswith(compression)]):
                check(table["codecs"] == [codec], f"{table['codecs']}")
                check([column[0] for column in table["columns"]] == ["event_id", "number", "half", "flag", "when", "exactly", "cut", "deep", "list", "mixed",
                                                                     "received", "absent", "rest"], f"{table['columns']}")
                check(table["count"] == str(len(table["rows"])), table["count"])
                rows += table["rows"]
            check(journal.compare(row["event_id"] for row in rows) == ([], 0, []), "each event is a row, once")
            for row in rows:
                check_row(row)


def check_row(row):
    n = int(row["event_id"][:4], 16)
    rest = row["rest"] if isinstance(row["rest"], dict) else json.loads(row["rest"])
    listed = row["list"] if isinstance(row["list"], list) else json.loads(row["list"])
    check((row["number"], row["half"], row["flag"], row["deep"]) == (whole(n), n + 0.5, n % 2 == 0, whole(n)), f"{row}")
    check(row["when"] == "2026-11-27T03:00:00.250Z" and row["received"].startswith("20") and row["absent"] is None, f"{row}")
    check(row["exactly"] == "2026-11-27T04:00:00.123456Z" and row["cut"] == "2026-11-27T04:00:00.123Z", f"{row}")
    check(rest["cut"] == "2026-11-27T04:00:00.123456Z" and "exactly" not in rest and "when" not in rest, f"{rest}")
    check(listed == [n, "x"], f"{row}")
    check(row["mixed"] == (whole(n) if n % 3 == 0 else None), f"{row}")
    check(rest["text"] == f'a "quoted" \n ü€𝄞 {n}' and rest["nested"] == {"inner": {"deep": n}}, f"{rest}")
    check(("mixed" in rest) == (n % 3 != 0) and "number" not in rest and "list" not in rest, f"{rest}")


def test_inferred_columns(world):
    with store_for(world) as store:
        journal = Journal(world, events=900)
        world.run_once(journal.config(sink(store, 'key = "%{source}/%{token}.%{suffix}"'), scripts=[script_for(world)]))
        rows, large = [], 0
        for table in read(world, list(store.objects.values())):
            types = {name: (kind, converted) for name, kind, converted in table["columns"]}
            if len(table["rows"]) > 50:  # of every kind of value
                large += 1
                wanted = {"number": ("INT64", None), "half": ("DOUBLE", None), "flag": ("BOOLEAN", None), "text": ("BYTE_ARRAY", "UTF8"),
                          "mixed": ("BYTE_ARRAY", "UTF8"), "rest": ("BYTE_ARRAY", "JSON"), "postern_received": ("INT64", "TIMESTAMP_MILLIS")}
                check(wanted.items() <= types.items() and "nested" not in types and "list" not in types, f"{types}")
            times = [row["postern_time"] for row in table["rows"]]
            check(times == sorted(times), "rows are by time")
            rows += table["rows"]
        check(large, "no object was large enough to look at")
        check(journal.compare(row["postern_id"] for row in rows) == ([], 0, []), "each event is a row, once")
        for row in rows:
            n = int(row["postern_id"][:4], 16)
            check(row["text"] == f'a "quoted" \n ü€𝄞 {n}' and row["postern_account"] == "acme", f"{row}")
            check(str(row["mixed"]).removeprefix("int:") == (str(n) if n % 3 == 0 else "text"), f"{row}")


def test_the_layout_of_security_lake_and_faults(world):
    with store_for(world) as store:
        store.faults.extend(["cut"] * 3)
        key = 'key = "ext/mimecast/region=eu-west-1/accountId=123456789012/eventDay=%{event_day}/%{batch}-%{token}.%{suffix}"'

        def seen():
            return (row["postern_id"] for table in read(world, list(store.objects.values())) for row in table["rows"])

        trial(world, sink(store, f'{key}, compression = "zstd", parallel = 2'), seen)
        check(all("/eventDay=20" in name and name.endswith(".parquet") for name in store.objects), f"{list(store.objects)[:3]}")


LINES = """return function(event, ctx)
  if string.sub(ctx.id, -1) < "4" then return postern.line("CEF:0|x|" .. ctx.id) end
  return event
end
"""


def test_rows_stand_once_though_lines_among_them_are_refused(world):
    """The first object is stored; of the second, which lines were refused for, the answer is lost: its rows come again without them."""
    with store_for(world) as store:
        journal, script = Journal(world, events=200), world.path / "lines.lua"
        script.write_text(LINES)
        config = journal.config(sink(store, 'parallel = 1, key = "%{source}/%{token}.%{suffix}"'), scripts=[script])
        store.faults.extend([None, "lost"] * 6)
        world.run_once(config)
        check(not store.faults and world.status(config)["journal"]["dead_letters"], "answers were lost and lines refused")
        lost, again, strange = journal.compare(row["postern_id"] for table in read(world, list(store.objects.values())) for row in table["rows"])
        check(not again and not strange, f"{again} rows stand twice")
        check(lost and all(name[-1] < "4" for name in lost), f"no row: {lost[:3]}")


def test_a_schema_that_is_wrong(world):
    with store_for(world) as store:
        journal, schema = Journal(world, events=100), world.path / "columns"
        for text, words in (("a strng\n", "columns:1: the type is none"), ("a string\na int64\n", "columns:2: there is a column"),
                            ("# nothing\n", "has no columns"), ("rest json\n", "of the name of rest_column")):
            schema.write_text(text)
            world.run_until(journal.config(sink(store, f'schema = "{schema}"')), words)
        check(not store.objects, "nothing was written")

"""What stands in examples/elastic holds: the template has ECS's types for all that the mapping writes, and the options of the
mapping do what scripts/README.md says."""
import json
import re

import fields
from harness import ROOT, check

EXAMPLE = ROOT / "examples/elastic"
ECS = fields.read_list()
# What ecs@mappings maps by itself: texts of any sort.
TEXTS = {"keyword", "constant_keyword", "wildcard", "match_only_text", "text"}


def flat(properties, prefix=""):
    for name, field in properties.items():
        if "type" in field:
            yield prefix + name, field["type"]
        yield from flat(field.get("properties", {}), f"{prefix}{name}.")


def targets():
    """All fields that the packaged maps write, but those of mimecast itself."""
    found = set()
    for script in (ROOT / "scripts/ecs").glob("*.lua"):
        if not script.name.endswith("_test.lua"):
            found |= set(re.findall(r'\{ "([@a-z_.0-9]+)", ', script.read_text()))
    return {name for name in found if not name.startswith("mimecast")}


def test_the_template_has_the_types_of_ecs(world):
    template = json.loads((EXAMPLE / "index_template.json").read_text())
    types = dict(flat(template["template"]["mappings"]["properties"]))
    check(types.pop("mimecast") == "flattened", "mimecast takes what Mimecast may send")
    wrong = {name: kind for name, kind in types.items() if name not in ECS or ECS[name].kind != kind}
    check(not wrong, f"not as in ECS: {wrong}")
    written = targets()
    check(len(written) > 40 and "email.attachments" in written, written)
    lacking = {name: ECS[name].kind for name in written if name in ECS and ECS[name].kind not in TEXTS | {"object"} and name not in types}
    check(not lacking, f"the template lacks {lacking}")


def test_the_pipeline_reroutes_last_and_fills_fields_of_ecs(world):
    processors = [(name, rule) for processor in json.loads((EXAMPLE / "pipeline.json").read_text())["processors"]
                  for name, rule in processor.items()]
    check([name for name, _ in processors].index("reroute") == len(processors) - 1, "nothing runs behind a reroute")
    check(processors[-1][1]["dataset"] == ["{{event.dataset}}"], processors[-1])
    for name, rule in processors[:-1]:
        check(rule["ignore_missing"], f"{name} of {rule['field']} would fail where it is missing")
        if name == "geoip":
            check(ECS[rule["field"]].kind == "ip" and any(field.startswith(rule["target_field"] + ".") for field in ECS), rule)
        else:
            check(rule["target_field"] in ECS, rule)


def mapped(world, options, *arguments, code=0):
    folder = world.path / "mapping"
    (folder / "ecs").mkdir(parents=True, exist_ok=True)
    (folder / "mail.lua").write_text((EXAMPLE / "mail.lua").read_text())
    (folder / "ecs/options.lua").write_text(options)
    events = folder / "events.ndjson"
    events.write_text('{"eventTime": "2026-11-26T09:00:00+0000", "senderAddress": "ann@example.com"}\n')
    done = world.postern("map", "-s", folder / "mail.lua", "--source", "dlp", "--account", "acme-1", *arguments, events, code=code)
    return json.loads(done.stdout) if code == 0 else done.stderr


def test_options_turn_things_on(world):
    plain = mapped(world, "return {}")
    check("data_stream" not in plain and "original" not in plain["event"], plain)
    full = mapped(world, 'return { data_stream = true, original = true }')
    check(full["data_stream"] == {"type": "logs", "dataset": "mimecast.dlp_logs", "namespace": "acme_1"}, full)
    check(json.loads(full["event"]["original"])["senderAddress"] == "ann@example.com", full)
    named = mapped(world, 'return { data_stream = true, namespace = "production" }')
    check(named["data_stream"]["namespace"] == "production", named)


def test_options_that_cannot_be_are_errors_at_load(world):
    check('there is no option "data_streams"' in mapped(world, "return { data_streams = true }", code=78), "a misspelt option")
    for namespace in ("Prod", "a-b", "a b", "a/b", "x" * 101, ""):
        told = mapped(world, f'return {{ data_stream = true, namespace = "{namespace}" }}', code=78)
        check("a namespace has at most 100 bytes" in told, f"{namespace!r}: {told}")

#!/usr/bin/env python3
"""Each packaged sink's guide has its options as the module declares them: behind the line <!-- options: NAME --> a table of option,
type, default and meaning. What http/1 brings to every sink that uses it stands once, as <!-- options: http/1 -->."""
import json
import re
import subprocess

import guard

MARK = re.compile(r"^<!-- options: (\S+) -->\n+(?:\|.*\n){2}((?:\|.*\n)*)", re.M)
ROW = re.compile(r"^\| `(\w+)` \| ([\w ,]+) \| (.*?) \| (.+) \|$")


def declared(build):
    """{module: {sink: {option: (type, default)}}}, as the built program says."""
    listed = subprocess.run([build / "bin/postern", "modules", "--json"], capture_output=True, text=True, check=False).stdout
    document = json.loads(listed)

    def table(options):
        return {option["name"]: (option["type"] + (" or list" if option.get("repeatable") else ""),
                                 "required" if option["required"] else f'`{option["default"]}`' if "default" in option else "")
                for option in options if not option.get("hidden")}

    sinks = {module["name"]: {sink["name"]: table(sink["options"]) for sink in module["sinks"]} for module in document["modules"]}
    return {name: found for name, found in sinks.items() if found}, table(document["http_options"])


def written(root, folder):
    """{sink: (page, {option: (type, default)})} of the guides in a folder."""
    found = {}
    for page in guard.files(root, [folder], (".md",)):
        for mark in MARK.finditer(guard.read(page)):
            rows = [ROW.match(line) for line in mark[2].splitlines()]
            found[mark[1]] = (guard.name_of(page, root), {row[1]: (row[2], row[3]) for row in rows if row}, None in rows)
    return found


def compare(sink, options, guides, folder):
    if sink not in guides:
        return [f"{folder}: no guide has the options of {sink} behind <!-- options: {sink} -->"]
    page, rows, broken = guides[sink]
    faults = [f"{page}: a row of the options of {sink} is not | `name` | type | default | meaning |"] if broken else []
    faults += [f"{page}: the options of {sink} lack `{name}`" for name in options if name not in rows]
    faults += [f"{page}: {sink} has no option `{name}`" for name in rows if name not in options]
    faults += [f"{page}: `{name}` of {sink} is | {' | '.join(options[name])} |, not | {' | '.join(rows[name])} |"
               for name in options if name in rows and rows[name] != options[name]]
    return faults


def check(root, build):
    if not (root / "modules").is_dir():
        return 0, []
    looked_at, faults = 0, []
    modules, http = declared(build)
    guides = written(root, "modules")
    for module, sinks in modules.items():
        for sink, options in sinks.items():
            looked_at += 1
            faults += compare(sink, options, guides, f"modules/{module}")
    return looked_at, faults + compare("http/1", http, guides, "modules")


PLANTS = [
    guard.plant("modules/file/README.md", "# no table\n", "no guide has the options of file"),
    guard.plant_behind("modules/stdout/README.md", "\n<!-- options: stdout -->\n\n| option | type | default | meaning |\n|---|---|---|---|\n"
                       "| `colour` | boolean | `true` | no such thing |\n", "stdout has no option `colour`"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)

#!/usr/bin/env python3
"""Comments cite only what the repository holds: no design paper, no numbered section, no file that is not here. Links
of its pages lead somewhere."""
import re

import guard

PAPER = re.compile(r"\bdesign(?:\.md|:| section| paper)|\bsection \d|\bstudy\.md|\bissue \d|\bISSUE\b|§", re.I)
# RFC 3339 section 5.6 and the like are papers that everybody finds.
PUBLISHED = re.compile(r"\b(?:RFC|ISO|Unicode)[ -]?\d+[^.;]*?\bsection \d[\d.]*", re.I)
LINK = re.compile(r"\]\(([^)#\s]+)")
NAMED = re.compile(r"(?<![\w/.-])([\w./-]*\w\.(?:md|py))\b")


def held(root, file, name, names):
    return (root / name).is_file() or (file.parent / name).is_file() or ("/" not in name and name in names)


def broken_links(root):
    pages = [*root.glob("*.md"), *guard.files(root, (*guard.WITH_TESTS, "scripts"), (".md",))]
    return [f"{guard.name_of(page, root)} links to {link}, which the repository does not hold"
            for page in pages for link in LINK.findall(guard.read(page))
            if not link.startswith(("http:", "https:", "mailto:")) and not (page.parent / link).exists()]


def check(root, _build):
    looked_at, faults = 0, []
    names = {path.name for path in guard.files(root, ("core", "modules", "scripts", "tests", "examples"), (".md", ".py"))}
    names |= {path.name for path in root.glob("*.md")}
    for file in guard.files(root, guard.WITH_TESTS):
        for line, comment in guard.comments(guard.read(file)):
            looked_at += 1
            text = PUBLISHED.sub("", re.sub(r"\s*\n[ *]*", " ", comment))
            cited = [match.group() for match in PAPER.finditer(text)]
            cited += [match[1] for match in NAMED.finditer(text) if not held(root, file, match[1], names)]
            faults += [f"{guard.name_of(file, root)}:{line} cites {what}, which the repository does not hold" for what in cited]
    return looked_at, faults + broken_links(root)


PLANTS = [
    guard.plant("core/base/cites.c", "/* As design.md says. */\n", "core/base/cites.c:1 cites design.md"),
    guard.plant("core/base/cites.c", "\n/* See the\n * section 4. */\n", "core/base/cites.c:2 cites section 4"),
    guard.plant("tests/unit/base/cites.c", "/* The seven of study.md. */\n", "tests/unit/base/cites.c:1 cites study.md"),
    guard.plant("modules/file/cites.c", "int a; // vendor-api.md knows\n", "modules/file/cites.c:1 cites vendor-api.md"),
    guard.plant_behind("README.md", "\n[more](nowhere.md)\n", "README.md links to nowhere.md"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)

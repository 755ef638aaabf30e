#!/usr/bin/env python3
"""Calls of Lua's that believe a script are made nowhere in the core, but where it is written here and why."""
import re

import guard

FORBIDDEN = {
    "luaL_len": "a script's __len says what it likes: lua_rawlen, and check what comes",
    "lua_len": "a script's __len says what it likes: lua_rawlen, and check what comes",
    "luaL_tolstring": "it says addresses: sandbox_tolstring",
    "lua_load": "loading bytecode runs it: sandbox_load",
    "luaL_loadbuffer": "loading bytecode runs it: sandbox_load",
    "luaL_loadbufferx": "loading bytecode runs it: sandbox_load",
    "luaL_loadstring": "loading bytecode runs it: sandbox_load",
    "luaL_loadfile": "loading bytecode runs it: sandbox_load",
    "luaL_openlibs": "io, os, debug and load are none of a script's",
}

# How often a file may.
ALLOWED = {
    ("core/sandbox/library_base.c", "luaL_tolstring"): 2,  # of plain values, and where __tostring is set
    ("core/sandbox/library_table.c", "luaL_len"): 1,  # of userdata, whose __len is ours
    ("core/sandbox/sandbox.c", "luaL_loadbufferx"): 1,  # text only
}
CALL = re.compile(r"\b(" + "|".join(FORBIDDEN) + r")\s*\(")


def check(root, _build):
    looked_at, faults = 0, []
    for file in guard.files(root, ["core"]):
        name, seen = guard.name_of(file, root), {}
        looked_at += 1
        for number, line in enumerate(guard.without_comments(guard.read(file)).split("\n"), 1):
            for call in CALL.findall(line):
                seen[call] = seen.get(call, 0) + 1
                if seen[call] > ALLOWED.get((name, call), 0):
                    faults.append(f"{name}:{number} calls {call}: {FORBIDDEN[call]}")
    return looked_at, faults


PLANTS = [
    guard.plant("core/script/library/long.c", "int f(lua_State *L) { return (int)luaL_len(L, 1); }\n",
                "core/script/library/long.c:1 calls luaL_len"),
    guard.plant("core/base/show.c", "const char *f(lua_State *L)\n{\n    return luaL_tolstring (L, 1, 0);\n}\n",
                "core/base/show.c:3 calls luaL_tolstring"),
    guard.plant_behind("core/sandbox/library_table.c", "void g(lua_State *L) { luaL_len(L, 1); }\n", "calls luaL_len"),
]

if __name__ == "__main__":
    guard.main(check, PLANTS)

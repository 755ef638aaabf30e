-- Notices as Postern writes them.
local ctx = { account = "acme", source = "notices", id = "a1" }

return {
  { name = "trouble opens an alert", ctx = ctx,
    input = [[{"time":"2026-11-27T09:00:00.000Z","kind":"account.failed","severity":"error","account":"acme","message":"refused","remedy":"renew them","key":"account:acme"}]],
    expect = [[{"action":"trigger","id":"a1","key":"account:acme","remedy":"renew them","severity":"error","summary":"acme: refused","time":"2026-11-27T09:00:00.000Z"}]] },
  { name = "its end closes the same, under another name, too", ctx = ctx,
    input = { time = "2026-11-27T10:00:00.000Z", kind = "account.connected", severity = "info", account = "acme-uk", message = "it works again", key = "account:acme" },
    matches = { action = "resolve", key = "account:acme", summary = "acme-uk: it works again" } },
  { name = "of a delivery", ctx = ctx,
    input = { kind = "backlog.high", severity = "warning", delivery = "default/files", sink = "files", message = "much waits", events = 7, key = "backlog:postern/default/files" },
    matches = { action = "trigger", key = "backlog:postern/default/files", summary = "postern/default/files: much waits" } },
  { name = "of dead letters", ctx = ctx,
    input = { kind = "dead_letters.full", severity = "error", delivery = "default/files", sink = "files", message = "the dead letters are full", key = "dead_letters:postern/default/files" },
    matches = { action = "trigger", key = "dead_letters:postern/default/files" } },
  { name = "and their end", ctx = ctx,
    input = { kind = "dead_letters.recovered", severity = "info", delivery = "default/files", sink = "files", message = "works again", key = "dead_letters:postern/default/files" },
    matches = { action = "resolve", key = "dead_letters:postern/default/files" } },
  { name = "of a part that stands", ctx = ctx,
    input = { kind = "part.stalled", severity = "warning", part = "sink files", message = "stands", key = "part:postern/sink files" },
    matches = { action = "trigger", key = "part:postern/sink files" } },
  { name = "and moves again", ctx = ctx,
    input = { kind = "part.moves", severity = "info", part = "sink files", message = "moves again", key = "part:postern/sink files" },
    matches = { action = "resolve", key = "part:postern/sink files" } },
  { name = "a reload wakes nobody", ctx = ctx,
    input = { kind = "config.reloaded", severity = "info", message = "reloaded" }, drops = "nothing to wake anybody for" },
}

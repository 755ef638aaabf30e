-- Notices as alerts that open and close: one object for each, with a key that is the same for the trouble and its end.
--
-- sink "pager" { type = "webhook", url = "https://events.example.com/in", format = "single" }
-- pipeline "watch" { from = { "notices" }, transform = { "pager" }, to = { "pager" } }

local ENDS = {
  ["account.connected"] = true, ["stream.recovered"] = true, ["delivery.recovered"] = true,
  ["dead_letters.recovered"] = true, ["backlog.normal"] = true, ["part.moves"] = true, ["journal.recovered"] = true,
}

return function(notice, ctx)
  local ends = ENDS[notice.kind]
  if not ends and notice.severity == "info" then return nil, "nothing to wake anybody for" end
  local subject = { notice.account or "postern" }
  subject[#subject + 1] = notice.stream or notice.delivery or notice.host or notice.part
  subject = table.concat(subject, "/")
  return {
    key = notice.key,
    action = ends and "resolve" or "trigger",
    severity = notice.severity,
    summary = subject .. ": " .. notice.message,
    remedy = notice.remedy,
    time = notice.time,
    id = ctx.id,
  }
end

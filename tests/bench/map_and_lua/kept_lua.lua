-- The same work as kept_map.lua, in Lua, which changes three fields of the event.
return function(event, ctx)
  local act, row = event.Act, ctx.lookup("teams.csv", event.SenderDomain)
  event.outcome = act == "Acc" and "success" or "failure"
  event.team = row and row.team
  event.day = postern.time.format(postern.time.parse(event.datetime), "date")
  return event
end

-- The helper library inside a real script: lookups by literal, by a function that was made at load, and JSON.
local hosts = postern.lookup "lists/hosts.json"
local internal = postern.cidr { "10.0.0.0/8" }

local function team(domain)
  return postern.lookup("teams.csv", domain) -- a tail call
end

return function(event, ctx)
  event.team = team(event.domain)
  event.again = ctx.lookup("teams.csv", event.domain)
  event.host = hosts(event.ip)
  event.internal = internal:contains(event.ip)
  event.encoded = postern.json.encode(event.detail)
  event.built = postern.json.encode { b = 1.0, a = { "x", postern.null }, c = postern.json.decode "[]" }
  event.nothing = postern.json.encode(event.missing)
  event.late = event.name and postern.lookup(event.name, "x")
  return event
end

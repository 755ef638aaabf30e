-- A long text counted by characters.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s = ("\u{e4}"):rep(10000000)
  local n = 0
  while true do n = n + utf8.len(s) end
end

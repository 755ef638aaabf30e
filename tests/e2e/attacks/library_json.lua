-- A text with a million values, read again and again.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s = "[" .. ("1,"):rep(100000) .. "1]"
  while true do postern.json.decode(s) end
end

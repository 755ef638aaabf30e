-- Texts with millions of values, mapped one after the other.
-- outcome: kept|longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local map = postern.map { { "a", postern.map.field "a" } }
  local big, n = '{"a":[' .. ("1,"):rep(2000000) .. "1]}", 0
  for _ = 1, 40 do n = n + (pcall(map, big) and 1 or 0) end
  return { n = n }
end

-- A map inside that fails half way and is caught leaves nothing behind.
-- outcome: kept
return function(event)
  if not event.attack then return event end
  local map = postern.map
  local inner = map { { "first", map.field "x" }, { "boom", map.call(function() error "no" end, map.field "x") } }
  local outer = map { { "a", map.field "attack" },
                      { "b", map.call(function() return pcall(inner, { x = "inner" }) and "fine" or "caught" end, map.field "attack") } }
  return outer(event)
end

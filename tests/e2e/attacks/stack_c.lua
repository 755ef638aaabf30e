-- C functions that call Lua that calls C functions.
-- outcome: stack overflow|overflow
return function(event)
  if not event.attack then return event end
  local function deeper(s) return (s:gsub(".", deeper)) end
  return { s = deeper "x" }
end

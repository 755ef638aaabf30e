-- Texts of zeros alone, compared by the collating function one zero at a time.
-- outcome: longer than
return function(event)
  if not event.attack then return event end
  local a = ("\0"):rep(12000000)
  local b = a .. "x"
  local n = 0
  while true do if a < b then n = n + 1 end end
end

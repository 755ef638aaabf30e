-- Ready lines without end.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local lines = {}
  for i = 1, 1000000 do lines[i] = postern.line(("x\n"):rep(1000)) end
  return lines
end

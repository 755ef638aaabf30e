-- Tables in tables, each twice.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local t = { 1 }
  for i = 1, 60 do t = { t, t } end
  return { tree = t }
end

-- Large tables of words, made while the event waits.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local map, words = postern.map, {}
  for i = 1, 50000 do words[("word%06x"):format(i * 7919)] = i end
  while true do map { { "x", map.field("x"):enum(words) } } end
end

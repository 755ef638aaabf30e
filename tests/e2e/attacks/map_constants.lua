-- Each of a hundred thousand values against a thousand constants.
-- outcome: longer than|more than .* steps|memory
-- data: list
local map = postern.map
local field = map.field
local words = {}
for i = 1, 900 do words[i] = ('word%06x'):format(i) end
local mapped = map { { 'x', field('list'):except(table.unpack(words)) }, { 'y', map.when(field('list'):one_of(table.unpack(words)), 1) }, { 'z', field('list'):except(table.unpack(words)) }, { 'a', map.when(field('list'):lower():except(table.unpack(words)):one_of('none', table.unpack(words)), 1) } }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

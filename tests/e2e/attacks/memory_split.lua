-- No attack: an event with much in it, split into many, each through a map.
-- outcome: kept
-- data: list
local map = postern.map
local one = map { { "n", map.field "n" }, { "word", map.field "word":upper() }, { "parsed", map.field "text":json() } }
return function(event)
  if not event.attack then return event end
  local out = {}
  for i, word in ipairs(event.list) do
    if i > 20000 then break end
    out[i] = one { n = i, word = word, text = '{"i":' .. i .. "}" }
  end
  return out
end

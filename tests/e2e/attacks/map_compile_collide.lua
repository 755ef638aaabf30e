-- Names that were made to fall on the same place of a table.
-- outcome: too much alike
return function(event)
  if not event.attack then return event end
  local map, entries = postern.map, {}
  -- 16 bytes: what the second half does to the place in the table, the first half takes back
  local blanks, i = 0x2020202020202020, 0
  while #entries < 1000 do
    i = i + 1
    local last = blanks | (i & 0x1f) | (i >> 5 & 0x1f) << 8 | (i >> 10 & 0x1f) << 16 | (i >> 15 & 0x1f) << 24
    local first, name = last * -7046029254386353131, ""
    if first & blanks == blanks then
      for shift = 0, 56, 8 do name = name .. string.char(first >> shift & 0xff) end
      for shift = 0, 56, 8 do name = name .. string.char(last >> shift & 0xff) end
      if not name:find(".", 1, true) then entries[#entries + 1] = { "n" .. i, map.field(name) } end
    end
  end
  return map(entries)(event)
end

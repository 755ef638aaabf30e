-- Three fields are made, all others stay as they are: the rest of a map.
local map = postern.map
local field = map.field

return map {
  { "outcome", field("Act"):copy():enum({ Acc = "success" }, "failure") },
  { "team",    field("SenderDomain"):lookup("teams.csv", "team") },
  { "day",     field("datetime"):copy():format "%Y-%m-%d" },
  map.rest(),
}

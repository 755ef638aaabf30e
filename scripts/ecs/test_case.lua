-- How the tests of the packaged mapping are written.

local log_types = postern.script "ecs/log_types"
local tests = {}

tests.ABSENT = postern.null -- in `matches`: must not be there

-- Of a source with one stream, which has its name.
function tests.case(source, ...)
  return tests.of_stream(source, source, ...)
end

function tests.of_stream(source, stream, log_type, name, input, matches)
  local ctx = { source = source, stream = stream, type = log_type, account = "acme",
    id = "00112233445566778899aabbccddeeff", received = 1767225900000 } -- 2026-01-01T00:05:00Z
  return { name = source .. (log_type and " " .. log_type or "") .. ": " .. name, input = input, ctx = ctx,
    matches = matches }
end

-- Of a log type as the module names it, so that what passes here is what is collected.
local function checked(log_type)
  if log_type and not log_types[log_type] then error('the module has no log type "' .. log_type .. '"', 3) end
  return log_type
end

function tests.siem(log_type, ...)
  return tests.case("siem", checked(log_type), ...)
end

-- As API 2.0 brings it: each log type is a stream.
function tests.siem_of_api_2(log_type, ...)
  return tests.of_stream("siem", "siem-" .. (checked(log_type) or "receipt"), log_type, ...)
end

-- The whole document, every field of it.
function tests.whole(c, document)
  c.matches, c.expect = nil, document
  return c
end

return tests

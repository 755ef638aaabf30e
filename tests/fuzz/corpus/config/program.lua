--[==[ comments ]] of all kinds ]==] state = [[/s]] --[[x]]
local function c(n, t) return account(n)(t) end
for i = 1, 3 do c("c" .. i, { api = 1, ['base_url'] = "https://eu-api.mimecast.com", app_key = env("HOME") }) end
local ok, why = pcall and pcall(function() return env "X" .. "" end)
sink ("f") ({ type = 'file',
  path = "/a/\
b", -- a comment with { in it
})
print(c, 1, "x", unknown.field(1)[2] .. "x")

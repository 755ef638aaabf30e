-- Long texts that nearly are addresses and times.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s = ("<a@b,"):rep(1000000)
  while true do
    postern.email(s) postern.url("http://" .. s) postern.ip.valid(s) postern.time.parse(s)
  end
end

-- Plain functions over a long text.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s = ("a,"):rep(2000000)
  while true do
    postern.lower(s) postern.upper(s) postern.trim((" "):rep(3000000)) postern.strip_quotes(s)
    postern.starts_with(s, s) postern.ends_with(s, s)
  end
end

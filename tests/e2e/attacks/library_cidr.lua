-- Sets of networks, built again and again.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local networks = {}
  for i = 1, 300000 do networks[i] = ("%d.%d.%d.0/24"):format(i % 200 + 1, i // 200 % 250, i * 7 % 250) end
  while true do postern.cidr(networks) end
end

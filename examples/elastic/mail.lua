-- The packaged mapping with options: ecs/options.lua beside this file says which.
return postern.script "ecs"

# postern_module(NAME source... [LINKS target...])
# NAME.so, as Postern loads it: no "lib" in front, one visible symbol. C sources are C17; sources of another language are as the
# project says.
function(postern_module name)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE Postern::headers ${arg_LINKS})
  set_target_properties(${name} PROPERTIES PREFIX "" C_STANDARD 17 C_VISIBILITY_PRESET hidden CXX_STANDARD 17
    CXX_VISIBILITY_PRESET hidden)
endfunction()

# postern_module_test(NAME WORD...)
# A test for ctest: `postern WORD...` succeeds.
function(postern_module_test name)
  add_test(NAME ${name} COMMAND ${POSTERN_PROGRAM} ${ARGN})
endfunction()

# rust_module(NAME SOURCE_FOLDER FOLDER)
# FOLDER/NAME.so of SOURCE_FOLDER/NAME.rs. With it NAME_layout is compiled, which fails where postern.rs differs from the header that
# it is linked with.
find_program(RUSTC rustc)
function(rust_module name source folder)
  if(NOT RUSTC)
    message(FATAL_ERROR "${name} needs rustc (Debian: rustc)")
  endif()
  set(compile ${RUSTC} --edition 2021 -O -C strip=debuginfo -D warnings)
  file(GLOB sources CONFIGURE_DEPENDS ${source}/*.rs)
  add_custom_command(OUTPUT ${folder}/${name}.so DEPENDS ${sources}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${compile} --crate-type cdylib -o ${folder}/${name}.so ${source}/${name}.rs)
  add_custom_command(OUTPUT ${name}_layout.c DEPENDS ${sources}
    COMMAND ${compile} -o ${name}_layout ${source}/layout.rs
    COMMAND ./${name}_layout > ${name}_layout.c)
  add_library(${name}_layout OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}_layout.c)
  add_custom_target(${name} ALL DEPENDS ${folder}/${name}.so)
  add_dependencies(${name} ${name}_layout)
endfunction()

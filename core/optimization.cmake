# How far a build is optimized. What users install: -O3, and as one piece (link time optimization, LTO). A build with the test clock
# or with sanitizers is built as before, since it must be built fast.
#
# POSTERN_PGO=generate makes a build that writes down what it does, POSTERN_PGO=use one that is optimized by it;
# tests/bench/pgo does both. The profile lies in the build folder. -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF goes without LTO.
set(POSTERN_PGO "" CACHE STRING "Optimize by a profile: generate (writes it), use, or empty")
set_property(CACHE POSTERN_PGO PROPERTY STRINGS "" generate use)
if(NOT POSTERN_PGO MATCHES "^(generate|use)?$")
  message(FATAL_ERROR "POSTERN_PGO is generate, use or empty, not ${POSTERN_PGO}")
endif()

add_library(postern_optimization INTERFACE)
if(POSTERN_PGO)
  # What the compiler adds or knows makes it warn of faults that there are not; a build without a profile tells of those that are.
  target_compile_options(postern_optimization INTERFACE -w)
endif()
set(profile ${CMAKE_BINARY_DIR}/profile) # gcc: one file for each object; clang: merged.profdata, made of the runs' files
if(POSTERN_PGO STREQUAL "generate")
  target_compile_options(postern_optimization INTERFACE -fprofile-generate=${profile} -fprofile-update=atomic)
  target_link_options(postern_optimization INTERFACE -fprofile-generate=${profile})
  install(CODE "message(FATAL_ERROR \"this build writes down what it does (POSTERN_PGO=generate): it must not be installed\")")
elseif(POSTERN_PGO STREQUAL "use")
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # What the runs did not reach is optimized as without a profile.
    target_compile_options(postern_optimization INTERFACE -fprofile-use=${profile} -fprofile-partial-training)
    file(GLOB found ${profile}/*.gcda)
  else()
    target_compile_options(postern_optimization INTERFACE -fprofile-use=${profile}/merged.profdata)
    file(GLOB found ${profile}/merged.profdata)
  endif()
  if(NOT found)
    message(FATAL_ERROR "POSTERN_PGO=use, but no profile lies in ${profile}: tests/bench/pgo makes one")
  endif()
endif()

set(link_time_optimization OFF)
if(NOT POSTERN_TESTING AND NOT POSTERN_SANITIZE AND NOT POSTERN_FUZZ AND CMAKE_BUILD_TYPE MATCHES "^Rel")
  target_compile_options(postern_optimization INTERFACE -O3)
  if(NOT DEFINED CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    include(CheckIPOSupported)
    check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION LANGUAGES C)
  endif()
  set(link_time_optimization ${CMAKE_INTERPROCEDURAL_OPTIMIZATION})
endif()

# Each of some 250 unit tests would optimize half of the program again, a quarter of an hour of CPU in all. gcc can keep what is
# compiled beside what LTO reads, so that tests/CMakeLists.txt links them from that.
set(tests_without_lto OFF)
if(link_time_optimization AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND build_tests)
  target_compile_options(postern_optimization INTERFACE -ffat-lto-objects)
  set(tests_without_lto ON)
endif()

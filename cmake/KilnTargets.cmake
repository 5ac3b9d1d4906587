# One library per folder and one test binary per folder. Links are private, so a wrong include does not link.
set(KILN_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wundef)
# Sanitizers make g++ 12 see overflows that are not there; the release build holds the code to every warning.
if(NOT KILN_SANITIZE)
  list(APPEND KILN_WARNINGS -Werror)
endif()

function(kiln_common target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${KILN_WARNINGS}>")
endfunction()

# kiln_library(room SOURCES a.cpp ... LINKS kiln_base ...)
function(kiln_library room)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(kiln_${room} STATIC ${arg_SOURCES})
  kiln_common(kiln_${room})
  target_link_libraries(kiln_${room} PRIVATE ${arg_LINKS})
endfunction()

# kiln_test(room SOURCES a_test.cpp ... LINKS kiln_room ... [LABELS gpu])  ->  the binary kiln_<room>_test
function(kiln_test room)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(name kiln_${room}_test)
  add_executable(${name} ${arg_SOURCES})
  kiln_common(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} TEST_PREFIX "" DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${room};${arg_LABELS}")
endfunction()

# What can be chosen at configure time, and the flags that hold for every target.
option(KILN_TESTS "Build the tests" ON)
option(KILN_BENCH "Build the benchmarks that are programs (bench/)" OFF)
option(KILN_FUZZ "Build the fuzzers (clang only)" OFF)
set(KILN_SANITIZE "" CACHE STRING "Sanitizers: empty, address,undefined or thread")
set(KILN_CUDA "AUTO" CACHE STRING "CUDA renderer: AUTO (where nvcc is), ON (required) or OFF")
set(KILN_CUDA_ARCHITECTURES "" CACHE STRING
    "Empty: the GPU of this machine, else 90. 'all': every supported one and PTX. Else a CMake list such as 86;90")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

# Checkpoints go by it: a render goes on in the same build only (src/engine/code_id.cpp).
add_link_options(LINKER:--build-id=sha1)

find_program(KILN_CCACHE ccache)
if(KILN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${KILN_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${KILN_CCACHE})
endif()

if(KILN_SANITIZE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${KILN_SANITIZE}> $<$<COMPILE_LANGUAGE:CXX>:-fno-omit-frame-pointer>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize-recover=all>)
  add_link_options(-fsanitize=${KILN_SANITIZE})
endif()
if(KILN_SANITIZE MATCHES "thread")
  # The thread sanitizer does not see stand-alone fences, and g++ warns of them. Asio's stand beside mutexes.
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-tsan>)
endif()

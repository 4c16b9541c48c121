# SPDX-License-Identifier: Apache-2.0
# rltuner_layer(NAME USES lower layers...) makes the static library rltuner_NAME from every source
# file below src/rltuner/NAME, and, when tests are on, the test program NAME_tests from
# tests/NAME/*_test.cc. A new file needs no line here. With CMAKE_UNITY_BUILD, which the presets set,
# the files of a layer are compiled as one, which halves the work: a name in an anonymous namespace
# must then be the only one of its layer (or of its layer's tests).
#
# ARITHMETIC: the layer's tests spend their time in its loops. The other layers are not optimised
# under the address sanitizer; that would be half of its build.
# Every test has a TIMEOUT, many times what it takes, so that one that hangs ends.
# PLUMBING: no run spends its time in the layer, so a release optimises it little.

# rltuner_compile_options(TARGET [TESTS])
function(rltuner_compile_options target)
  # clang-tidy looks at the files that CMake makes of several, too.
  set_target_properties(${target} PROPERTIES UNITY_BUILD_CODE_BEFORE_INCLUDE
                        "// NOLINTNEXTLINE(bugprone-suspicious-include)")
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 $<$<BOOL:${RLTUNER_WERROR}>:/WX>)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow
                         $<$<BOOL:${RLTUNER_WERROR}>:-Werror>
                         -fno-math-errno -fno-trapping-math)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlaps in std::string's operator+ that are not there (bug 105329).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(RLTUNER_SANITIZE)
    target_link_options(${target} PRIVATE -fsanitize=${RLTUNER_SANITIZE})
    # The address and undefined-behaviour sanitizers watch what is tested, not the tests: those take
    # three times as long to compile with them. The thread sanitizer must see every thread's code.
    if(NOT "TESTS" IN_LIST ARGN OR RLTUNER_SANITIZE MATCHES "thread")
      target_compile_options(${target} PRIVATE -fsanitize=${RLTUNER_SANITIZE}
                             -fno-sanitize-recover=all -fno-omit-frame-pointer)
    endif()
  endif()
  if(RLTUNER_COVERAGE)
    target_link_options(${target} PRIVATE --coverage)
    if(NOT "TESTS" IN_LIST ARGN)
      # Counting what libraries' headers do as well would be a quarter of the build.
      target_compile_options(${target} PRIVATE --coverage
                             "-fprofile-filter-files=/src/rltuner/.*")
    endif()
  endif()
  if(RLTUNER_ARCH STREQUAL "native")
    target_compile_options(${target} PRIVATE -march=native)
  elseif(NOT RLTUNER_ARCH STREQUAL "portable")
    target_compile_options(${target} PRIVATE -march=${RLTUNER_ARCH})
  endif()
endfunction()

function(rltuner_layer name)
  cmake_parse_arguments(LAYER "ARITHMETIC;PLUMBING" "" "USES;PUBLIC_LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  set(target rltuner_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/rltuner/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/cli/main\\.cc$")
  if(NOT sources)  # a library needs one source file, a layer of headers has none
    set(sources ${PROJECT_BINARY_DIR}/empty.cc)
    file(TOUCH ${sources})
  endif()
  add_library(${target} STATIC ${sources})
  add_library(rltuner::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  list(TRANSFORM LAYER_USES PREPEND rltuner_)
  target_link_libraries(${target} PUBLIC ${LAYER_USES} ${LAYER_PUBLIC_LIBRARIES}
                        PRIVATE ${LAYER_PRIVATE_LIBRARIES})
  rltuner_compile_options(${target})
  if(RLTUNER_SANITIZE MATCHES "address" AND NOT RLTUNER_FUZZ AND NOT LAYER_ARITHMETIC)
    target_compile_options(${target} PRIVATE -O0)
  elseif(LAYER_PLUMBING)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  set_property(GLOBAL APPEND PROPERTY RLTUNER_LAYERS ${target})
  list(JOIN LAYER_USES " " uses)
  string(REPLACE rltuner_ "" uses "${uses}")
  set_property(GLOBAL APPEND_STRING PROPERTY RLTUNER_LINKS "${name} ${uses}\n")
  if(RLTUNER_TESTS)
    rltuner_layer_tests(${name})
  endif()
endfunction()

function(rltuner_layer_tests name)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cc)
  if(RLTUNER_SANITIZE)
    # They replace operator new, which in these builds is the sanitizer's own.
    list(FILTER tests EXCLUDE REGEX "/allocation_test\\.cc$")
  endif()
  if(NOT tests)
    return()
  endif()
  find_package(GTest REQUIRED)
  find_package(nlohmann_json 3.11 REQUIRED)
  add_executable(${name}_tests ${tests})
  target_include_directories(${name}_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_tests PRIVATE rltuner_${name} nlohmann_json::nlohmann_json
                        GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name}_tests PRIVATE
    RLTUNER_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    RLTUNER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  rltuner_compile_options(${name}_tests TESTS)
  # Half of a test's build would be optimising code that runs once; what is tested is optimised.
  target_compile_options(${name}_tests PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O0>)
  if(RLTUNER_SANITIZE)
    # One process for all: to start one for each test, and to end it, takes longer than the tests.
    add_test(NAME ${name} COMMAND ${name}_tests)
    set_tests_properties(${name} PROPERTIES TIMEOUT 1500)
  else()
    include(GoogleTest)
    gtest_discover_tests(${name}_tests TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                         TEST_FILTER -Long/* PROPERTIES TIMEOUT 300)
    # Suites instantiated as Long take minutes together.
    gtest_discover_tests(${name}_tests TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                         TEST_FILTER Long/* TEST_LIST ${name}_long_tests
                         PROPERTIES LABELS long TIMEOUT 600)
  endif()
endfunction()

if(RLTUNER_TESTS)
  enable_testing()
endif()

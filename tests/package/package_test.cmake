# SPDX-License-Identifier: Apache-2.0
# Installs the build to a new folder, then builds examples/embed against it, without any flag of
# ours, and runs it with the installed model.
cmake_minimum_required(VERSION 3.25)

set(work ${BUILD}/package_test)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT code EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${command}\nended with ${code}\n${out}${err}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

# What is installed must not depend on how often the build was configured.
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${work}/first -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DRLTUNER_TESTS=OFF)
file(GLOB_RECURSE exported ${work}/first/CMakeFiles/Export/rltuner-targets.cmake)
file(STRINGS "${exported}" include_directories REGEX "{_IMPORT_PREFIX}/include\"")
if(NOT include_directories)
  message(FATAL_ERROR "configured once, ${exported} does not say where the headers are")
endif()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
if(EXISTS ${prefix}/include/rltuner/cli)
  message(FATAL_ERROR "headers of the command line are installed; expected only the library's")
endif()
run(${CMAKE_COMMAND} -S ${SOURCE}/examples/embed -B ${work}/build -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=Release
    "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
run(${CMAKE_COMMAND} --build ${work}/build)

run(${work}/build/play ${prefix}/share/rltuner/models/default.safetensors)
string(REGEX MATCHALL "\n" lines "${output}")
list(LENGTH lines count)
if(NOT count EQUAL 33)
  message(FATAL_ERROR "expected a heading and 32 events, found ${count} lines:\n${output}")
endif()

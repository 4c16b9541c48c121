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

# What is packaged runs on any processor, unless the packager says otherwise.
file(GLOB build_files ${work}/first/build.ninja ${work}/first/CMakeFiles/*/flags.make)
foreach(file ${build_files})
  file(STRINGS ${file} flags REGEX "-march=")
  if(flags)
    message(FATAL_ERROR "${file}: expected no -march by default, found\n${flags}")
  endif()
endforeach()
file(STRINGS ${BUILD}/CMakeCache.txt native REGEX "^RLTUNER_ARCH:[A-Z]*=native$")
if(native)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix}
                  RESULT_VARIABLE code ERROR_VARIABLE err OUTPUT_QUIET)
  if(code EQUAL 0 OR NOT err MATCHES "preset portable" OR EXISTS ${prefix})
    message(FATAL_ERROR "a build for this processor alone was installed without a word:\n${err}")
  endif()
  set(ENV{RLTUNER_INSTALL_NATIVE} 1)
endif()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
if(EXISTS ${prefix}/include/rltuner/cli)
  message(FATAL_ERROR "headers of the command line are installed; expected only the library's")
endif()
file(GLOB_RECURSE installed ${prefix}/include/*.h ${prefix}/*.cmake)
foreach(file ${installed})
  file(STRINGS ${file} depends REGEX "-march=|__AVX|__SSE|__FMA|__ARM_NEON|nn/simd\\.h")
  if(depends)
    message(FATAL_ERROR "${file} depends on the processor that it is compiled for:\n${depends}")
  endif()
endforeach()
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

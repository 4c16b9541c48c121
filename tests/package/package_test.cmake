# SPDX-License-Identifier: Apache-2.0
# Installs the build to a new folder, then builds the examples against it, without any flag of ours,
# and runs them.
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
file(GLOB_RECURSE installed ${prefix}/include/*.h ${prefix}/*.cmake)
foreach(file ${installed})
  file(STRINGS ${file} depends REGEX "-march=|__AVX|__SSE|__FMA|__ARM_NEON|nn/simd\\.h")
  if(depends)
    message(FATAL_ERROR "${file} depends on the processor that it is compiled for:\n${depends}")
  endif()
endforeach()
foreach(example embed tokens)
  run(${CMAKE_COMMAND} -S ${SOURCE}/examples/${example} -B ${work}/${example} -G ${GENERATOR}
      -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_BUILD_TYPE=Release
      "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
  run(${CMAKE_COMMAND} --build ${work}/${example})
endforeach()
run(${prefix}/bin/rltuner generate default --count 20 --length 160 --output ${work}/midi)
run(${work}/embed/embed ${work}/midi ${work}/out)
foreach(file dataset.safetensors tuned.safetensors melody_004.mid)
  if(NOT EXISTS ${work}/out/${file})
    message(FATAL_ERROR "examples/embed did not write ${file}:\n${output}")
  endif()
endforeach()
run(${work}/tokens/tokens)  # fails where it does not come near the optimum

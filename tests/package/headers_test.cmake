# SPDX-License-Identifier: Apache-2.0
# Each of HEADERS (a|b|c) compiles as the first of a file, includes no header of rltuner outside the
# list, and stands in DOCUMENT, which says how many they are.
cmake_minimum_required(VERSION 3.25)

string(REPLACE "|" ";" headers "${HEADERS}")
file(READ ${DOCUMENT} document)
list(LENGTH headers count)
if(NOT document MATCHES " ${count} public headers")
  message(FATAL_ERROR "${DOCUMENT} does not say that there are ${count} public headers")
endif()
foreach(header IN LISTS headers)
  set(path ${SOURCE}/src/rltuner/${header}.h)
  file(STRINGS ${path} includes REGEX "^#include \"rltuner/")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE ".*rltuner/(.*)\\.h\"" "\\1" included "${include}")
    if(NOT included IN_LIST headers)
      message(FATAL_ERROR "${path} is public and includes ${included}.h, which is not")
    endif()
  endforeach()
  if(NOT document MATCHES "`${header}\\.h`")
    message(FATAL_ERROR "${DOCUMENT} does not name the public header ${header}.h")
  endif()
  execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only -Wall -Wextra -Werror -x c++
                          -I${SOURCE}/src ${path}
                  RESULT_VARIABLE code ERROR_VARIABLE errors)
  string(REGEX REPLACE "[^\n]*pragma once in main file[^\n]*\n" "" errors "${errors}")
  if(NOT code EQUAL 0 AND errors MATCHES "error:")
    message(FATAL_ERROR "${path} does not compile alone:\n${errors}")
  endif()
endforeach()

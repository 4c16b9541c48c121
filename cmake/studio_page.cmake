# SPDX-License-Identifier: Apache-2.0
# As a script (cmake -P): builds the studio's page in ROOT if it is older than what it is made of,
# and writes to OUTPUT the C++ that holds it. -DOUTPUT=... -DROOT=... -DNPM=... -DSOURCES=a|b|c
# Whatever fails, a program without the page comes out, with a warning.

string(REPLACE "|" ";" sources "${SOURCES}")
set(page ${ROOT}/dist/index.html)
set(stale FALSE)
if(NOT EXISTS ${page})
  set(stale TRUE)
endif()
foreach(source IN LISTS sources)
  if(${source} IS_NEWER_THAN ${page})
    set(stale TRUE)
  endif()
endforeach()

if(stale AND NPM AND EXISTS ${ROOT}/package-lock.json)
  set(steps "run build")
  if(${ROOT}/package-lock.json IS_NEWER_THAN ${ROOT}/node_modules/.package-lock.json)
    list(PREPEND steps "ci --no-audit --no-fund")
  endif()
  foreach(step IN LISTS steps)
    separate_arguments(arguments UNIX_COMMAND "${step}")
    execute_process(COMMAND ${NPM} ${arguments} WORKING_DIRECTORY ${ROOT} RESULT_VARIABLE failed
                    OUTPUT_VARIABLE log ERROR_VARIABLE log)
    if(failed)
      message(WARNING "npm ${step} failed in ${ROOT}; the studio's page is not up to date\n${log}")
      break()
    endif()
  endforeach()
endif()

set(arrays "")
set(table "")
if(EXISTS ${page})
  file(GLOB_RECURSE files RELATIVE ${ROOT}/dist ${ROOT}/dist/*)
  set(index 0)
  foreach(file IN LISTS files)
    file(SHA256 ${ROOT}/dist/${file} hash)
    # The assembler copies the bytes: far faster to build than a list of numbers.
    string(APPEND arrays "// ${hash}
asm(\".section .rodata\\n.balign 8\\n\"
    \"rltuner_page_${index}:\\n.incbin \\\"${ROOT}/dist/${file}\\\"\\n\"
    \"rltuner_page_${index}_end:\\n.byte 0\\n.previous\\n\");
extern \"C\" const char rltuner_page_${index}[], rltuner_page_${index}_end[];
")
    string(APPEND table "      {\"/${file}\",
       {rltuner_page_${index}, static_cast<std::size_t>(rltuner_page_${index}_end - rltuner_page_${index})}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
else()
  message(WARNING "The studio's page is not built (it needs Node): the program has none")
endif()
file(WRITE ${OUTPUT} "// Written by cmake/studio_page.cmake.
#include <cstddef>

#include \"rltuner/studio/page.h\"

${arrays}
namespace rltuner {

Page EmbeddedPage() {
  return {
${table}  };
}

}  // namespace rltuner
")

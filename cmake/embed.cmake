# SPDX-License-Identifier: Apache-2.0
# rltuner_embed(TARGET) compiles the bundled recipes and the default model into a library, so that
# the program needs no files beside it. They are embedded anew when they change.
# As a script (cmake -P), it writes that source file: -DOUTPUT=... -DROOT=... -DFILES=a|b|c

if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "|" ";" files "${FILES}")
  set(arrays "")
  set(table "")
  set(index 0)
  foreach(file IN LISTS files)
    file(READ ${ROOT}/${file} hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "alignas(8) const unsigned char kFile${index}[] = {${bytes}0};\n")
    string(APPEND table "    {\"${file}\", std::as_bytes(std::span(kFile${index}, ${size}))},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(WRITE ${OUTPUT} "// Written by cmake/embed.cmake.
#include <vector>

#include \"rltuner/cli/bundled.h\"

namespace rltuner {
namespace {
${arrays}}  // namespace

std::span<const EmbeddedFile> EmbeddedFiles() {
  static const std::vector<EmbeddedFile> files{
${table}  };
  return files;
}

}  // namespace rltuner
")
  return()
endif()

set(RLTUNER_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(rltuner_embed target)
  file(GLOB_RECURSE files RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/recipes/*.toml ${PROJECT_SOURCE_DIR}/models/default.safetensors)
  list(JOIN files "|" joined)
  list(TRANSFORM files PREPEND ${PROJECT_SOURCE_DIR}/)
  set(output ${PROJECT_BINARY_DIR}/embedded_files.cc)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DROOT=${PROJECT_SOURCE_DIR} "-DFILES=${joined}"
            -P ${RLTUNER_EMBED_SCRIPT}
    DEPENDS ${files} ${RLTUNER_EMBED_SCRIPT}
    COMMENT "Embedding recipes and the default model"
    VERBATIM)
  set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${output})
endfunction()

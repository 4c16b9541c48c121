# SPDX-License-Identifier: Apache-2.0
# rltuner_embed(TARGET FUNCTION PATTERNS...) compiles the files that match into a library, whose
# FUNCTION (core/embedded_file.h) gives them, so that a program needs no files beside it. They are
# embedded again when they change.
# As a script (cmake -P), it writes that source file: -DOUTPUT=... -DROOT=... -DFUNCTION=...
# -DFILES=a|b|c
# -DNUMBERS=ON for a compiler that cannot have the assembler include the files' bytes. It then reads
# them as a list of numbers, which takes a hundred times as long.

if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "|" ";" files "${FILES}")
  set(contents "")
  set(table "")
  set(index 0)
  foreach(file IN LISTS files)
    if(NUMBERS)
      file(READ ${ROOT}/${file} hex HEX)
      string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
      string(APPEND contents "alignas(8) const unsigned char kFile${index}[] = {${bytes}0};\n")
      set(span "std::as_bytes(std::span(kFile${index})).first(sizeof(kFile${index}) - 1)")
    else()
      file(SHA256 ${ROOT}/${file} hash)  # so that the output changes with the file
      string(APPEND contents "EMBED(${index}, \"${ROOT}/${file}\")  // ${hash}\n")
      set(span "std::span(rltuner_${FUNCTION}_${index}, rltuner_${FUNCTION}_${index}_end)")
    endif()
    string(APPEND table "      {\"${file}\", ${span}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(WRITE ${OUTPUT} "// Written by cmake/embed.cmake.
#include <vector>

#include \"rltuner/core/embedded_file.h\"

// ELF, Mach-O and COFF differ in the section of constants and in the character before a name.
#if defined(__ELF__)
#define CONSTANTS \".section .rodata\\n\"
#elif defined(__APPLE__)
#define CONSTANTS \".section __TEXT,__const\\n\"
#else
#define CONSTANTS \".section .rdata,\\\"dr\\\"\\n\"
#endif
#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)
#define NAME(index) TEXT_OF(__USER_LABEL_PREFIX__) \"rltuner_${FUNCTION}_\" #index
#define EMBED(index, path)                                                      \\
  asm(CONSTANTS \".balign 8\\n\" NAME(index) \":\\n.incbin \\\"\" path \"\\\"\\n\"      \\
      NAME(index) \"_end:\\n.byte 0\\n.text\\n\");                                  \\
  extern \"C\" const std::byte rltuner_${FUNCTION}_##index[], rltuner_${FUNCTION}_##index##_end[];

${contents}
namespace rltuner {

std::span<const EmbeddedFile> ${FUNCTION}() {
  static const std::vector<EmbeddedFile> files{
${table}  };
  return files;
}

}  // namespace rltuner
")
  return()
endif()

set(RLTUNER_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(rltuner_embed target function)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE patterns)
  file(GLOB_RECURSE files RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${patterns})
  list(REMOVE_ITEM files studio/dist/sources)
  list(JOIN files "|" joined)
  list(TRANSFORM files PREPEND ${PROJECT_SOURCE_DIR}/)
  set(output ${PROJECT_BINARY_DIR}/${function}.cc)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DROOT=${PROJECT_SOURCE_DIR} -DFUNCTION=${function}
            "-DFILES=${joined}" -DNUMBERS=$<BOOL:${MSVC}> -P ${RLTUNER_EMBED_SCRIPT}
    DEPENDS ${files} ${RLTUNER_STUDIO_PAGE} ${RLTUNER_EMBED_SCRIPT}
    COMMENT "Embedding ${ARGN}"
    VERBATIM)
  set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${output})
endfunction()

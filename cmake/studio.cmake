# SPDX-License-Identifier: Apache-2.0
# The layer `studio`, where the system has cpp-httplib and SQLite; without them the program has no
# studio and says so. The page is built from studio/ by npm, or taken from studio/dist if it is there already,
# and is part of the program. Without Node the program has no page and says so.
find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(HTTPLIB QUIET IMPORTED_TARGET cpp-httplib)
endif()
if(NOT HTTPLIB_FOUND OR NOT TARGET rltuner_study)
  message(STATUS "cpp-httplib or SQLite is not installed: the program is built without the studio")
  function(rltuner_use_studio target)
  endfunction()
  return()
endif()

rltuner_layer(studio PLUMBING USES study evaluation tuning nn theory melody midi core
              PUBLIC_LIBRARIES nlohmann_json::nlohmann_json PkgConfig::HTTPLIB ${CMAKE_DL_LIBS})

set(RLTUNER_STUDIO_PAGE_SCRIPT ${PROJECT_SOURCE_DIR}/cmake/studio_page.cmake)

function(rltuner_use_studio target)
  find_program(RLTUNER_NPM npm DOC "npm, which builds the studio's page")
  set(root ${PROJECT_SOURCE_DIR}/studio)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${root}/src/*)
  list(APPEND sources ${root}/package-lock.json ${root}/build.mjs)
  list(JOIN sources "|" joined)
  set(output ${PROJECT_BINARY_DIR}/studio_page.cc)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DROOT=${root} -DNPM=${RLTUNER_NPM}
            "-DSOURCES=${joined}" -P ${RLTUNER_STUDIO_PAGE_SCRIPT}
    DEPENDS ${sources} ${RLTUNER_STUDIO_PAGE_SCRIPT}
    COMMENT "Building and embedding the studio's page"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${target} PUBLIC rltuner_studio)
  target_compile_definitions(${target} PRIVATE RLTUNER_HAS_STUDIO)
endfunction()

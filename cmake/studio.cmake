# SPDX-License-Identifier: Apache-2.0
# The layer `studio`, where the system has cpp-httplib and SQLite; without them the program has no
# studio and says so. Its page is studio/dist, which is kept with the source. Where Node is
# installed, a page that is older than its source is built again; elsewhere it is used as it is.
# As a script (cmake -P), does that and touches STAMP: -DROOT=... -DNODE=... -DSTAMP=...

if(CMAKE_SCRIPT_MODE_FILE)
  # As studio/build.mjs writes it: by content, as a clone says nothing about times.
  file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/src/*)
  list(APPEND sources build.mjs package-lock.json)
  list(SORT sources)
  set(current "")
  foreach(source IN LISTS sources)
    file(SHA256 ${ROOT}/${source} hash)
    string(APPEND current "${hash}  ${source}\n")
  endforeach()
  set(built "")
  if(EXISTS ${ROOT}/dist/sources)
    file(READ ${ROOT}/dist/sources built)
  endif()
  if(NOT built STREQUAL current)
    set(log "Node is not installed")
    if(NODE)
      execute_process(COMMAND ${NODE} ${ROOT}/build.mjs RESULT_VARIABLE failed
                      OUTPUT_VARIABLE log ERROR_VARIABLE log)
    endif()
    if(failed OR NOT NODE)
      message(WARNING "The studio's page in ${ROOT}/dist is older than its source and cannot be "
                      "built: ${log}")
    endif()
  endif()
  file(TOUCH ${STAMP})
  return()
endif()

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(HTTPLIB QUIET IMPORTED_TARGET cpp-httplib)
endif()
if(NOT HTTPLIB_FOUND OR NOT TARGET rltuner_study)
  message(STATUS "cpp-httplib or SQLite is not installed: the program is built without the studio")
  return()
endif()

rltuner_layer(studio PLUMBING USES study recipes evaluation tuning nn theory melody midi core
              PUBLIC_LIBRARIES nlohmann_json::nlohmann_json PkgConfig::HTTPLIB)
find_package(ZLIB QUIET)  # comes with cpp-httplib
if(ZLIB_FOUND)
  target_link_libraries(rltuner_studio PRIVATE ZLIB::ZLIB)
  target_compile_definitions(rltuner_studio PRIVATE RLTUNER_HAS_ZLIB)
endif()

# Whatever embeds studio/dist depends on this file.
set(RLTUNER_STUDIO_PAGE ${PROJECT_BINARY_DIR}/studio_page.stamp)
find_program(RLTUNER_NODE node DOC "Node.js, which builds and tests the studio's page")
file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/studio/src/*
     ${PROJECT_SOURCE_DIR}/studio/dist/sources)
list(APPEND sources ${PROJECT_SOURCE_DIR}/studio/package-lock.json ${PROJECT_SOURCE_DIR}/studio/build.mjs)
add_custom_command(
  OUTPUT ${RLTUNER_STUDIO_PAGE}
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}/studio -DNODE=${RLTUNER_NODE}
          -DSTAMP=${RLTUNER_STUDIO_PAGE} -P ${CMAKE_CURRENT_LIST_FILE}
  DEPENDS ${sources} ${CMAKE_CURRENT_LIST_FILE}
  COMMENT "Looking whether the studio's page is up to date"
  VERBATIM)

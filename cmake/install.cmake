# SPDX-License-Identifier: Apache-2.0
# `cmake --install` lays down the program, the static libraries, the public headers, the models and
# recipes, and a package that another project takes with find_package(rltuner).
include(CMakePackageConfigHelpers)

# A library for the processor of the builder fails on another one with an illegal instruction.
if(RLTUNER_ARCH STREQUAL "native")
  install(CODE [[
    if(NOT "$ENV{RLTUNER_INSTALL_NATIVE}")
      message(FATAL_ERROR "This build runs on this machine's processor only (RLTUNER_ARCH=native). "
              "Install the build of preset portable, which runs on any. To install this one for "
              "this machine alone, set the environment variable RLTUNER_INSTALL_NATIVE=1.")
    endif()
  ]])
endif()

add_library(rltuner INTERFACE)
add_library(rltuner::rltuner ALIAS rltuner)
get_property(layers GLOBAL PROPERTY RLTUNER_LAYERS)
list(REMOVE_ITEM layers rltuner_cli rltuner_studio rltuner_study)  # they serve the program alone
target_link_libraries(rltuner INTERFACE ${layers})

install(TARGETS rltuner ${layers} EXPORT rltuner-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS rltuner_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The public headers (docs/library.md). They include each other and nothing else of rltuner, which
# tests/package checks; the other headers are the library's own.
set(RLTUNER_PUBLIC_HEADERS
    core/error core/reward core/settings
    melody/context melody/encoding melody/extraction melody/dataset
    nn/model
    training/train
    tuning/tune tuning/rollout
    theory/rule_set theory/rule_features
    decoding/sequential_monte_carlo
    evaluation/evaluate evaluation/generation evaluation/matching
    recipes/recipes)
foreach(header IN LISTS RLTUNER_PUBLIC_HEADERS)
  get_filename_component(layer ${header} DIRECTORY)
  install(FILES src/rltuner/${header}.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rltuner/${layer})
endforeach()
install(DIRECTORY models recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/rltuner)
install(EXPORT rltuner-targets NAMESPACE rltuner:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/rltuner)

configure_package_config_file(cmake/rltunerConfig.cmake.in ${PROJECT_BINARY_DIR}/rltunerConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/rltuner)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rltunerConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rltunerConfig.cmake
              ${PROJECT_BINARY_DIR}/rltunerConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/rltuner)

# How layers, daemons, protos and statement catalogues are built, and who may see whom.
#
# hilo_add_layer(<name> SOURCES … [SQL store.sql …] [USES layer …] [LINKS hilo_dep_…])
#   a layer of common/: static library hilo_<name>; its headers are included as "<name>/<file>.h".
#   USES may only name layers below it (see HILO_LAYERS, lowest rank first).
# hilo_add_service(<name> SOURCES … [SQL store.sql …] [USES layer …] [LINKS …])
#   a daemon: static library hilo_service_<name> (what tests link) plus executable hilo-<name> from main.c.
#   Its include directory is private; linking another service's library is refused.
# hilo_catalogue(<target> <unit> <store.sql> …)
#   embeds named statements: generates <unit>_sql.h / .c (see sql_catalogue.py). The unit is the layer's name, or
#   <service>_store for a service.

set(HILO_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wpedantic -Werror -Wno-format-zero-length
    -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wno-sign-conversion)
set(HILO_HARDENING -fstack-protector-strong -fno-strict-aliasing -D_GNU_SOURCE -fno-omit-frame-pointer)
if(HILO_SANITIZE)
  list(APPEND HILO_HARDENING -fsanitize=address,undefined -fno-sanitize-recover=undefined -DHILO_SANITIZED=1)
  add_link_options(-fsanitize=address,undefined)
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  list(APPEND HILO_HARDENING -D_FORTIFY_SOURCE=2)
endif()
if(HILO_FUZZ)
  list(APPEND HILO_HARDENING -fsanitize=fuzzer-no-link)
endif()

# rank of each layer: a layer may use those of a lower rank only
set(HILO_RANK_base 0)
foreach(layer loop conf)
  set(HILO_RANK_${layer} 1)
endforeach()
foreach(layer db http kv fsm)
  set(HILO_RANK_${layer} 2)
endforeach()
set(HILO_RANK_bus 3)
set(HILO_RANK_channel 4)
set(HILO_RANK_daemon 5)
set(HILO_RANK_testing 6)

function(hilo_catalogue target unit)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE sql)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
  add_custom_command(
    OUTPUT ${out}/${unit}_sql.c ${out}/${unit}_sql.h
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/common/cmake/sql_catalogue.py ${unit} ${out} ${sql}
    DEPENDS ${sql} ${CMAKE_SOURCE_DIR}/common/cmake/sql_catalogue.py
    COMMENT "statements of ${unit}")
  target_sources(${target} PRIVATE ${out}/${unit}_sql.c ${out}/${unit}_sql.h)
  target_include_directories(${target} PRIVATE ${out})
endfunction()

function(hilo_add_layer name)
  cmake_parse_arguments(L "" "" "SQL;SOURCES;USES;LINKS" ${ARGN})
  add_library(hilo_${name} STATIC ${L_SOURCES})
  target_compile_options(hilo_${name} PRIVATE ${HILO_WARNINGS} ${HILO_HARDENING})
  target_include_directories(hilo_${name} PUBLIC ${CMAKE_SOURCE_DIR}/common)
  foreach(used ${L_USES})
    if(NOT used STREQUAL "proto" AND NOT HILO_RANK_${used} LESS HILO_RANK_${name})
      message(FATAL_ERROR "layer ${name} may not use ${used}: it is not below it")
    endif()
    target_link_libraries(hilo_${name} PUBLIC hilo_${used})
  endforeach()
  target_link_libraries(hilo_${name} PUBLIC ${L_LINKS})
  if(L_SQL)
    hilo_catalogue(hilo_${name} ${name} ${L_SQL})
    # <name>_sql.h: who opens a pool names the layer's catalogue
    target_include_directories(hilo_${name} PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/generated)
  endif()
endfunction()

function(hilo_add_service name)
  cmake_parse_arguments(S "" "" "SQL;SOURCES;USES;LINKS" ${ARGN})
  foreach(linked ${S_LINKS} ${S_USES})
    if(linked MATCHES "service_")
      message(FATAL_ERROR "service ${name} may not link ${linked}: services meet in proto/ only")
    endif()
  endforeach()
  add_library(hilo_service_${name} STATIC ${S_SOURCES})
  target_compile_options(hilo_service_${name} PRIVATE ${HILO_WARNINGS} ${HILO_HARDENING})
  target_include_directories(hilo_service_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(used ${S_USES} daemon)
    target_link_libraries(hilo_service_${name} PUBLIC hilo_${used})
  endforeach()
  target_link_libraries(hilo_service_${name} PUBLIC ${S_LINKS})
  if(S_SQL)
    hilo_catalogue(hilo_service_${name} ${name}_store ${S_SQL})
  endif()
  add_executable(hilo-${name} main.c)
  target_compile_options(hilo-${name} PRIVATE ${HILO_WARNINGS} ${HILO_HARDENING})
  target_include_directories(hilo-${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR}/generated)
  target_link_libraries(hilo-${name} PRIVATE hilo_service_${name})
  set_target_properties(hilo-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# hilo_add_unit_test(<test_x.c> LINKS hilo_… …): a cmocka program named after its path (unit_common_loop_test_x), run by
# ctest -L unit.
# A unit test of a service names SERVICE <name> to see its private headers.
function(hilo_add_unit_test source)
  cmake_parse_arguments(T "" "SERVICE;LAYER" "LINKS" ${ARGN})
  file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/tests/unit ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  string(REGEX REPLACE "\\.c$" "" target "unit_${path}")
  string(REGEX REPLACE "[/.]" "_" target "${target}")
  add_executable(${target} ${source})
  target_compile_options(${target} PRIVATE ${HILO_WARNINGS} ${HILO_HARDENING} -Wno-unused-parameter)
  target_link_libraries(${target} PRIVATE ${T_LINKS} cmocka)
  if(T_SERVICE)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/services/${T_SERVICE}
      ${CMAKE_BINARY_DIR}/services/${T_SERVICE}/generated)
    target_link_libraries(${target} PRIVATE hilo_service_${T_SERVICE})
  endif()
  if(T_LAYER)
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/common/${T_LAYER}/generated)
  endif()
  target_compile_definitions(${target} PRIVATE HILO_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${target} COMMAND ${target})
  set_tests_properties(${target} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# hilo_add_fuzz(<name> <source> LINKS …): a libFuzzer program over tests/data/<name>/ (only with HILO_FUZZ);
# without it the same source is built with a plain main that replays the corpus, so that payloads are always tested.
function(hilo_add_fuzz name source)
  cmake_parse_arguments(F "" "SERVICE" "LINKS" ${ARGN})
  add_executable(fuzz_${name} ${source})
  target_compile_options(fuzz_${name} PRIVATE ${HILO_WARNINGS} ${HILO_HARDENING} -Wno-missing-prototypes)
  target_link_libraries(fuzz_${name} PRIVATE ${F_LINKS})
  if(F_SERVICE)
    target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/services/${F_SERVICE})
    target_link_libraries(fuzz_${name} PRIVATE hilo_service_${F_SERVICE})
  endif()
  if(HILO_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.c)
  endif()
  add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/data/${name})
  if(HILO_FUZZ)
    set_tests_properties(fuzz_${name} PROPERTIES DISABLED TRUE)
  else()
    set_tests_properties(fuzz_${name} PROPERTIES LABELS "unit;corpus" TIMEOUT 60)
  endif()
endfunction()

# hilo_event_types(<target>) - the table of event types, generated from the options in proto/.
function(hilo_event_types target)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated/event_types.c)
  file(GLOB protos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/hilo/v1/*.proto)
  add_custom_command(OUTPUT ${out}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/proto/event_types.py --c ${out} ${protos}
    DEPENDS ${protos} ${CMAKE_SOURCE_DIR}/proto/event_types.py COMMENT "event types")
  target_sources(${target} PRIVATE ${out})
endfunction()

# Every outside library, found once and named hilo_dep_*.
find_package(PkgConfig REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_program(PROTOC protoc REQUIRED)
find_program(PROTOC_GEN_C protoc-gen-c REQUIRED)

function(hilo_dependency name)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${ARGN})
  # from the cache: FindPkgConfig's own variables differ between the first run and later ones where a library says -isystem
  # (libzmq does), and a different command line would rebuild everything
  set(includes "$CACHE{${name}_INCLUDE_DIRS}")
  set_target_properties(PkgConfig::${name} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${includes}" INTERFACE_COMPILE_OPTIONS "")
  add_library(hilo_dep_${name} INTERFACE)
  target_link_libraries(hilo_dep_${name} INTERFACE PkgConfig::${name})
  # outside headers are not ours to warn about
  target_include_directories(hilo_dep_${name} SYSTEM INTERFACE ${includes})
endfunction()

hilo_dependency(event libevent libevent_pthreads)
hilo_dependency(zmq libzmq)
hilo_dependency(protobuf libprotobuf-c)
hilo_dependency(pq libpq)
hilo_dependency(hiredis hiredis)
hilo_dependency(curl libcurl)
hilo_dependency(gmime gmime-3.0)
hilo_dependency(sodium libsodium)
hilo_dependency(crypto libcrypto)
hilo_dependency(jansson jansson)

# wslay ships no pkg-config file
find_path(WSLAY_INCLUDE wslay/wslay.h REQUIRED)
find_library(WSLAY_LIBRARY wslay REQUIRED)
add_library(hilo_dep_wslay INTERFACE)
target_link_libraries(hilo_dep_wslay INTERFACE ${WSLAY_LIBRARY})
target_include_directories(hilo_dep_wslay SYSTEM INTERFACE ${WSLAY_INCLUDE})

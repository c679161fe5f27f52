# Warnings and language rules of our own code; third-party headers come in as SYSTEM.
add_library(headroom_options INTERFACE)
target_include_directories(headroom_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(headroom_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -fno-exceptions)
if(NOT HEADROOM_TOOLS_ONLY)  # who only builds the page should not be stopped by a newer compiler's warnings
  target_compile_options(headroom_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms on string concatenation in optimized builds (GCC bug 105651).
  target_compile_options(headroom_options INTERFACE -Wno-restrict)
endif()

if(HEADROOM_SANITIZE)
  # Checks of every reference for null and alignment are a third of what is compiled; the address sanitizer stops at a
  # null reference as well. `vptr` wants type information at every call and finds nothing in code without casts.
  set(sanitizers -fsanitize=address,undefined -fno-sanitize=null,alignment,vptr)
  target_compile_options(headroom_options INTERFACE ${sanitizers} -fno-sanitize-recover=undefined
                         -fno-omit-frame-pointer)
  target_link_options(headroom_options INTERFACE ${sanitizers})
  # Linking is a tenth of this build with the default linker. Emscripten brings this one along.
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=lld HEADROOM_HAS_LLD)
  if(HEADROOM_HAS_LLD)
    target_link_options(headroom_options INTERFACE -fuse-ld=lld)
  endif()
endif()

if(EMSCRIPTEN)
  # The toolchain file chooses -O3 for Release, which buys size and no speed here.
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
  # In every browser that has WebGL 2 since 2021: smaller code, and copies of memory as one instruction.
  set(CMAKE_CXX_FLAGS "${CMAKE_CXX_FLAGS} -mbulk-memory -mnontrapping-fptoint -msign-ext")
  # embind asks for std::string's type information by name.
  target_compile_options(headroom_options INTERFACE -Wno-dollar-in-identifier-extension)
  # The linker's JavaScript optimizer looks for acorn; Debian keeps it where node does not look by itself.
  set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK
               "\"${CMAKE_COMMAND}\" -E env \"NODE_PATH=/usr/share/nodejs:$ENV{NODE_PATH}\"")
  # The default stack fell from 5 MB to 64 KB in 3.1.27, and the option's name changed in 3.1.25.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} --version OUTPUT_VARIABLE emscripten_version)
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" emscripten_version "${emscripten_version}")
  if(emscripten_version VERSION_LESS 3.1.25)
    set(stack_option -sTOTAL_STACK=1048576)
  else()
    set(stack_option -sSTACK_SIZE=1048576)
  endif()
  # DYNAMIC_EXECUTION=0: no eval, so that the page's content security policy can forbid it.
  set(HEADROOM_LINK_OPTIONS ${stack_option} -sALLOW_MEMORY_GROWTH=1 -sDYNAMIC_EXECUTION=0 -sMALLOC=emmalloc
      -sFILESYSTEM=0 -sMODULARIZE=1)
  # Programs for Node are one file without a fetch, which 3.1.6 would attempt in Node 18 and later and fail; they read
  # files through Node.
  set(HEADROOM_NODE_LINK_OPTIONS ${stack_option} -sALLOW_MEMORY_GROWTH=1 -sSINGLE_FILE=1 -sNODERAWFS=1
      -sENVIRONMENT=node -sEXIT_RUNTIME=1)
endif()

# Several sources compiled as one: what they all include is read once, which halves a build from scratch. Names in
# anonymous namespaces must then differ within a library. clang-tidy reads the same units.
option(HEADROOM_UNITY "Compile several sources of a library as one" OFF)
function(headroom_fast_build target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${HEADROOM_UNITY} UNITY_BUILD_BATCH_SIZE 24)
endfunction()

# Code that the fuzzer is to find its way through.
function(headroom_fuzzed target)
  if(HEADROOM_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# What the project builds with but does not contain: Dear ImGui, nlohmann_json and doctest.
# Everything lands in ${HEADROOM_THIRD_PARTY}, shared by all build folders, and is never committed.

set(HEADROOM_THIRD_PARTY "${CMAKE_SOURCE_DIR}/build/third_party" CACHE PATH "Where fetched sources are kept")
set(IMGUI_DIR "" CACHE PATH "A Dear ImGui source folder, 1.92 or newer; fetched when empty")

# A header-only library as a target. A system's copy is linked into a folder of its own, because /usr/include as a whole
# must not reach a cross compiler.
function(headroom_header_library target header url sha256)
  set(include_dir "${HEADROOM_THIRD_PARTY}/include")
  get_filename_component(folder "${header}" DIRECTORY)
  if(NOT EXISTS "${include_dir}/${header}")
    file(MAKE_DIRECTORY "${include_dir}")
    find_path(system_include "${header}" PATHS /usr/include /usr/local/include NO_CACHE NO_DEFAULT_PATH
              NO_CMAKE_FIND_ROOT_PATH)
    if(system_include)
      file(CREATE_LINK "${system_include}/${folder}" "${include_dir}/${folder}" SYMBOLIC)
    else()
      include(FetchContent)
      FetchContent_Declare(${folder} URL ${url} URL_HASH SHA256=${sha256} SOURCE_SUBDIR none)
      FetchContent_MakeAvailable(${folder})
      find_path(fetched_include "${header}" PATHS "${${folder}_SOURCE_DIR}" "${${folder}_SOURCE_DIR}/include"
                NO_CACHE NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)
      file(COPY "${fetched_include}/${folder}" DESTINATION "${include_dir}")
    endif()
  endif()
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${include_dir}")
endfunction()

headroom_header_library(nlohmann_json::nlohmann_json nlohmann/json.hpp
  https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
  d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)
headroom_header_library(doctest::doctest doctest/doctest.h
  https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz
  632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186)

if(HEADROOM_TOOLS_ONLY)
  return()  # draws nothing
endif()

if(IMGUI_DIR)
  set(imgui_dir "${IMGUI_DIR}")
else()
  execute_process(COMMAND sh "${CMAKE_SOURCE_DIR}/wasm/cmake/fetch_imgui.sh" "${HEADROOM_THIRD_PARTY}"
                  OUTPUT_VARIABLE imgui_dir OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "Dear ImGui could not be obtained. Give -DIMGUI_DIR=<folder of a 1.92 or newer release>.")
  endif()
endif()
file(STRINGS "${imgui_dir}/imgui.h" imgui_version REGEX "#define IMGUI_VERSION_NUM")
string(REGEX MATCH "[0-9]+$" imgui_version "${imgui_version}")
if(imgui_version LESS 19200)
  message(FATAL_ERROR "${imgui_dir} holds Dear ImGui ${imgui_version}; 19200 (1.92.0) or newer is needed.")
endif()

# Only what links it pays for it: `ninja test_model` never compiles this.
add_library(imgui STATIC EXCLUDE_FROM_ALL "${imgui_dir}/imgui.cpp" "${imgui_dir}/imgui_draw.cpp"
            "${imgui_dir}/imgui_tables.cpp" "${imgui_dir}/imgui_widgets.cpp")
target_include_directories(imgui SYSTEM PUBLIC "${imgui_dir}")
target_include_directories(imgui PRIVATE "${CMAKE_SOURCE_DIR}")
target_compile_options(imgui PRIVATE -w)  # its warnings are its authors'
target_compile_definitions(imgui PUBLIC IMGUI_USER_CONFIG="wasm/platform/imconfig.h")
if(EMSCRIPTEN)
  # Drawing is bound by the graphics card; size decides how fast the page opens.
  target_compile_options(imgui PRIVATE -Oz)
  add_library(imgui_opengl3 STATIC EXCLUDE_FROM_ALL "${imgui_dir}/backends/imgui_impl_opengl3.cpp")
  target_include_directories(imgui_opengl3 SYSTEM PUBLIC "${imgui_dir}/backends")
  target_include_directories(imgui_opengl3 PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_definitions(imgui_opengl3 PUBLIC IMGUI_IMPL_OPENGL_ES3)
  target_compile_options(imgui_opengl3 PRIVATE -Oz)
  target_link_libraries(imgui_opengl3 PUBLIC imgui)
endif()

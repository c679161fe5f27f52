// Compile-time options of Dear ImGui, for every target that includes imgui.h (set through IMGUI_USER_CONFIG).
#pragma once

#define IMGUI_DISABLE_OBSOLETE_FUNCTIONS
#define IMGUI_DISABLE_DEMO_WINDOWS
#define IMGUI_DISABLE_DEBUG_TOOLS
#define IMGUI_DISABLE_WIN32_FUNCTIONS
#define IMGUI_DISABLE_FILE_FUNCTIONS  // no imgui.ini, no fonts from disk
#define IMGUI_DISABLE_DEFAULT_SHELL_FUNCTIONS
#define IMGUI_USE_WCHAR32  // characters beyond the basic plane

// Lets a page asked for with its test flag report each item's label and box (wasm/inspect/inspector.h). Costs one
// branch per item otherwise.
#define IMGUI_ENABLE_TEST_ENGINE

#ifdef NDEBUG
#define IM_ASSERT(expression) ((void)(expression))
#endif

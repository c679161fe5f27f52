#include "wasm/browser/page.h"

#include <GLES3/gl3.h>
#include <emscripten/emscripten.h>
#include <emscripten/heap.h>
#include <imgui_impl_opengl3.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "wasm/app/app.h"
#include "wasm/browser/keys.h"

namespace headroom {

using emscripten::val;

namespace {

constexpr float kOutside = -3.402823466e+38F;  // Dear ImGui's "no pointer"
// A click is a move, a press and a release, each a frame of its own, and one for what it opened.
constexpr int kSettleFrames = 8;

Preferences read_preferences(const val& given) {
  Preferences preferences;
  preferences.dark = given["dark"].as<bool>();
  preferences.reduced_motion = given["reducedMotion"].as<bool>();
  preferences.coarse_pointer = given["coarsePointer"].as<bool>();
  preferences.mac = given["mac"].as<bool>();
  preferences.language = given["language"].as<std::string>();
  return preferences;
}

const char* cursor_name(ImGuiMouseCursor cursor) {
  switch (cursor) {
    case ImGuiMouseCursor_None: return "none";
    case ImGuiMouseCursor_TextInput: return "text";
    case ImGuiMouseCursor_ResizeAll: return "move";
    case ImGuiMouseCursor_ResizeNS: return "ns-resize";
    case ImGuiMouseCursor_ResizeEW: return "ew-resize";
    case ImGuiMouseCursor_ResizeNESW: return "nesw-resize";
    case ImGuiMouseCursor_ResizeNWSE: return "nwse-resize";
    case ImGuiMouseCursor_Hand: return "pointer";
    case ImGuiMouseCursor_Wait: return "wait";
    case ImGuiMouseCursor_Progress: return "progress";
    case ImGuiMouseCursor_NotAllowed: return "not-allowed";
    default: return "default";
  }
}

}  // namespace

BrowserPage::BrowserPage(val host, Front& front, bool inspect)
    : host_(std::move(host)), platform_(host_), front_(front), inspect_(inspect) {
  platform_.set_preferences(read_preferences(host_.call<val>("preferences")));
}

BrowserPage::~BrowserPage() {
  client_.reset();
  if (context_ != 0) {
    if (drawable_) ImGui_ImplOpenGL3_Shutdown();
    emscripten_webgl_destroy_context(context_);
  }
  if (ImGui::GetCurrentContext() != nullptr) ImGui::DestroyContext();
}

void BrowserPage::answer() {
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.BackendPlatformName = "headroom";
  io.BackendFlags |= ImGuiBackendFlags_HasMouseCursors | ImGuiBackendFlags_RendererHasTextures;
  io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  io.ConfigMacOSXBehaviors = platform_.preferences().mac;
  io.ConfigInputTextCursorBlink = !platform_.preferences().reduced_motion;
  ImGuiPlatformIO& platform_io = ImGui::GetPlatformIO();
  platform_io.Platform_ClipboardUserData = this;
  platform_io.Platform_SetClipboardTextFn = [](ImGuiContext*, const char* copied) {
    auto* page = static_cast<BrowserPage*>(ImGui::GetPlatformIO().Platform_ClipboardUserData);
    page->clipboard_ = copied;
    page->host_.call<void>("keepClipboard", page->clipboard_);
  };
  platform_io.Platform_GetClipboardTextFn = [](ImGuiContext*) {
    return static_cast<BrowserPage*>(ImGui::GetPlatformIO().Platform_ClipboardUserData)->clipboard_.c_str();
  };
  platform_io.Platform_ImeUserData = this;
  platform_io.Platform_SetImeDataFn = [](ImGuiContext*, ImGuiViewport*, ImGuiPlatformImeData* data) {
    static_cast<BrowserPage*>(ImGui::GetPlatformIO().Platform_ImeUserData)->ime_ = *data;
  };
  if (inspect_) inspector_.attach(*ImGui::GetCurrentContext());
  client_ = std::make_unique<App>(platform_, front_);
  // A tap is a press and a release in one event; spread over frames (see settle) both are seen.
  io.ConfigInputTrickleEventQueue = true;
  last_frame_ = platform_.now();
  client_->answer();
}

bool BrowserPage::start(const std::string& canvas_selector) {
  EmscriptenWebGLContextAttributes attributes;
  emscripten_webgl_init_context_attributes(&attributes);
  attributes.majorVersion = 2;
  attributes.alpha = false;
  attributes.depth = false;
  attributes.stencil = false;
  attributes.antialias = false;  // Dear ImGui smooths its own edges
  context_ = emscripten_webgl_create_context(canvas_selector.c_str(), &attributes);
  if (context_ <= 0 || emscripten_webgl_make_context_current(context_) != EMSCRIPTEN_RESULT_SUCCESS) {
    context_ = 0;
    return false;
  }
  drawable_ = ImGui_ImplOpenGL3_Init("#version 300 es");
  if (drawable_) client_->machine_known();  // the graphics context tells
  return drawable_;
}

void BrowserPage::frame() {
  ImGuiIO& io = ImGui::GetIO();
  if (!drawable_ || io.DisplaySize.x <= 0) return;
  const double now = platform_.now();
  io.DeltaTime = std::max(1e-4F, static_cast<float>(now - last_frame_));
  last_frame_ = now;
  if (inspect_) inspector_.begin_frame();
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  client_->frame();
  ImGui::Render();
  ImDrawData* drawn = ImGui::GetDrawData();
  glViewport(0, 0, static_cast<int>(drawn->DisplaySize.x * drawn->FramebufferScale.x),
             static_cast<int>(drawn->DisplaySize.y * drawn->FramebufferScale.y));
  const ImVec4 background = ImGui::GetStyleColorVec4(ImGuiCol_WindowBg);
  glClearColor(background.x, background.y, background.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(drawn);

  report_cursor();
  report_text_input();
  if (!ImGui::GetCurrentContext()->InputEventsQueue.empty()) platform_.request_frame(0);
}

void BrowserPage::settle() {
  frame();
  for (int i = 0; i < kSettleFrames && !ImGui::GetCurrentContext()->InputEventsQueue.empty(); ++i) frame();
}

void BrowserPage::resize(float width, float height, float scale_x, float scale_y, val insets) {
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = ImVec2(width, height);
  io.DisplayFramebufferScale = ImVec2(scale_x, scale_y);
  platform_.set_safe_area({insets[0].as<float>(), insets[1].as<float>(), insets[2].as<float>(), insets[3].as<float>()});
}

void BrowserPage::set_preferences(val preferences) {
  platform_.set_preferences(read_preferences(preferences));
  ImGui::GetIO().ConfigInputTextCursorBlink = !platform_.preferences().reduced_motion;
  client_->preferences_changed();
}

void BrowserPage::address_changed(const std::string& fragment) { client_->address_changed(fragment); }

void BrowserPage::files_given(val files) {
  std::vector<PickedFile> given;
  for (const val& file : emscripten::vecFromJSArray<val>(files)) {
    given.push_back({file["id"].as<std::uint32_t>(), file["name"].as<std::string>(),
                     static_cast<std::uint64_t>(file["size"].as<double>())});
  }
  client_->files_given(given);
}

void BrowserPage::finish_read(std::uint32_t read, const std::string& bytes, bool ok) {
  if (!ok) return platform_.finish_read(read, std::nullopt);
  platform_.finish_read(read, std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

void BrowserPage::pointer(float x, float y, bool touch) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddMouseSourceEvent(touch ? ImGuiMouseSource_TouchScreen : ImGuiMouseSource_Mouse);
  io.AddMousePosEvent(x, y);
}

void BrowserPage::pointer_left() { ImGui::GetIO().AddMousePosEvent(kOutside, kOutside); }

void BrowserPage::button(int button, bool down, bool touch) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddMouseSourceEvent(touch ? ImGuiMouseSource_TouchScreen : ImGuiMouseSource_Mouse);
  if (button >= 0 && button < ImGuiMouseButton_COUNT) io.AddMouseButtonEvent(button, down);
}

void BrowserPage::scroll(float dx, float dy) {
  // A unit of the wheel scrolls five lines, but never more than two thirds of the window under the pointer
  // (ImGui::UpdateMouseWheel); undone here so that what is given in pixels scrolls by pixels.
  constexpr float kLines = 5, kShare = 0.67F;
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  const ImGuiWindow* window = context.WheelingWindow != nullptr ? context.WheelingWindow : context.HoveredWindow;
  const float line = window != nullptr ? window->FontRefSize : ImGui::GetStyle().FontSizeBase;
  float step_x = 2 * line, step_y = kLines * line;
  if (window != nullptr) {
    step_x = std::min(step_x, window->InnerRect.GetWidth() * kShare);
    step_y = std::min(step_y, window->InnerRect.GetHeight() * kShare);
  }
  ImGui::GetIO().AddMouseWheelEvent(dx / std::max(1.0F, std::floor(step_x)), dy / std::max(1.0F, std::floor(step_y)));
}

bool BrowserPage::scrolls_sideways() const {
  for (const ImGuiWindow* window = ImGui::GetCurrentContext()->HoveredWindow; window != nullptr;
       window = window->ParentWindow) {
    if (window->ScrollMax.x > 0) return true;
  }
  return false;
}

void BrowserPage::modifiers(bool ctrl, bool shift, bool alt, bool super) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddKeyEvent(ImGuiMod_Ctrl, ctrl);
  io.AddKeyEvent(ImGuiMod_Shift, shift);
  io.AddKeyEvent(ImGuiMod_Alt, alt);
  io.AddKeyEvent(ImGuiMod_Super, super);
}

void BrowserPage::key(const std::string& code, const std::string& key, bool down) {
  const ImGuiKey known = key_of_event(code, key);
  if (known != ImGuiKey_None) ImGui::GetIO().AddKeyEvent(known, down);
}

bool BrowserPage::tab() {
  ImGuiContext& context = *ImGui::GetCurrentContext();
  settle();
  ImGuiIO& io = ImGui::GetIO();
  io.AddKeyEvent(ImGuiKey_Tab, true);
  frame();
  // Dear ImGui starts over at the other end. Forwards it then found nothing after the present item; backwards it is
  // still looking at the end of the frame, having met the present item before any other.
  const bool tabbing = context.NavMoveSubmitted && (context.NavMoveFlags & ImGuiNavMoveFlags_IsTabbing) != 0;
  const bool nothing_after = context.NavTabbingDir == 1 && context.NavMoveResultLocal.ID == 0 && context.NavId != 0;
  const bool nothing_before = context.NavTabbingDir == -1 && context.NavMoveScoringItems && context.NavId != 0;
  const bool leaves = tabbing && (nothing_after || nothing_before);
  if (leaves) ImGui::NavMoveRequestCancel();
  io.AddKeyEvent(ImGuiKey_Tab, false);
  settle();
  return leaves;
}

void BrowserPage::release_keys() { ImGui::GetIO().ClearInputKeys(); }

void BrowserPage::focus(bool focused) { ImGui::GetIO().AddFocusEvent(focused); }

void BrowserPage::text(const std::string& utf8) { ImGui::GetIO().AddInputCharactersUTF8(utf8.c_str()); }

void BrowserPage::edit(int removed, const std::string& added) {
  settle();
  for (int i = 0; i < removed; ++i) press_shortcut(ImGuiKey_Backspace);
  text(added);
  settle();
}

void BrowserPage::press_shortcut(ImGuiKey key) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddKeyEvent(key, true);
  io.AddKeyEvent(key, false);
  settle();
}

void BrowserPage::copy_shortcut(bool cut) {
  ImGuiIO& io = ImGui::GetIO();
  const ImGuiKey command = io.ConfigMacOSXBehaviors ? ImGuiMod_Super : ImGuiMod_Ctrl;
  settle();
  io.AddKeyEvent(cut ? ImGuiKey_X : ImGuiKey_C, false);
  io.AddKeyEvent(command, true);
  press_shortcut(cut ? ImGuiKey_X : ImGuiKey_C);
  io.AddKeyEvent(command, false);
  settle();
  if (cut || io.WantTextInput) return;
  if (const std::string text = client_->copied(); !text.empty()) host_.call<void>("keepClipboard", text);
}

void BrowserPage::paste(const std::string& utf8) {
  clipboard_ = utf8;
  ImGuiIO& io = ImGui::GetIO();
  const ImGuiKey command = io.ConfigMacOSXBehaviors ? ImGuiMod_Super : ImGuiMod_Ctrl;
  settle();
  io.AddKeyEvent(command, true);
  press_shortcut(ImGuiKey_V);
  io.AddKeyEvent(command, false);
  settle();
}

void BrowserPage::context_lost() {
  // Textures and shaders are gone with it; once there is a new context, it complains of being handed them.
  if (drawable_) ImGui_ImplOpenGL3_Shutdown();
  drawable_ = false;
}

void BrowserPage::context_restored() {
  // The backend makes them again from what Dear ImGui keeps.
  drawable_ = ImGui_ImplOpenGL3_Init("#version 300 es");
}

void BrowserPage::report_cursor() {
  const ImGuiMouseCursor cursor = ImGui::GetMouseCursor();
  if (cursor == cursor_) return;
  cursor_ = cursor;
  host_.call<void>("setCursor", std::string(cursor_name(cursor)));
}

void BrowserPage::report_text_input() {
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  const bool active = ImGui::GetIO().WantTextInput;
  if (!active && !text_input_) return;
  text_input_ = active;
  std::string before;
  bool numeric = false;
  if (const ImGuiInputTextState& state = context.InputTextState; active && state.ID == context.ActiveId) {
    before.assign(state.TextA.Data, static_cast<std::size_t>(state.GetCursorPos()));
    numeric = (state.Flags & (ImGuiInputTextFlags_CharsDecimal | ImGuiInputTextFlags_CharsScientific)) != 0;
  }
  host_.call<void>("setTextInput", active, before, ime_.InputPos.x, ime_.InputPos.y,
                   std::max(1.0F, ime_.InputLineHeight), numeric);
}

double BrowserPage::memory_bytes() const { return static_cast<double>(emscripten_get_heap_size()); }

val BrowserPage::inspection() const {
  val items = val::array();
  for (const Inspector::Item& item : inspector_.items()) {
    val entry = val::object();
    entry.set("id", item.id);
    entry.set("label", item.label);
    entry.set("window", item.window);
    entry.set("x", item.left);
    entry.set("y", item.top);
    entry.set("width", item.right - item.left);
    entry.set("height", item.bottom - item.top);
    entry.set("visible", item.visible);
    entry.set("checkable", item.checkable);
    entry.set("checked", item.checked);
    entry.set("opened", item.opened);
    entry.set("textInput", item.text_input);
    entry.set("disabled", item.disabled);
    items.call<void>("push", entry);
  }
  val values = val::object();
  for (const Inspector::Value& value : inspector_.values()) values.set(value.name, value.text);
  val all = val::object();
  all.set("items", items);
  all.set("values", values);
  return all;
}

}  // namespace headroom

#include "wasm/inspect/inspector.h"

#include <imgui.h>
#include <imgui_internal.h>

namespace headroom {

// Dear ImGui calls free functions that it only declares; they find the inspector through the context.
struct InspectorHooks {
  static Inspector* of(ImGuiContext* context) { return static_cast<Inspector*>(context->TestEngine); }

  static void add(ImGuiContext* context, ImGuiID id, const ImRect& box, const ImGuiLastItemData* data) {
    Inspector* inspector = of(context);
    if (inspector == nullptr || id == 0 || context->CurrentWindow == nullptr) return;
    Inspector::Item item;
    item.id = id;
    item.window = context->CurrentWindow->Name;
    item.left = box.Min.x;
    item.top = box.Min.y;
    item.right = box.Max.x;
    item.bottom = box.Max.y;
    item.visible = context->CurrentWindow->ClipRect.Overlaps(box);
    item.disabled = data != nullptr && (data->ItemFlags & ImGuiItemFlags_Disabled) != 0;
    inspector->items_.push_back(std::move(item));
  }

  // Follows add() of the same item, but other items may have been added in between.
  static void describe(ImGuiContext* context, ImGuiID id, const char* label, ImGuiItemStatusFlags flags) {
    Inspector* inspector = of(context);
    if (inspector == nullptr) return;
    for (std::size_t i = inspector->items_.size(); i-- > 0;) {
      Inspector::Item& item = inspector->items_[i];
      if (item.id != id) continue;
      if (label != nullptr) item.label = label;
      item.checkable = (flags & ImGuiItemStatusFlags_Checkable) != 0;
      item.checked = (flags & ImGuiItemStatusFlags_Checked) != 0;
      item.opened = (flags & ImGuiItemStatusFlags_Opened) != 0;
      item.text_input = (flags & ImGuiItemStatusFlags_Inputable) != 0;
      return;
    }
  }
};

Inspector::~Inspector() {
  if (context_ == nullptr || context_->TestEngine != this) return;
  context_->TestEngineHookItems = false;
  context_->TestEngine = nullptr;
}

void Inspector::attach(ImGuiContext& context) {
  context_ = &context;
  context.TestEngine = this;
  context.TestEngineHookItems = true;
}

void Inspector::begin_frame() {
  items_.clear();
  values_.clear();
}

void inspect_value(std::string_view name, std::string_view text) {
  ImGuiContext* context = ImGui::GetCurrentContext();
  if (context == nullptr || context->TestEngine == nullptr) return;
  InspectorHooks::of(context)->values_.push_back({std::string(name), std::string(text)});
}

}  // namespace headroom

void ImGuiTestEngineHook_ItemAdd(ImGuiContext* ctx, ImGuiID id, const ImRect& bb, const ImGuiLastItemData* item_data) {
  headroom::InspectorHooks::add(ctx, id, bb, item_data);
}

void ImGuiTestEngineHook_ItemInfo(ImGuiContext* ctx, ImGuiID id, const char* label, ImGuiItemStatusFlags flags) {
  headroom::InspectorHooks::describe(ctx, id, label, flags);
}

void ImGuiTestEngineHook_Log(ImGuiContext*, const char*, ...) {}

const char* ImGuiTestEngine_FindItemDebugLabel(ImGuiContext*, ImGuiID) { return nullptr; }

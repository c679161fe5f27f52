// The application on a platform without a screen.
#pragma once

#include <doctest/doctest.h>
#include <imgui.h>

#include <memory>

#include "core/catalog/catalog.h"
#include "core/catalog/front.h"
#include "wasm/app/app.h"
#include "wasm/inspect/inspector.h"
#include "wasm/pack/catalog_pack.h"
#include "wasm/platform/null_platform.h"

namespace headroom {

inline const Catalog& test_catalog() {
  static const Result<std::unique_ptr<Catalog>> kCatalog = Catalog::load(catalog_pack());
  REQUIRE(kCatalog.ok());
  return **kCatalog;
}

// One for all cases, as a page has one for its life: a ranking's profiles are made once.
inline Front& test_front() {
  static Front front(test_catalog());
  return front;
}

struct Running {
  Running(float width, float height, bool dark, const char* language, const char* fragment) : platform(width, height) {
    platform.settings.preferences.dark = dark;
    platform.settings.preferences.language = language;
    platform.settings.preferences.coarse_pointer = width < 600;
    platform.settings.fragment = fragment;
    inspector.attach(*ImGui::GetCurrentContext());
    app = std::make_unique<App>(platform, test_front());
  }
  void frame(int count = 1) {
    for (int i = 0; i < count; ++i) {
      inspector.begin_frame();
      platform.run_frame(*app);
    }
  }
  // As many frames as the page draws when something happened, and then until none is asked for any more.
  void settle() {
    constexpr int kMost = 400, kFramesOfPage = 3;
    frame(kFramesOfPage);
    for (int i = 0; i < kMost && platform.wants_frame(); ++i) frame();
    CHECK_FALSE(platform.wants_frame());
  }
  void click(float x, float y) {
    ImGuiIO& io = ImGui::GetIO();
    io.AddMousePosEvent(x, y);
    frame(2);
    io.AddMouseButtonEvent(ImGuiMouseButton_Left, true);
    frame();
    io.AddMouseButtonEvent(ImGuiMouseButton_Left, false);
    frame(2);
  }
  [[nodiscard]] const Inspector::Item* find(std::string_view label) const {
    for (const Inspector::Item& item : inspector.items()) {
      // A label is followed by "##" and the id it was given under.
      if (item.visible && std::string_view(item.label).substr(0, item.label.find("##")) == label) return &item;
    }
    return nullptr;
  }
  bool click(std::string_view label) {
    const Inspector::Item* item = find(label);
    if (item == nullptr) return false;
    click((item->left + item->right) / 2, (item->top + item->bottom) / 2);
    return true;
  }
  void type(const char* text) {
    ImGui::GetIO().AddInputCharactersUTF8(text);
    frame(2);
  }
  void press(ImGuiKey key) {
    ImGui::GetIO().AddKeyEvent(key, true);
    frame();
    ImGui::GetIO().AddKeyEvent(key, false);
    frame(2);
  }

  NullPlatform platform;
  Inspector inspector;
  std::unique_ptr<App> app;
};

}  // namespace headroom

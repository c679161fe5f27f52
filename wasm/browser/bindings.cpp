// The page as JavaScript sees it (web/boot.mjs, wasm/platform/dom/host.mjs).
#include <emscripten/bind.h>

#include <memory>
#include <utility>

#include "wasm/api/estimator.h"
#include "wasm/browser/page.h"

namespace headroom {
namespace {

std::unique_ptr<BrowserPage> make_page(Estimator& estimator, emscripten::val host, bool inspect) {
  return std::make_unique<BrowserPage>(std::move(host), estimator.front(), inspect);
}

}  // namespace

EMSCRIPTEN_BINDINGS(headroom_page) {
  emscripten::function("makePage", &make_page);
  emscripten::class_<BrowserPage>("Page")
      .function("answer", &BrowserPage::answer)
      .function("start", &BrowserPage::start)
      .function("frame", &BrowserPage::frame)
      .function("settle", &BrowserPage::settle)
      .function("resize", &BrowserPage::resize)
      .function("setPreferences", &BrowserPage::set_preferences)
      .function("addressChanged", &BrowserPage::address_changed)
      .function("filesGiven", &BrowserPage::files_given)
      .function("finishRead", &BrowserPage::finish_read)
      .function("pointer", &BrowserPage::pointer)
      .function("pointerLeft", &BrowserPage::pointer_left)
      .function("button", &BrowserPage::button)
      .function("scroll", &BrowserPage::scroll)
      .function("scrollsSideways", &BrowserPage::scrolls_sideways)
      .function("modifiers", &BrowserPage::modifiers)
      .function("key", &BrowserPage::key)
      .function("tab", &BrowserPage::tab)
      .function("releaseKeys", &BrowserPage::release_keys)
      .function("focus", &BrowserPage::focus)
      .function("text", &BrowserPage::text)
      .function("edit", &BrowserPage::edit)
      .function("copyShortcut", &BrowserPage::copy_shortcut)
      .function("paste", &BrowserPage::paste)
      .function("contextLost", &BrowserPage::context_lost)
      .function("contextRestored", &BrowserPage::context_restored)
      .function("memoryBytes", &BrowserPage::memory_bytes)
      .function("inspection", &BrowserPage::inspection);
}

}  // namespace headroom

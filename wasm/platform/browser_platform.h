// The platform of a web page. What touches HTML is JavaScript (wasm/platform/dom/); this is its C++ side, talking to it
// through one object, the host.
#pragma once

#include <emscripten/val.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/platform/browser_font.h"
#include "wasm/platform/platform.h"

namespace headroom {

class BrowserPlatform final : public Platform {
 public:
  explicit BrowserPlatform(emscripten::val host);

  // --- called by the page ---
  void set_preferences(const Preferences& preferences) { preferences_ = preferences; }
  void set_safe_area(Insets insets) { safe_area_ = insets; }
  void finish_read(std::uint32_t read, std::optional<std::span<const std::uint8_t>> bytes);

  // --- Platform ---
  [[nodiscard]] double now() const override;
  void request_frame(double in_seconds) override;
  [[nodiscard]] const Preferences& preferences() const override { return preferences_; }
  [[nodiscard]] Machine machine() const override;
  [[nodiscard]] Insets safe_area() const override { return safe_area_; }
  void merge_system_font(bool semibold) override { system_font_.merge_into_last_font(semibold); }
  [[nodiscard]] std::string fragment() const override;
  void navigate(std::string_view fragment, Navigation how) override;
  [[nodiscard]] std::string page_url() const override;
  void set_title(std::string_view title) override;
  void open_url(std::string_view url) override;
  void copy_text(std::string_view text) override;
  void pick_files(std::string_view accept, bool multiple) override;
  void read_file(std::uint32_t file, std::uint64_t offset, std::uint32_t length, ReadDone done) override;
  void download(std::string_view file_name, std::string_view mime, std::string_view content) override;
  [[nodiscard]] std::optional<std::string> load(std::string_view key) const override;
  void store(std::string_view key, std::string_view value) override;
  void announce(std::string_view sentence) override;
  void show_plain_view() override;
  void set_document_language(std::string_view language) override;
  void set_page_colors(bool dark, std::uint32_t background) override;

 private:
  emscripten::val host_;
  SystemFont system_font_;
  Preferences preferences_;
  Insets safe_area_;
  std::map<std::uint32_t, ReadDone> reads_;
  std::uint32_t next_read_ = 1;
};

}  // namespace headroom

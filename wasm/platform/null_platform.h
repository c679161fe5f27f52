// A platform without a screen, for tests: it records what the application asked for and answers from what a test set.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wasm/platform/platform.h"

namespace headroom {

class NullPlatform final : public Platform {
 public:
  // Creates a Dear ImGui context of this size (logical pixels) that renders nothing; the destructor destroys it.
  NullPlatform(float width, float height);
  ~NullPlatform() override;
  NullPlatform(const NullPlatform&) = delete;
  NullPlatform& operator=(const NullPlatform&) = delete;

  // Runs one frame of the client, `seconds` after the last.
  void run_frame(PlatformClient& client, double seconds = 1.0 / 60);
  void resize(float width, float height);
  void add_file(const PickedFile& file, std::vector<std::uint8_t> content);
  void deliver_reads();  // calls back the reads asked for so far

  [[nodiscard]] double now() const override { return now_; }
  void request_frame(double in_seconds) override;
  // Whether the last frame asked for another at once.
  [[nodiscard]] bool wants_frame() const { return requested_frame_ == 0; }
  // Whether it asked for another at all.
  [[nodiscard]] bool waits_for_frame() const { return requested_frame_ >= 0; }
  [[nodiscard]] const Preferences& preferences() const override { return settings.preferences; }
  [[nodiscard]] Machine machine() const override { return settings.machine; }
  [[nodiscard]] Insets safe_area() const override { return {}; }
  void merge_system_font(bool) override {}
  [[nodiscard]] std::string fragment() const override { return settings.fragment; }
  void navigate(std::string_view fragment, Navigation how) override;
  [[nodiscard]] std::string page_url() const override { return "https://example.org/headroom/"; }
  void set_title(std::string_view title) override { seen.title = title; }
  void open_url(std::string_view url) override { seen.opened_url = url; }
  void copy_text(std::string_view text) override { seen.copied = text; }
  void pick_files(std::string_view accept, bool) override { seen.picker_accept = accept; }
  void read_file(std::uint32_t file, std::uint64_t offset, std::uint32_t length, ReadDone done) override;
  void download(std::string_view file_name, std::string_view mime, std::string_view content) override;
  [[nodiscard]] std::optional<std::string> load(std::string_view key) const override;
  void store(std::string_view key, std::string_view value) override;
  void announce(std::string_view sentence) override { seen.announced = sentence; }
  void show_plain_view() override { seen.plain_view = true; }
  void set_document_language(std::string_view language) override { seen.language = language; }
  void set_page_colors(bool, std::uint32_t) override {}

  // What a test sets before a frame.
  struct Settings {
    Preferences preferences;
    Machine machine;
    std::string fragment;
  } settings;

  // What the application did, for a test to look at.
  struct Seen {
    std::string opened_url, title, copied, picker_accept, announced, language;
    std::string downloaded_name, downloaded_mime, downloaded;
    std::vector<std::string> history;  // every fragment pushed
    bool plain_view = false;
  } seen;

 private:
  struct Read {
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    ReadDone done;
  };

  double now_ = 0;
  double requested_frame_ = -1;  // seconds; < 0 none
  std::map<std::string, std::string, std::less<>> storage_;
  std::map<std::uint32_t, std::vector<std::uint8_t>> files_;
  std::vector<Read> reads_;
};

}  // namespace headroom

// The application: top bar, the open screen, panels over it, and the address that holds the scenario.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/front.h"
#include "core/catalog/texts.h"
#include "wasm/app/derivation_panel.h"
#include "wasm/app/file_import.h"
#include "wasm/app/screen.h"
#include "wasm/app/session.h"
#include "wasm/app/toast.h"
#include "wasm/app/ui.h"
#include "wasm/platform/platform.h"

namespace headroom {

class App final : public PlatformClient, private Shell {
 public:
  // Needs Dear ImGui's context; sets its style, fonts and flags.
  App(Platform& platform, Front& front);

  void answer() override;
  void frame() override;
  void address_changed(std::string_view fragment) override;
  void files_given(std::span<const PickedFile> files) override;
  void preferences_changed() override;
  void machine_known() override;
  [[nodiscard]] std::string copied() override;

  [[nodiscard]] Session& session() { return session_; }
  void set_language(Language language);
  void set_dark(bool dark);

 private:
  enum class ThemeChoice : std::uint8_t { system, dark, light };

  // Shell
  void open_screen(std::string_view id) override;
  void show_derivation(std::string_view topic) override;
  void show_derivation_of(const ScenarioSpec& scenario, std::string_view topic, std::string_view name) override;
  void toast(std::string_view text) override;
  void copy(std::string_view text) override;
  [[nodiscard]] std::string page_link() override;
  void after_frame(std::function<void()> action) override;
  [[nodiscard]] float view_height() const override { return view_height_; }

  [[nodiscard]] bool dark() const;
  const Theme& follow_theme();
  // False when the fragment says nothing of a scenario, neither well nor badly.
  bool follow_address(std::string_view fragment);
  void draw_top_bar(const Rect& bar);
  void draw_tabs(const Rect& bar, float x, float right);
  void draw_menu(const Rect& anchor);
  void draw_language_menu(const Rect& anchor);
  void draw_page(const Rect& area);
  void draw_wide(Flow page);
  void draw_narrow(Flow page);
  void announce();
  void copy_link();
  void write_address();
  void note_written();  // the address as it is holds the scenario as it is
  void follow_title();
  [[nodiscard]] std::string address();
  [[nodiscard]] Screen& screen() { return *screens_[open_]; }

  Platform& platform_;
  Session session_;
  Ui ui_;
  std::vector<std::unique_ptr<Screen>> screens_;
  std::size_t open_ = 0;
  DerivationPanel derivation_;
  std::unique_ptr<Trace> other_derivation_;  // of a row; null: of the present scenario
  FileImport import_;
  ThemeChoice theme_choice_ = ThemeChoice::system;
  std::optional<bool> styled_dark_;
  float view_height_ = 0;
  bool inputs_unfolded_ = false;  // on a phone
  std::optional<std::uint64_t>
      untouched_revision_;  // while the page stands as it opened, on no scenario of its address
  std::uint64_t written_revision_ = 0;
  std::string written_address_, written_subject_;
  ViewState written_view_;
  std::string title_;
  std::string announced_;  // the answer, as a screen reader last heard it
  std::vector<std::function<void()>> after_frame_;
  Toast toast_;
};

}  // namespace headroom

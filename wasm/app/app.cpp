#include "wasm/app/app.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/catalog/resolve.h"
#include "wasm/app/address.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/popup.h"
#include "wasm/inspect/inspector.h"

namespace headroom {
namespace {

constexpr float kTopBar = 48;
constexpr float kInputColumn = 316, kWideFrom = 900, kContentLimit = 1440;
constexpr const char* kLanguageKey = "language";
constexpr const char* kThemeKey = "theme";

constexpr std::string_view kLanguageNames[] = {"English", "Español", "中文"};
constexpr std::string_view kLanguageShort[] = {"EN", "ES", "中文"};

constexpr ImGuiWindowFlags kBareWindow = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                         ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBackground |
                                         ImGuiWindowFlags_NoBringToFrontOnFocus;

// What the person chose here before, else the browser's.
Language first_language(const Platform& platform) {
  const std::optional<std::string> chosen = platform.load(kLanguageKey);
  return parse_language(chosen.value_or(platform.preferences().language)).value_or(Language::en);
}

// Which model on which hardware: another one is another page of the history, how it runs there is not.
std::string subject_of(const ScenarioSpec& scenario) {
  std::string subject = scenario.custom_model ? scenario.custom_model->name : scenario.model;
  const auto add = [&](const DeviceSpec& device) {
    subject += '\n' + (device.custom ? device.custom->device.name : device.id);
  };
  add(scenario.hardware.device);
  for (const DeviceSpec& other : scenario.hardware.others) add(other);
  return subject;
}

}  // namespace

App::App(Platform& platform, Front& front)
    : platform_(platform),
      session_(front, first_language(platform)),
      ui_(platform, load_fonts(platform)),
      screens_(make_screens()) {
  ImGuiIO& io = ImGui::GetIO();
  io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  io.ConfigMacOSXBehaviors = platform.preferences().mac;
  std::sort(screens_.begin(), screens_.end(),
            [](const auto& a, const auto& b) { return a->position() < b->position(); });

  platform.set_document_language(language_code(session_.texts().language()));
  const std::optional<std::string> theme = platform.load(kThemeKey);
  if (theme == "dark") theme_choice_ = ThemeChoice::dark;
  if (theme == "light") theme_choice_ = ThemeChoice::light;
  if (!follow_address(platform.fragment())) untouched_revision_ = session_.revision();
}

bool App::dark() const {
  return theme_choice_ == ThemeChoice::system ? platform_.preferences().dark : theme_choice_ == ThemeChoice::dark;
}

void App::set_dark(bool wanted) {
  theme_choice_ = wanted ? ThemeChoice::dark : ThemeChoice::light;
  platform_.store(kThemeKey, wanted ? "dark" : "light");
  platform_.request_frame(0);
}

void App::set_language(Language language) {
  session_.set_language(language);
  platform_.set_document_language(language_code(language));
  platform_.request_frame(0);
}

void App::preferences_changed() { platform_.request_frame(0); }

void App::machine_known() {
  if (untouched_revision_ != session_.revision()) return;
  const Machine machine = platform_.machine();
  session_.open_on({machine.renderer, machine.platform, machine.memory_gib});
  written_subject_ = subject_of(session_.scenario());  // nobody chose another machine
  platform_.request_frame(0);
}

void App::address_changed(std::string_view fragment) { (void)follow_address(fragment); }

bool App::follow_address(std::string_view fragment) {
  Address parsed = read_address(fragment);
  bool known = false, of_view = false;
  for (std::size_t i = 0; i < screens_.size(); ++i) {
    if (parsed.screen.empty() ? i != 0 : screens_[i]->id() != parsed.screen) continue;
    open_ = i;
    known = true;
    if (std::optional<Error> unread = screens_[i]->restore(parsed.view); unread && !parsed.problem) {
      parsed.problem = std::move(unread);
      of_view = true;
    }
  }
  const bool readable = parsed.scenario.has_value();
  if (readable) session_.replace(std::move(*parsed.scenario));
  const Texts& texts = session_.texts();
  if (parsed.foreign || !known) {
    toast(texts.get("toast.foreign_link"));
  } else if (parsed.problem) {
    toast(texts.fill(readable || of_view ? "toast.partly_read_link" : "toast.bad_link",
                     {{"problem", texts.explain(*parsed.problem)}}));
  }
  note_written();
  // The address always holds the scenario; one of which nothing could be read stays as it was given.
  const bool silent = !readable && (!parsed.problem || of_view) && known;
  if (silent || (readable && parsed.problem)) platform_.navigate(written_address_, Navigation::replace);
  platform_.request_frame(0);
  return !silent;
}

void App::files_given(std::span<const PickedFile> files) {
  import_.start(platform_, files, [this](Result<CustomModel> model) {
    if (model.ok()) {
      session_.use_custom_model(std::make_shared<const CustomModel>(std::move(model).value()));
      toast(session_.texts().fill("toast.imported", {{"name", session_.scenario().custom_model->name}}));
    } else {
      toast(session_.texts().explain(model.error()));
    }
  });
}

std::string App::address() {
  return headroom::write_address(open_ == 0 ? std::string_view() : screen().id(), screen().state(),
                                 session_.scenario());
}

void App::note_written() {
  written_revision_ = session_.revision();
  written_view_ = screen().state();
  written_address_ = address();
  written_subject_ = subject_of(session_.scenario());
}

// Writes the address when the scenario changed, or what the screen shows of it; opening a screen pushed its own entry
// already.
void App::write_address() {
  if (written_revision_ == session_.revision() && written_view_ == screen().state()) return;
  const std::string address_before = written_address_, subject_before = written_subject_;
  note_written();
  if (written_address_ == address_before) return;
  platform_.navigate(written_address_, written_subject_ == subject_before ? Navigation::replace : Navigation::push);
}

void App::follow_title() {
  const Texts& texts = session_.texts();
  std::string title;
  if (open_ != 0) {
    title = texts.get("screen." + std::string(screen().id()));
  } else if (session_.answer().ok()) {
    const ResolvedScenario& scenario = session_.answer()->scenario;
    title = texts.fill("title.scenario", {{"model", name_of_model(session_.catalog(), scenario.model)},
                                          {"hardware", name_of_devices(scenario.system, texts.language())}});
  }
  title += title.empty() ? "Headroom" : " · Headroom";
  if (title == title_) return;
  title_ = std::move(title);
  platform_.set_title(title_);
}

void App::open_screen(std::string_view id) {
  for (std::size_t i = 0; i < screens_.size(); ++i) {
    if (screens_[i]->id() != id || i == open_) continue;
    open_ = i;
    inputs_unfolded_ = false;
    note_written();
    platform_.navigate(written_address_, Navigation::push);
    platform_.request_frame(0);
    return;
  }
}

void App::show_derivation(std::string_view topic) {
  other_derivation_.reset();
  derivation_.open(topic, {});
  platform_.request_frame(0);
}

void App::show_derivation_of(const ScenarioSpec& scenario, std::string_view topic, std::string_view name) {
  other_derivation_ = session_.derivation_of(scenario);
  derivation_.open(topic, name);
  platform_.request_frame(0);
}

void App::toast(std::string_view text) {
  toast_.show(text, platform_.now());
  platform_.request_frame(0);
}

void App::copy(std::string_view text) {
  platform_.copy_text(text);
  toast(session_.texts().get("toast.copied"));
}

std::string App::copied() {
  std::string text = session_.report_as(ReportFormat::text, page_link());
  if (!text.empty()) toast(session_.texts().get("toast.copied_answer"));
  return text;
}

void App::after_frame(std::function<void()> action) {
  after_frame_.push_back(std::move(action));
  platform_.request_frame(0);
}

std::string App::page_link() { return platform_.page_url() + "#" + address(); }

void App::copy_link() { copy(page_link()); }

const Theme& App::follow_theme() {
  const Theme& theme = theme_for(dark());
  if (styled_dark_ != theme.dark) {
    styled_dark_ = theme.dark;
    apply_style(theme);
    platform_.set_page_colors(theme.dark, theme.page_rgb);
  }
  return theme;
}

// What a screen reader should say of this frame: a message that came up, the answer where it changed.
void App::announce() {
  std::string said = toast_.take_unsaid();
  if (session_.answer().ok()) {
    std::string sentence = session_.texts().render(session_.answer()->estimate.verdict.text);
    if (sentence != announced_) {
      announced_ = std::move(sentence);
      said += (said.empty() ? "" : "\n") + announced_;
    }
  }
  if (!said.empty()) platform_.announce(said);
}

void App::answer() {
  follow_theme();
  follow_title();
  announce();
}

void App::frame() {
  const Theme& theme = follow_theme();
  const ImVec2 screen_size = ImGui::GetIO().DisplaySize;
  const Platform::Insets safe = platform_.safe_area();
  ui_.begin_frame(theme, session_.texts(), screen_size.x < kWideFrom);

  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(screen_size);
  ImGui::Begin("##root", nullptr, kBareWindow | ImGuiWindowFlags_NoScrollWithMouse);
  Ui::fill_rect({0, 0, screen_size.x, screen_size.y}, theme.background);
  const Rect bar{safe.left, safe.top, screen_size.x - safe.left - safe.right, kTopBar};
  draw_top_bar(bar);
  const Rect page{bar.x, bar.bottom(), bar.width, screen_size.y - bar.bottom() - safe.bottom};
  view_height_ = page.height;
  draw_page(page);
  ImGui::End();

  derivation_.draw(ui_, !derivation_.is_open() ? TraceNode{}
                        : other_derivation_    ? other_derivation_->root()
                                               : session_.derivation());
  toast_.draw(ui_, platform_.now());
  ui_.end_frame();

  for (const auto& action : std::exchange(after_frame_, {})) action();
  write_address();
  follow_title();
  announce();
  constexpr double kCaretBlinkSeconds = 0.4;
  const ImGuiIO& io = ImGui::GetIO();
  if (io.WantTextInput && io.ConfigInputTextCursorBlink) platform_.request_frame(kCaretBlinkSeconds);
}

void App::draw_top_bar(const Rect& bar) {
  const Theme& theme = ui_.theme();
  const ImVec2 screen_size = ImGui::GetIO().DisplaySize;
  Ui::draw().AddLine({0, bar.bottom() - 0.5F}, {screen_size.x, bar.bottom() - 0.5F}, theme.line);
  const float margin = ui_.narrow() ? space::kPad : space::kLarge;
  constexpr std::string_view kBrand = "Headroom";
  ui_.put_in({bar.x + margin, bar.y, 120, bar.height}, type::kBrand, theme.text, kBrand);

  constexpr float kButton = 32;
  const float top = bar.y + (bar.height - kButton) / 2;
  float right = bar.right() - margin;
  if (ui_.narrow()) {
    const Rect menu{right - kButton, top, kButton, kButton};
    if (icon_button(ui_, "menu", menu, Icon::menu, ui_.text("action.menu"))) open_popup("menu-list");
    draw_menu(menu);
    right = menu.x - space::kSmall;
  } else {
    const std::string_view short_name = kLanguageShort[static_cast<std::size_t>(ui_.language())];
    const float width = std::max(44.0F, button_width(ui_, short_name));
    const Rect language{right - width, top, width, kButton};
    if (button(ui_, "language", language, short_name)) open_popup("language-list");
    draw_language_menu(language);
    const Rect theme_button{language.x - space::kSmall - kButton, top, kButton, kButton};
    if (icon_button(ui_, "theme", theme_button, theme.dark ? Icon::sun : Icon::moon,
                    ui_.text(theme.dark ? "action.light" : "action.dark"))) {
      set_dark(!theme.dark);
    }
    right = theme_button.x - space::kSmall;
  }
  const std::string_view link = ui_.text("action.copy_link");
  const float width = button_width(ui_, link);
  const Rect copy_button{right - width, top, width, kButton};
  if (button(ui_, "copy", copy_button, link)) copy_link();
  if (!ui_.narrow()) draw_tabs(bar, bar.x + margin + ui_.width_of(type::kBrand, kBrand) + 24, copy_button.x);
}

void App::draw_tabs(const Rect& bar, float x, float right) {
  constexpr float kBetween = 22;
  for (std::size_t i = 0; i < screens_.size(); ++i) {
    const std::string key = "screen." + std::string(screens_[i]->id());
    const std::string_view title = ui_.text(key);
    const Rect tab{x, bar.y, ui_.width_of(type::kBody, title), bar.height};
    if (tab.right() > right) break;
    x = tab.right() + kBetween;
    const Interaction state = ui_.interact(key, tab, title);
    if (state.clicked) after_frame([this, i] { open_screen(screens_[i]->id()); });
    const bool active = i == open_;
    ui_.put_in({tab.x, tab.y, tab.width + 1, tab.height}, type::kBody,
               active || state.hovered ? ui_.theme().text : ui_.theme().muted, title);
    if (active) Ui::fill_rect({tab.x, tab.bottom() - 2, tab.width, 2}, ui_.theme().accent, 1);
    if (state.focused) ui_.focus_ring({tab.x - 6, tab.y + 10, tab.width + 12, tab.height - 20}, 4);
  }
}

namespace {

// One line of a menu; true when clicked, and the menu closes.
bool menu_row(Ui& ui, Flow& flow, std::string_view id, std::string_view text, bool chosen) {
  const Rect row = flow.take(ui.touch() ? 44.0F : 34.0F);
  const Interaction state = ui.interact(id, row, text);
  if (state.hovered || state.focused) Ui::fill_rect(row, ui.theme().raised, 6);
  ui.put_in(row.inset(space::kSmall, 0), type::kBody, chosen ? ui.theme().accent : ui.theme().text, text);
  if (chosen) {
    draw_icon({row.right() - 24, row.center_y() - 8, 16, 16}, Icon::check, ui.theme().accent);
  }
  if (state.clicked) Popup::close();
  return state.clicked;
}

}  // namespace

void App::draw_language_menu(const Rect& anchor) {
  constexpr float kWidth = 168;
  const float height = 3 * (ui_.touch() ? 44.0F : 34.0F) + 2 * space::kMedium;
  Popup popup(ui_, "language-list", {anchor.right() - kWidth, anchor.y, anchor.width, anchor.height}, kWidth, height);
  if (!popup) return;
  for (const Language language : kLanguages) {
    const auto index = static_cast<std::size_t>(language);
    if (!menu_row(ui_, popup.body, language_code(language), kLanguageNames[index], ui_.language() == language))
      continue;
    after_frame([this, language] {
      platform_.store(kLanguageKey, language_code(language));
      set_language(language);
    });
  }
}

void App::draw_menu(const Rect& anchor) {
  const float row = ui_.touch() ? 44.0F : 34.0F;
  const auto rows = static_cast<float>(screens_.size() + 5);
  Popup popup(ui_, "menu-list", anchor, 280, rows * row + 2 * space::kMedium + 2 * space::kSmall);
  if (!popup) return;
  Flow& flow = popup.body;
  for (std::size_t i = 0; i < screens_.size(); ++i) {
    const std::string key = "screen." + std::string(screens_[i]->id());
    if (menu_row(ui_, flow, key, ui_.text(key), i == open_)) after_frame([this, i] { open_screen(screens_[i]->id()); });
  }
  flow.gap(space::kSmall);
  for (const Language language : kLanguages) {
    const auto index = static_cast<std::size_t>(language);
    if (!menu_row(ui_, flow, language_code(language), kLanguageNames[index], ui_.language() == language)) continue;
    after_frame([this, language] {
      platform_.store(kLanguageKey, language_code(language));
      set_language(language);
    });
  }
  flow.gap(space::kSmall);
  if (menu_row(ui_, flow, "theme", ui_.text(ui_.theme().dark ? "action.light" : "action.dark"), false)) {
    set_dark(!ui_.theme().dark);
  }
  if (menu_row(ui_, flow, "plain", ui_.text("action.plain_view"), false)) platform_.show_plain_view();
}

void App::draw_page(const Rect& area) {
  ImGui::SetCursorScreenPos(area.min());
  // Each screen keeps its own scroll position.
  const std::string name = "page." + std::string(screen().id());
  // Flattened: the Tab key goes from the top bar into the page and back.
  ImGui::BeginChild(name.c_str(), {area.width, area.height}, ImGuiChildFlags_NavFlattened);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const float content = std::min(area.width, kContentLimit);
  const float margin = ui_.narrow() ? space::kMedium : space::kLarge;
  const Flow page{origin.x + std::floor((area.width - content) / 2) + margin, origin.y + margin, content - 2 * margin};
  if (ui_.narrow()) {
    draw_narrow(page);
  } else {
    draw_wide(page);
  }
  ImGui::EndChild();
}

void App::draw_wide(Flow page) {
  ScreenContext context{ui_, session_, *this};
  const float scroll = ImGui::GetScrollY();
  // The inputs stay in sight while the answers scroll; where they are taller than the page, their end does.
  float& inputs_height = Ui::remembered("inputs-height");
  const float hidden = std::max(0.0F, inputs_height + 2 * space::kLarge - view_height_);
  Flow inputs{page.x, page.y + std::max(0.0F, scroll - hidden), kInputColumn};
  const float inputs_top = inputs.y;
  screen().draw_inputs(context, inputs);
  if (inputs_height != inputs.y - inputs_top) {
    inputs_height = inputs.y - inputs_top;
    ui_.settle();
  }
  Flow content{page.x + kInputColumn + space::kLarge, page.y, page.width - kInputColumn - space::kLarge};
  screen().draw_content(context, content);
  const float bottom = std::max(content.y, page.y + inputs_height) + space::kLarge;
  ImGui::SetCursorScreenPos({page.x, bottom});
  ImGui::Dummy({0, 0});
}

void App::draw_narrow(Flow page) {
  ScreenContext context{ui_, session_, *this};
  const std::vector<std::string> summary = screen().summary(context);
  if (!summary.empty() && !inputs_unfolded_) {
    Card card(ui_, page, {.padding = space::kMedium});
    for (std::size_t i = 0; i < summary.size(); ++i) {
      if (i > 0) card.body.gap(6);
      ImGui::PushID(static_cast<int>(i));
      const Rect field = card.body.take(40);
      if (select_field(ui_, "summary", field, summary[i], summary[i])) {
        inputs_unfolded_ = true;
        ui_.settle();
      }
      ImGui::PopID();
    }
  } else {
    if (inputs_unfolded_) {
      const Rect done = page.take(40);
      if (button(ui_, "fold", done, ui_.text("action.done"), ButtonLook::filled)) {
        inputs_unfolded_ = false;
        ui_.settle();
      }
      page.gap(space::kGap);
    }
    screen().draw_inputs(context, page);
  }
  page.gap(space::kGap);
  screen().draw_content(context, page);
  ImGui::SetCursorScreenPos({page.x, page.y + space::kLarge});
  ImGui::Dummy({0, 0});
}

}  // namespace headroom

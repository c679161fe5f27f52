// The seam between the application and what it runs in. Everything above it (wasm/app) is portable: BrowserPlatform
// runs it in a web page, NullPlatform in tests.
//
// Dear ImGui's context exists before the application is made; the platform feeds it input and draws its output. The
// application adds its fonts and style in its constructor and its widgets in frame().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace headroom {

// What the system says about the person's wishes; may change while running.
struct Preferences {
  bool dark = true;
  bool reduced_motion = false;
  bool coarse_pointer = false;  // the main pointer is a finger
  bool mac = false;             // shortcuts use Cmd
  std::string language = "en";  // first language of the browser, BCP 47
};

// A file a person dropped or picked; its bytes are read on demand.
struct PickedFile {
  std::uint32_t id = 0;
  std::string name;
  std::uint64_t size = 0;  // bytes
};

// What the system tells of the machine; empty or 0 where it tells nothing.
struct Machine {
  std::string renderer;   // name of the graphics hardware, as its driver spells it
  std::string platform;   // "MacIntel", "Win32", "iPhone"
  double memory_gib = 0;  // at least
};

// Dear ImGui measures a font by its line height; this is ascent plus descent of Inter (web/fonts), per em.
inline constexpr float kLineHeightPerEm = 1.2102F;

enum class Navigation : std::uint8_t {
  replace,  // a slider moved: same page, new address
  push,     // a deliberate step that the back button undoes
};

// What the platform tells the application.
class PlatformClient {
 public:
  virtual ~PlatformClient() = default;
  // Announces the answer to the scenario of the address, before anything can be drawn.
  virtual void answer() = 0;
  // Submits the widgets of one frame, between ImGui::NewFrame() and ImGui::Render().
  virtual void frame() = 0;
  // The address changed under the application: back, forward, or edited by hand. Without the leading '#'.
  virtual void address_changed(std::string_view fragment) = 0;
  virtual void files_given(std::span<const PickedFile> files) = 0;
  virtual void preferences_changed() = 0;
  // Once, when Platform::machine() has become known, before the first frame a person sees.
  virtual void machine_known() = 0;
  // What the command to copy takes where no text field is active, with a message that it did; nothing for nothing.
  [[nodiscard]] virtual std::string copied() = 0;
};

class Platform {
 public:
  virtual ~Platform() = default;

  // --- frames: drawn after input; otherwise only when asked for ---
  [[nodiscard]] virtual double now() const = 0;       // seconds, monotonic
  virtual void request_frame(double in_seconds) = 0;  // a frame no later than this; 0 = the next one
  [[nodiscard]] virtual const Preferences& preferences() const = 0;
  [[nodiscard]] virtual Machine machine() const = 0;
  // Logical pixels at the screen's edges that notches and rounded corners cover: left, top, right, bottom.
  struct Insets {
    float left = 0, top = 0, right = 0, bottom = 0;
  };
  [[nodiscard]] virtual Insets safe_area() const = 0;

  // --- fonts ---
  // Lends the system's own typeface to the font added last, for every character that font lacks (other scripts, CJK),
  // where there is one.
  virtual void merge_system_font(bool semibold) = 0;

  // --- the address ---
  [[nodiscard]] virtual std::string fragment() const = 0;  // without '#', still percent-encoded
  // Replacing is delayed and merged (browsers limit the rate); the address becomes right shortly after.
  virtual void navigate(std::string_view fragment, Navigation how) = 0;
  [[nodiscard]] virtual std::string page_url() const = 0;  // without the fragment; for links and snippets
  virtual void set_title(std::string_view title) = 0;      // of the window
  virtual void open_url(std::string_view url) = 0;         // in a new tab; call while handling a click

  // --- clipboard, files, storage ---
  virtual void copy_text(std::string_view text) = 0;  // call while handling a click or key
  // Opens the system's file dialog; call while handling a click. `accept` as in HTML: ".gguf,.json".
  virtual void pick_files(std::string_view accept, bool multiple) = 0;
  // Reads bytes [offset, offset + length) of a given file, fewer at its end. `done` runs later, from the event loop,
  // with nothing if the file could not be read.
  using ReadDone = std::function<void(std::optional<std::span<const std::uint8_t>>)>;
  virtual void read_file(std::uint32_t file, std::uint64_t offset, std::uint32_t length, ReadDone done) = 0;
  virtual void download(std::string_view file_name, std::string_view mime, std::string_view content) = 0;
  // Small preferences that survive a reload, where the browser lets them. Never scenarios: those are in the address.
  [[nodiscard]] virtual std::optional<std::string> load(std::string_view key) const = 0;
  virtual void store(std::string_view key, std::string_view value) = 0;

  // --- people who do not see the canvas ---
  virtual void announce(std::string_view sentence) = 0;               // read out by a screen reader, each time
  virtual void show_plain_view() = 0;                                 // leaves the canvas for the plain-HTML view
  virtual void set_document_language(std::string_view language) = 0;  // "en", "es", "zh"
  // The colours behind and around the canvas, so that nothing flashes while it resizes. 0xRRGGBB.
  virtual void set_page_colors(bool dark, std::uint32_t background) = 0;
};

}  // namespace headroom

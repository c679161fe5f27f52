// The command line that runs exactly a configuration, from the templates of data/commands.json.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/front.h"

namespace headroom {

struct Command {
  std::string engine;  // id
  std::string text;
  std::string source;  // where the flags are documented
};

class CommandTemplates {
 public:
  // `section` is the pack's copy of data/commands.json; damaged or missing templates give no commands.
  explicit CommandTemplates(std::span<const std::uint8_t> section);

  // The scenario's engine first, then others that run the same format the same way.
  [[nodiscard]] std::vector<Command> of(const Answer& answer, const Catalog& catalog) const;

 private:
  // A piece of the command, written only when all it names has a value and `unless` has none.
  struct Part {
    std::string text;    // with {variables}
    std::string when;    // a variable that must have a value, beside those in the text
    std::string unless;  // one that must have none
  };
  struct Template {
    std::string engine, source, joiner;
    std::vector<Part> parts;
    std::map<std::string, std::string, std::less<>> formats;  // format id -> the engine's name for it
  };
  using Variables = std::map<std::string, std::string, std::less<>>;
  static std::string render(const Template& from, const Variables& variables);

  std::vector<Template> templates_;
};

}  // namespace headroom
